"""What goes wrong in a run: labels on its cases, and their counts by slice."""

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from config.people.access import requires
from config.people.requests import person
from evaluations.exporters import csv_rows
from evaluations.models import DatasetVersionCase, FailureMode, Run
from evaluations.queries.case_filters import case_ids
from evaluations.queries.failure_modes import failure_rows, run_failures
from evaluations.queries.pairs import beside
from evaluations.queries.runs import runs_with_related
from evaluations.services.failure_modes import MOST_CASES, label_cases
from evaluations.views.content import is_test
from evaluations.views.deeds import act
from evaluations.views.exports import wants_file
from evaluations.views.paging import whole_number
from evaluations.views.samples import chosen_of

OTHERS = 50


@require_POST
@requires("write_facts")
def run_label(request: HttpRequest, pk: int) -> HttpResponse:
    """Set or take away a label on one case, or on all that the filters of the list found."""
    run = get_object_or_404(runs_with_related(), pk=pk)
    mode = get_object_or_404(FailureMode, slug=request.POST.get("mode", ""))
    remove = request.POST.get("remove") == "yes"
    query = QueryDict(request.POST.get("query", ""))
    key = request.POST.get("case", "")
    ids = (
        _one(run, key)
        if key
        else case_ids(chosen_of(query, run).wanted, query.get("show", ""), MOST_CASES + 1)
    )
    done = f"{'No longer labelled' if remove else 'Labelled'} “{mode.name}”: {len(ids)} {'case' if len(ids) == 1 else 'cases'}."
    act(
        request,
        done,
        lambda: label_cases(actor=person(request), run=run, mode=mode, case_ids=ids, remove=remove),
    )
    return redirect(f"{reverse('evaluations:run-samples', args=[pk])}?{query.urlencode()}")


def _one(run: Run, key: str) -> list[int]:
    entries = DatasetVersionCase.objects.filter(version=run.evaluation_version.dataset_version_id, key=key)
    return list(entries.values_list("case", flat=True))


@require_safe
@requires("read")
def run_failure_modes(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(runs_with_related(), pk=pk)
    other = beside(run).filter(pk=whole_number(request.GET.get("vs", ""))).first()
    found = run_failures(run, other)
    if wants_file(request):
        return _file(request, run, list(failure_rows(found)))
    context = {
        "run": run,
        "other": other,
        "others": list(beside(run)[:OTHERS]),
        "found": found,
        "by_slice": [
            (name, [(line.mode, line.slices[name]) for line in found.lines]) for name in found.slices
        ],
        "test": is_test(run),
    }
    return render(request, "evaluations/run_failure_modes.html", context)


def _file(request: HttpRequest, run: Run, rows: list[dict[str, object]]) -> HttpResponse:
    name = f"failure-modes-of-run-{run.pk}"
    if request.GET["format"] == "json":
        headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
        return JsonResponse({"run": run.pk, "failure_modes": rows}, headers=headers)
    columns = list(rows[0]) if rows else ["failure_mode"]
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(csv_rows(rows, columns), content_type="text/csv; charset=utf-8", headers=headers)


urlpatterns = [
    path("runs/<int:pk>/label/", run_label, name="run-label"),
    path("runs/<int:pk>/failure-modes/", run_failure_modes, name="run-failure-modes"),
]
