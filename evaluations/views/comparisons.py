"""Two runs side by side: by how much they differ, where, and sample by sample."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from config.errors import NotComparable
from config.people.access import requires, sentence
from config.web import page_or_partial
from evaluations.charts.files import as_file
from evaluations.differences import word_diff
from evaluations.exporters import csv_rows
from evaluations.models import Run, ScorerVersion
from evaluations.queries.case_filters import CaseFilter, case_counts
from evaluations.queries.case_rows import CaseRow, case_rows
from evaluations.queries.comparison import Comparison, compare
from evaluations.queries.exposures import exposed
from evaluations.queries.pairs import beside, finished_runs, newest_run, ready_pairs
from evaluations.queries.scores import scorers_of
from evaluations.queries.vectors import Slice
from evaluations.views.addresses import address
from evaluations.views.content import is_test, may_see_content, note_exposure, part_of, slices_of
from evaluations.views.facets import facets_of
from evaluations.views.headers import header
from evaluations.views.paging import whole_number
from evaluations.views.slice_charts import COLUMNS, slice_chart

PAGE = 20
CHOICES = 100
LONGEST = 1_500
VARIES = {"model": "model", "prompt": "prompt", "system": "whole system"}


@dataclass(frozen=True)
class Chosen:
    """What the address names. scorers: those both runs share, as (of A, of B), the main one first; notes: what could not be followed."""

    a: Run | None
    b: Run | None
    scorers: list[tuple[ScorerVersion, ScorerVersion]]
    pair: tuple[ScorerVersion, ScorerVersion] | None
    part: Slice | None
    varies: str
    notes: list[str]


@require_safe
@requires("read")
def comparison(request: HttpRequest) -> HttpResponse:
    if request.GET.get("evaluation"):
        return _by_versions(request)
    chosen = _chosen(request)
    context: dict[str, Any] = {"chosen": chosen, "varieties": VARIES, **_choices(chosen)}
    found = _compared(chosen)
    if found is None:
        context["pairs"] = ready_pairs() if chosen.a is None else []
        return render(request, "evaluations/comparison.html", context)
    context |= {"comparison": found, "header": header(found), **_parts(request, chosen, found)}
    template = page_or_partial(request, "evaluations/comparison.html", "evaluations/comparison_samples.html")
    return render(request, template, context)


def _by_versions(request: HttpRequest) -> HttpResponse:
    """`evaluation=`, `version=` and `against_version=` lead to the newest runs they name."""
    query = request.GET.copy()
    evaluation = query.pop("evaluation")[0]
    for name, version in (("run", "version"), ("against", "against_version")):
        run = newest_run(evaluation, request.GET[version]) if request.GET.get(version) else None
        query.pop(version, None)
        if run:
            query[name] = str(run.pk)
    return redirect(f"{reverse('evaluations:compare')}?{query.urlencode()}")


def _chosen(request: HttpRequest) -> Chosen:
    notes: list[str] = []
    a, b = (_run(request, name, notes) for name in ("run", "against"))
    scorers = _shared_scorers(a, b) if a and b else []
    asked = request.GET.get("scorer", "")
    pair = next((pair for pair in scorers if pair[0].scorer.slug == asked), scorers[0] if scorers else None)
    if a and b and not scorers:
        notes.append("The two runs share no scorer, so there is nothing to compare.")
    varies = request.GET.get("varies", "")
    return Chosen(
        a, b, scorers, pair, part_of(request, notes), varies if varies in VARIES else _varying(a, b), notes
    )


def _run(request: HttpRequest, name: str, notes: list[str]) -> Run | None:
    asked = request.GET.get(name, "")
    run = finished_runs().filter(pk=whole_number(asked)).first() if asked else None
    if asked and run is None:
        notes.append(f"There is no finished run {asked}.")
    return run


def _shared_scorers(a: Run, b: Run) -> list[tuple[ScorerVersion, ScorerVersion]]:
    theirs = {scorer.scorer_id: scorer for scorer in scorers_of(b)}
    return [(scorer, theirs[scorer.scorer_id]) for scorer in scorers_of(a) if scorer.scorer_id in theirs]


def _varying(a: Run | None, b: Run | None) -> str:
    """What seems meant to vary: the prompt when one model version ran two evaluation versions, else the model."""
    if a and b and a.model_version_id == b.model_version_id:
        return "prompt" if a.evaluation_version_id != b.evaluation_version_id else "model"
    return "model"


def _choices(chosen: Chosen) -> dict[str, Any]:
    """Runs to choose from: for B those on the cases of A."""
    first = list(finished_runs()[:CHOICES])
    return {"runs_a": first, "runs_b": list(beside(chosen.a)[:CHOICES]) if chosen.a else first}


def _compared(chosen: Chosen) -> Comparison | None:
    if chosen.a is None or chosen.b is None or chosen.pair is None:
        return None
    slug = chosen.pair[0].scorer.slug
    try:
        return compare(chosen.a, chosen.b, slug, chosen.part, chosen.varies)  # type: ignore[arg-type]
    except NotComparable as refusal:
        chosen.notes.append(refusal.message)
        return None


@dataclass(frozen=True)
class SideBySide:
    """A case with the first tries' outputs as pieces of their word difference, each side its own."""

    row: CaseRow
    a: list[tuple[str, str]]
    b: list[tuple[str, str]]


