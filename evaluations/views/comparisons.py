"""Two to eight runs side by side: by how much they differ, where, and sample by sample."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from config.errors import NotComparable
from config.people.access import requires
from config.people.queries.saved_views import saved_views
from config.people.requests import person
from config.web import page_or_partial, wants_partial
from evaluations.models import Run
from evaluations.queries.comparison_many import Against, ManyComparison, compare_many
from evaluations.queries.pairs import beside, finished_runs, ready_sets, rival_runs
from evaluations.queries.scores import shown_unit
from evaluations.queries.trade_offs import cost_ratios, traded
from evaluations.views.comparison_charts import columns_chart, in_order, slice_grid
from evaluations.views.comparison_choice import VARIES, Chosen, chosen_from, whole_address
from evaluations.views.comparison_files import comparison_file, slices_file, values_picture
from evaluations.views.comparison_samples import samples_part
from evaluations.views.content import slices_of
from evaluations.views.headers import header, headers_of
from evaluations.views.pair_judging import judged_part, with_reasons
from evaluations.views.slice_charts import COLUMNS, slice_chart

CHOICES = 50
WHOLE, PART = "evaluations/comparison.html", "evaluations/comparison_samples.html"
GRID = "slice-grid"
# A picture of more panels than this is fetched when somebody comes to it, so that the page opens at once.
PANELS_AT_ONCE = 3


@require_safe
@requires("read")
def comparison(request: HttpRequest) -> HttpResponse:
    whole = whole_address(request)
    if whole is not None:
        return redirect(f"{reverse('evaluations:compare')}?{whole}")
    chosen = chosen_from(request)
    found = compared(chosen)
    context: dict[str, Any] = {
        "chosen": chosen,
        "varieties": VARIES,
        "views": saved_views(person(request), "comparisons", "", request.GET),
        **_choices(chosen),
    }
    if found is None:
        context["sets"] = ready_sets() if chosen.a is None else []
        context["rivals"] = len(rival_runs(chosen.a)) if chosen.a and not chosen.b else 0
        return render(request, WHOLE, context)
    if wants_partial(request) and request.headers.get("HX-Target") == GRID:
        return render(request, "evaluations/slice_grid.html", _grid(found))
    judged = judged_part(request, [found.run_a, *[one.comparison.run_b for one in found.against]])
    context |= {
        "many": found,
        "swap": wants_partial(request),
        **_figures(found, chosen, at_once=bool(request.GET.get("grid")), whole=not wants_partial(request)),
        **judged,
        **with_reasons(_samples(request, chosen, found), judged.get("readings", []), found.run_a),
    }
    return render(request, page_or_partial(request, WHOLE, PART), context)


def compared(chosen: Chosen) -> ManyComparison | None:
    """The comparison an address names; None, with a sentence among the notes, where there is none."""
    if chosen.b is None or chosen.scorer is None:
        return None
    try:
        return compare_many(chosen.runs, chosen.scorer.scorer.slug, chosen.part, chosen.varies, chosen.same)
    except NotComparable as refusal:
        chosen.notes.append(refusal.message)
        return None


def _choices(chosen: Chosen) -> dict[str, Any]:
    """Runs to choose from: for the others those on the cases of A."""
    first = list(finished_runs()[:CHOICES])
    return {"runs_a": first, "runs_b": list(beside(chosen.a)[:CHOICES]) if chosen.a else first}


def _figures(found: ManyComparison, chosen: Chosen, *, at_once: bool, whole: bool) -> dict[str, Any]:
    """Of two the strip and the forest of slices, of more the tables and the grid, at once where it is asked for or small."""
    slices = {"slices": slices_of(found.run_a, found.scorer)}
    others = [one.comparison.run_b for one in found.against]
    # A swapped part shows no costs, so their answers are not read for it.
    costs = cost_ratios(found.run_a, others, chosen.part) if whole else {}
    if len(found.against) == 1:
        first = found.first
        cost = costs.get(first.run_b.pk)
        chart = {"chart": slice_chart(first), "chart_columns": COLUMNS}
        shown = {"comparison": first, "header": header(first, cost)}
        if whole and chosen.same is not None and (trade := traded(first, chosen.same, cost, chosen.varies)):
            shown["traded"] = trade
        return {**slices, **chart, **shown}
    return {
        **slices,
        "headers": [(one, line, *_turned(found, one)) for one, line in headers_of(found, costs)],
        "ranked": in_order(found),
        "unranked": [column for column in found.columns if column.place is None],
        "columns_chart": columns_chart(found),
        **(_grid(found) if at_once or len(found.against) <= PANELS_AT_ONCE else _grid_later(found)),
        "every_said": found.said(found.every),
        "any_said": found.said(found.any_),
    }


def _grid(found: ManyComparison) -> dict[str, Any]:
    """The arguments of slice_grid.html."""
    return {"many": found, "grid": slice_grid(found), "unit": shown_unit(found.run_a, found.scorer)}


def _grid_later(found: ManyComparison) -> dict[str, Any]:
    return {"grid_waits": bool(found.slices), "unit": shown_unit(found.run_a, found.scorer)}


def _turned(found: ManyComparison, left_out: Against) -> tuple[list[int], list[int]]:
    """The ids of the others when one is taken out, and when it is A in A's stead."""
    rest = [one.comparison.run_b.pk for one in found.against if one is not left_out]
    return rest, [found.run_a.pk, *rest]


def _samples(request: HttpRequest, chosen: Chosen, found: ManyComparison) -> dict[str, Any]:
    """Samples of A and of those with numbers beside it; nothing where there is none."""
    runs = [found.run_a, *[one.comparison.run_b for one in found.against if not one.barred]]
    return samples_part(request, chosen, _as_chosen(chosen, runs)) if len(runs) > 1 else {}


def _as_chosen(chosen: Chosen, runs: list[Run]) -> list[Run]:
    ids = {run.pk for run in runs}
    return [run for run in chosen.runs if run.pk in ids]


@require_safe
@requires("read")
def comparison_slices(request: HttpRequest, kind: str) -> HttpResponse:
    """The slices of a comparison as a picture or as rows."""
    return slices_file(compared(chosen_from(request)), kind)


@require_safe
@requires("read")
def comparison_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The figures of a comparison as a file."""
    return comparison_file(compared(chosen_from(request)), kind)


@require_safe
@requires("read")
def comparison_values(request: HttpRequest) -> HttpResponse:
    """The values on the common cases as a picture."""
    return values_picture(compared(chosen_from(request)))


urlpatterns = [
    path("compare/", comparison, name="compare"),
    path("compare/slices.csv", comparison_slices, {"kind": "csv"}, name="compare-slices-csv"),
    path("compare/slices.svg", comparison_slices, {"kind": "svg"}, name="compare-slices-svg"),
    path("compare/comparison.csv", comparison_export, {"kind": "csv"}, name="compare-csv"),
    path("compare/comparison.md", comparison_export, {"kind": "md"}, name="compare-markdown"),
    path("compare/comparison.svg", comparison_export, {"kind": "svg"}, name="compare-svg"),
    path("compare/values.svg", comparison_values, name="compare-values-svg"),
]
