"""Let a judge compare two runs, or every two of several: what it would take, then the start of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_http_methods

from config.people.access import may, requires
from config.people.requests import person
from config.words import counted
from evaluations.forms.pair_judging import PairJudgingForm
from evaluations.models import Run
from evaluations.queries.pair_judgings import PairReading, pair_readings, pair_reasons, series_key
from evaluations.queries.sides import loaded_runs
from evaluations.services.pair_rounds import MOST_RUNS, PairsAsked, asking_of_pairs, start_pairs
from evaluations.views.deeds import attempt, status_of
from evaluations.views.paging import whole_number
from evaluations.views.slice_charts import win_forest


@require_http_methods(["GET", "HEAD", "POST"])
@requires("run")
def pair_judging(request: HttpRequest) -> HttpResponse:
    """The form; sent, first what it takes, and with `start` the start of it."""
    runs = _runs(request)
    given = {name: request.GET.get(name, "") for name in ("judge", "question")}
    form, asking = PairJudgingForm(request.POST or None, initial=given), None
    if request.method == "POST" and form.is_valid():
        asked = PairsAsked(runs, **form.cleaned_data)
        asking = asking_of_pairs(asked)
        if request.POST.get("step") == "start":
            made = attempt(form, lambda: start_pairs(actor=person(request), asked=asked))
            if made is not None:
                messages.success(request, _done(*made))
                return redirect(_result_url(runs, made[0]))
    context = {"form": form, "runs": runs, "asking": asking, "compare_url": _compare_url(runs)}
    return render(request, "evaluations/pair_judging.html", context, status=status_of(form))


def _done(judgings: Sequence[Run], created: int) -> str:
    """judgings: the new ones first."""
    if not created:
        numbers = ", ".join(f"run {run.pk}" for run in judgings)
        return f"This judge was asked this about these before, by {numbers}. It is not asked again."
    calls = sum(run.total for run in judgings[:created])
    if len(judgings) == 1:
        return (
            f"Run {judgings[0].pk} asks the judge {calls:,} times. Its opinion stands here when it is over."
        )
    return f"{counted(created, 'runs')} ask the judge {calls:,} times. The ratings stand here when they are over."


def _compare_url(runs: Sequence[Run]) -> str:
    others = "".join(f"&against={run.pk}" for run in runs[1:])
    return f"{reverse('evaluations:compare')}?run={runs[0].pk}{others}"


def _result_url(runs: Sequence[Run], judgings: Sequence[Run]) -> str:
    """Of two where their comparison stands; of more where all are ranked, where that page is there."""
    if len(runs) == 2:
        return _compare_url(runs)
    try:
        return f"{reverse('capabilities:preferences')}?{urlencode({'by': series_key(judgings[0])})}"
    except NoReverseMatch:
        return _compare_url(runs)


def _runs(request: HttpRequest) -> list[Run]:
    numbers = [whole_number(text) for text in (request.GET.get("run", ""), *request.GET.getlist("against"))]
    wanted = list(dict.fromkeys(number for number in numbers if number))
    found = Run.objects.in_bulk(wanted[: MOST_RUNS + 1])
    if len(wanted) < 2 or len(found) != len(wanted):
        raise Http404
    return loaded_runs([found[number] for number in wanted])


def judged_part(request: HttpRequest, runs: Sequence[Run]) -> dict[str, Any]:
    """What judges said of two runs on the page of their comparison, and whether a judge may be asked about these.

    One query; more with judgings. None for more than two.
    """
    if len({run.evaluation_version_id for run in runs}) > 1:
        return {}
    ask = {"may_ask_judge": may(request.user, "run"), "judge_url": _judge_url(runs)}
    if len(runs) > 2:
        return ask
    readings = pair_readings(*runs)
    return {**ask, "readings": readings, "judged": [(one, win_forest(one)) for one in readings]}


def _judge_url(runs: Sequence[Run]) -> str:
    return f"{reverse('evaluations:compare-judge')}?{_compare_url(runs).partition('?')[2]}"


def with_reasons(part: dict[str, Any], readings: list[PairReading], run_a: Run) -> dict[str, Any]:
    """The part with samples, and each case's reasons where its content may be read. Two queries, none without judgings."""
    if part.get("content") and readings:
        hashes = [side.row.hash for side in part["pairs"]]
        reasons = pair_reasons(readings, run_a, hashes)
        part["pairs"] = [replace(side, reasons=reasons.get(side.row.hash, ())) for side in part["pairs"]]
    return part


urlpatterns = [path("compare/judge/", pair_judging, name="compare-judge")]