def _parts(request: HttpRequest, chosen: Chosen, found: Comparison) -> dict[str, Any]:
    run = found.run_a
    scorer_a, scorer_b = chosen.pair or (found.scorer, found.scorer)
    wanted = CaseFilter(run, scorer_a, found.run_b, scorer_b, chosen.part)
    content = may_see_content(request, run)
    after, show = whole_number(request.GET.get("after", "")), request.GET.get("show", "")
    rows = case_rows(wanted, show, after, PAGE + 1, content=content)
    note_exposure(request, run, len(rows[:PAGE]), content=content)
    return {
        "pairs": [_side_by_side(row) for row in rows[:PAGE]],
        "first": not after,
        "next_after": rows[PAGE - 1].cursor if len(rows) > PAGE else None,
        "facets": facets_of(case_counts(wanted), show, lambda name: address(request, show=name)),
        "slices": slices_of(run, scorer_a),
        "chart": slice_chart(found),
        "chart_columns": COLUMNS,
        "content": content,
        "refusal": sentence("read_test"),
        "exposed": exposed(run.evaluation_version.dataset_version) if is_test(run) else None,
        "slug": scorer_a.scorer.slug,
    }


def _side_by_side(row: CaseRow) -> SideBySide:
    outputs = [
        next((one.output for one in side if one.output is not None), None) for side in (row.ours, row.theirs)
    ]
    before, after = ((text or "")[:LONGEST] for text in outputs)
    changes = word_diff(before, after)
    return SideBySide(
        row,
        [(op, text) for op, text in changes if op != "+"],
        [(op, text) for op, text in changes if op != "-"],
    )


@require_safe
@requires("read")
def comparison_slices(request: HttpRequest, kind: str) -> HttpResponse:
    """The slices of a comparison as a picture or as rows."""
    chosen = _chosen(request)
    found = _compared(replace(chosen, part=None))
    chart = slice_chart(found) if found else None
    if chart is None:
        raise Http404("These runs have no slices to compare.")
    name = f"runs-{found.run_a.pk}-{found.run_b.pk}-slices.{kind}" if found else ""
    body: Any = as_file(chart.svg)
    if kind == "csv":
        body = csv_rows([dict(zip(COLUMNS, row, strict=True)) for row in chart.rows])
    media_type = {"csv": "text/csv; charset=utf-8", "svg": "image/svg+xml"}[kind]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=media_type, headers=headers)


urlpatterns = [
    path("compare/", comparison, name="compare"),
    path("compare/slices.csv", comparison_slices, {"kind": "csv"}, name="compare-slices-csv"),
    path("compare/slices.svg", comparison_slices, {"kind": "svg"}, name="compare-slices-svg"),
]
