"""Evaluations: the list, a new one, and what it measures and has measured."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.forms.evaluations import EvaluationFields, EvaluationForm, settings_of
from evaluations.models import Evaluation, EvaluationVersion, ScorerVersion
from evaluations.queries.evaluations import (
    evaluation_rows,
    evaluations_with_newest,
    results_of,
    versions_of,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.rescoring import score_latest_with
from evaluations.views.charts import TREND_COLUMNS, trend_chart, trend_records
from evaluations.views.deeds import attempt, status_of
from evaluations.views.exports import list_file, wants_file
from evaluations.views.paging import whole_number
from evaluations.views.records import EVALUATION_COLUMNS, evaluation_values

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@requires("read")
def evaluation_list(request: HttpRequest) -> HttpResponse:
    evaluations = evaluations_with_newest()
    if wants_file(request):
        return list_file(request, "evaluations", evaluations, EVALUATION_COLUMNS, evaluation_values)
    page = page_of(request, evaluations)
    context = {
        "page": page,
        "rows": evaluation_rows(list(page.object_list)),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/evaluation_list.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def evaluation_new(request: HttpRequest) -> HttpResponse:
    form = EvaluationForm(request.POST or None, initial={"dataset_version": request.GET.get("dataset")})
    if form.is_valid():
        names = {"slug": form.cleaned_data["slug"], "name": form.cleaned_data["name"]}
        version = attempt(
            form, lambda: create_evaluation_version(actor=person(request), **names, **form.version())
        )
        if version:
            return redirect("evaluations:evaluation-detail", version.evaluation.slug)
    context = {
        "form": form,
        "title": "New evaluation",
        "intro": "All of it must be the same for two runs to be compared, so a version never changes.",
        "crumbs": [(reverse("evaluations:evaluation-list"), "Evaluations")],
        "submit": "Make the evaluation",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def evaluation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    evaluation = get_object_or_404(Evaluation, slug=slug)
    versions = versions_of(evaluation)
    chosen = _version(request, versions)
    context = {
        "evaluation": evaluation,
        "versions": versions,
        "chosen": chosen,
        "newest": bool(versions) and chosen == versions[0],
        "may_write": may(request.user, "write_facts"),
        "may_run": may(request.user, "run"),
    }
    if chosen:
        scorers = list(chosen.scorers.all())
        scorer = _scorer(scorers, request.GET.get("scorer", ""))
        results = results_of(chosen, scorer, request.GET.get("model", ""))
        context |= {"scorer": scorer, "scorers": scorers, "results": results, **trend_chart(results, scorer)}
    return render(request, "evaluations/evaluation_detail.html", context)


@require_safe
@requires("read")
def evaluation_trend(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The trend of one model as the page shows it: its numbers, or its picture."""
    versions = versions_of(get_object_or_404(Evaluation, slug=slug))
    chosen = _version(request, versions)
    if chosen is None:
        raise Http404("This evaluation has no version yet.")
    scorer = _scorer(list(chosen.scorers.all()), request.GET.get("scorer", ""))
    results = results_of(chosen, scorer, request.GET.get("model", ""))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-{scorer.scorer.slug}.{kind}"'}
    if kind == "csv":
        rows = csv_rows(trend_records(results), TREND_COLUMNS)
        return HttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)
    drawn = trend_chart(results, scorer)
    if not drawn:
        raise Http404("There is nothing to draw before a second run.")
    return HttpResponse(as_file(drawn["svg"]), content_type="image/svg+xml", headers=headers)


def _version(request: HttpRequest, versions: Sequence[EvaluationVersion]) -> EvaluationVersion | None:
    """The one the address names, else the newest."""
    by_number = {str(version.number): version for version in versions}
    return by_number.get(request.GET.get("v", ""), versions[0] if versions else None)


def _scorer(scorers: list[ScorerVersion], asked: str) -> ScorerVersion:
    """The one asked for, else the first that counts right answers, else the first."""
    named = [one for one in scorers if one.scorer.slug == asked]
    rates = [one for one in scorers if one.unit == "rate"]
    return (named or rates or scorers)[0]


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def evaluation_version_new(request: HttpRequest, slug: str) -> HttpResponse:
    evaluation = get_object_or_404(Evaluation, slug=slug)
    newest = next(iter(versions_of(evaluation)), None)
    form = EvaluationFields(request.POST or None, initial=settings_of(newest) if newest else {})
    if form.is_valid():
        made = attempt(
            form, lambda: create_evaluation_version(actor=person(request), slug=slug, **form.version())
        )
        if made and made == newest:
            messages.info(request, f"Nothing differs from version {made.number}, so no new one was made.")
        if made:
            return redirect("evaluations:evaluation-detail", slug)
    context = {
        "form": form,
        "title": f"New version of {evaluation.name}",
        "intro": "Runs of earlier versions stay; they are not compared with runs of the new one.",
        "crumbs": [
            (reverse("evaluations:evaluation-list"), "Evaluations"),
            (reverse("evaluations:evaluation-detail", args=[slug]), evaluation.name),
        ],
        "submit": "Make the version",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_POST
@requires("run")
def evaluation_rescore(request: HttpRequest, slug: str) -> HttpResponse:
    number = whole_number(request.POST.get("v", ""))
    version = get_object_or_404(EvaluationVersion, evaluation__slug=slug, number=number)
    told = score_latest_with(actor=person(request), evaluation_version=version)
    if told.runs:
        made = ", ".join(str(run.pk) for run in told.runs)
        messages.success(request, f"Scored by {version} without calling anybody, as runs {made}.")
    for problem in told.problems:
        messages.error(request, problem)
    if not (told.runs or told.problems):
        messages.info(request, f"No earlier version has a run that {version} lacks.")
    return redirect(f"{reverse('evaluations:evaluation-detail', args=[slug])}?v={version.number}")


urlpatterns = [
    path("evaluations/", evaluation_list, name="evaluation-list"),
    path("evaluations/new/", evaluation_new, name="evaluation-new"),
    path("evaluations/<slug:slug>/", evaluation_detail, name="evaluation-detail"),
    path("evaluations/<slug:slug>/trend.csv", evaluation_trend, {"kind": "csv"}, name="evaluation-trend-csv"),
    path("evaluations/<slug:slug>/trend.svg", evaluation_trend, {"kind": "svg"}, name="evaluation-trend-svg"),
    path("evaluations/<slug:slug>/rescore/", evaluation_rescore, name="evaluation-rescore"),
    path("evaluations/<slug:slug>/versions/new/", evaluation_version_new, name="evaluation-version-new"),
]
