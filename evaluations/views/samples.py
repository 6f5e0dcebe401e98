"""The samples of a run, case by case, with what became of every try."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from config.people.access import may, requires, sentence
from config.web import page_or_partial, wants_partial
from evaluations.models import Run, ScorerVersion
from evaluations.queries.case_filters import CaseFilter, case_counts
from evaluations.queries.case_rows import CaseRow, case_row, case_rows
from evaluations.queries.exposures import exposed
from evaluations.queries.pairs import beside
from evaluations.queries.runs import runs_with_related
from evaluations.queries.scores import scorers_of
from evaluations.views.addresses import address
from evaluations.views.content import is_test, may_see_content, note_exposure, part_of, slices_of
from evaluations.views.facets import Facet, facets_of
from evaluations.views.labelling import labelling, with_mode
from evaluations.views.paging import whole_number

PAGE = 50
DETAIL = "sample-detail"
OTHERS = 50


@dataclass(frozen=True)
class Chosen:
    """What the address asks for. notes: what of it could not be followed, in words."""

    scorers: list[ScorerVersion]
    wanted: CaseFilter
    notes: list[str]


@require_safe
@requires("read")
def run_samples(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(runs_with_related(), pk=pk)
    chosen = chosen_of(request.GET, run)
    content = may_see_content(request, run)
    opened = _opened(request, chosen, content=content)
    if wants_partial(request) and request.headers.get("HX-Target") == DETAIL:
        note_exposure(request, run, 1 if opened else 0, content=content)
        part = {"run": run, "row": opened, "chosen": chosen, "content": content, **_deeds(request, run)}
        return render(request, "evaluations/sample_detail.html", part)
    after = whole_number(request.GET.get("after", ""))
    found = case_rows(chosen.wanted, request.GET.get("show", ""), after, PAGE + 1, content=content)
    rows = found[:PAGE]
    note_exposure(request, run, _read(rows, opened), content=content)
    context: dict[str, Any] = {
        "run": run,
        "rows": rows,
        "row": opened,
        "first": not after,
        "next_after": rows[-1].cursor if len(found) > PAGE else None,
        "chosen": chosen,
        "facets": _facets(request, chosen.wanted),
        "slices": slices_of(run, chosen.wanted.scorer),
        "others": list(beside(run)[:OTHERS]),
        "content": content,
        "refusal": sentence("read_test"),
        "exposed": exposed(run.evaluation_version.dataset_version) if is_test(run) else None,
        "several": len(chosen.scorers) > 1,
        "slug": chosen.wanted.scorer.scorer.slug,
        **_deeds(request, run),
    }
    template = page_or_partial(request, "evaluations/samples.html", "evaluations/sample_table.html")
    return render(request, template, context)


def _deeds(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What may be done with a case that is read. One query."""
    writes = may(request.user, "write_facts")
    return {**labelling(request, run), "may_promote": writes and not is_test(run), "may_record": writes}


def chosen_of(query: QueryDict, run: Run) -> Chosen:
    """What an address asks for. Three queries, two more beside another run, one for a failure mode."""
    notes: list[str] = []
    scorers = scorers_of(run)
    scorer = _named(scorers, query.get("scorer", ""), notes)
    wanted = with_mode(CaseFilter(run, scorer, part=part_of(query, notes)), query.get("mode", ""), notes)
    other = _other(query, run, notes)
    if other is None:
        return Chosen(scorers, wanted, notes)
    other_scorer = next((one for one in scorers_of(other) if one.scorer_id == scorer.scorer_id), None)
    if other_scorer is None:
        notes.append(f"Run {other.pk} was not scored by {scorer.scorer.slug}.")
        return Chosen(scorers, wanted, notes)
    return Chosen(scorers, replace(wanted, other=other, other_scorer=other_scorer), notes)


def _named(scorers: list[ScorerVersion], slug: str, notes: list[str]) -> ScorerVersion:
    found = next((one for one in scorers if one.scorer.slug == slug), None)
    if slug and found is None:
        notes.append(f"This evaluation has no scorer “{slug}”; {scorers[0].scorer.slug} is shown.")
    return found or scorers[0]


def _other(query: QueryDict, run: Run, notes: list[str]) -> Run | None:
    asked = query.get("vs", "")
    if not asked:
        return None
    other = beside(run).filter(pk=whole_number(asked)).first()
    if other is None:
        notes.append(f"There is no finished run {asked} on the same cases to set beside this one.")
    return other


def _opened(request: HttpRequest, chosen: Chosen, *, content: bool) -> CaseRow | None:
    key = request.GET.get("case", "")
    return case_row(chosen.wanted, key, content=content) if key else None


def _read(rows: list[CaseRow], opened: CaseRow | None) -> int:
    keys = {row.key for row in rows}
    return len(keys | {opened.key} if opened else keys)


def _facets(request: HttpRequest, wanted: CaseFilter) -> list[Facet]:
    return facets_of(
        case_counts(wanted), request.GET.get("show", ""), lambda show: address(request, show=show)
    )


urlpatterns = [
    path("runs/<int:pk>/samples/", run_samples, name="run-samples"),
]
