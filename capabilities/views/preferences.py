"""Preferred answers: model versions ranked by judges that compared runs, and apart from them by people's votes without names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from capabilities.queries.preferences import RECORD, Preferences, preferences_for, records
from config.people.access import may, requires
from config.people.requests import person
from config.words import number
from evaluations.charts import GapRow, Look, Show, gap
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.models import Side
from evaluations.queries.judge_preferences import JudgeSeries
from evaluations.queries.preferences import Preferred, Ranked
from evaluations.services.pair_rounds import MOST_RUNS
from evaluations.statistics.ratings import MEAN
from evaluations.views.board_cells import SIDES, rank_words

COLUMNS = ("Version", "Rating", "Plausible range", "Rank", "Games", "Cases")


@dataclass(frozen=True)
class Shown:
    """found as a page shows it: the picture, the same for a phone, and rows of the table."""

    found: Preferred
    svg: str
    narrow: str
    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = COLUMNS


@require_safe
@requires("read")
def preferences(request: HttpRequest) -> HttpResponse:
    """?by= a judge's series, ?sheet= a lab sheet; ?format=csv or json."""
    found = _asked(request)
    if request.GET.get("format") in ("csv", "json"):
        return _file(request.GET["format"], records(found))
    context = {
        "found": found,
        "people": shown(found.people.found, "People’s votes"),
        "judged": shown(found.judged.found, "A judge’s choices") if found.judged else None,
        "ask_url": _ask_url(found.chosen) if found.chosen and may(request.user, "run") else "",
    }
    return render(request, "capabilities/preferences.html", context)


def _asked(request: HttpRequest) -> Preferences:
    return preferences_for(person(request), request.GET.get("by", ""), request.GET.get("sheet", ""))


def _ask_url(series: JudgeSeries) -> str:
    """Where to ask about every two of the versions; what was asked before is not asked again."""
    runs = sorted(series.compared, key=lambda run: not any(run in pair for pair in series.missing))
    first, *others = [str(run.pk) for run in runs[:MOST_RUNS]]
    query = {"run": first, "against": others, "judge": str(series.judge.pk), "question": series.question}
    return f"{reverse('evaluations:compare-judge')}?{urlencode(query, doseq=True)}"


def shown(found: Preferred, name: str) -> Shown:
    look = Look(show=Show.NUMBER, target=MEAN, target_words="mean 1,000", name=name)
    drawn = [_row(one) for one in found.ranked]
    return Shown(
        found=found,
        svg=gap.draw(drawn, look),
        narrow=gap.draw(drawn, replace(look, width=340.0)),
        rows=[_line(one, len(found.ranked)) for one in found.ranked],
    )


def _row(one: Ranked) -> GapRow:
    rating, interval = one.rating, one.rating.interval
    side = SIDES[Side(one.version.model.side)]
    ends = (round(interval.low), round(interval.high)) if interval else (None, None)
    return GapRow(one.version.label, side, round(rating.rating), *ends)  # type: ignore[arg-type]


def _line(one: Ranked, of: int) -> list[str]:
    rating, interval = one.rating, one.rating.interval
    return [
        one.version.label,
        number(rating.rating),
        f"{number(interval.low)} to {number(interval.high)}" if interval else "too few cases",
        rank_words(rating.best_rank, rating.worst_rank, of),
        number(rating.games),
        number(rating.prompts),
    ]


def _file(kind: str, rows: Sequence[Mapping[str, Any]]) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="preferred-answers.{kind}"'}
    if kind == "json":
        return JsonResponse({"preferred": list(rows)}, headers=headers)
    return HttpResponse(csv_rows(rows, RECORD), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@requires("read")
def preferences_svg(request: HttpRequest, who: str) -> HttpResponse:
    """The picture of people's or the judge's ratings under the same address."""
    asked = _asked(request)
    if who == "people":
        found, name = asked.people.found, "People’s votes"
    elif asked.judged:
        found, name = asked.judged.found, f"A judge’s choices, {asked.judged.standing}"
    else:
        raise Http404("No judge compared anything yet.")
    if not found.ranked:
        raise Http404("Nothing can be rated yet, so there is no picture.")
    headers = {"Content-Disposition": f'attachment; filename="preferred-answers-{who}.svg"'}
    return HttpResponse(as_file(shown(found, name).svg), content_type="image/svg+xml", headers=headers)


urlpatterns = [
    path("board/preferred/", preferences, name="preferences"),
    path("board/preferred/people.svg", preferences_svg, {"who": "people"}, name="preferences-people-svg"),
    path("board/preferred/judge.svg", preferences_svg, {"who": "judge"}, name="preferences-judge-svg"),
]
