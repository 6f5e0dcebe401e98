"""Runs: the list, and the page of one while it moves and after."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from config.people.access import may, requires
from config.people.queries.saved_views import saved_views
from config.people.requests import person
from config.web import page_or_partial, wants_partial
from config.words import money
from evaluations.models import BROUGHT, Origin, Run
from evaluations.queries.every_time import every_time_by_scorer
from evaluations.queries.judgings import judgings_of
from evaluations.queries.logs import log_of
from evaluations.queries.ratings import rated_of
from evaluations.queries.references import find_evaluation_version
from evaluations.queries.reuse import scorable_with, sources_of
from evaluations.queries.runs import (
    Progress,
    evaluations_with_runs,
    models_with_runs,
    run_progress,
    runs_with_related,
)
from evaluations.queries.scores import headlines, scorer_lines
from evaluations.services import runs as services
from evaluations.services.endings import MOVING
from evaluations.services.rescoring import score_with
from evaluations.services.reuse import call_reason
from evaluations.statistics.stop_sentences import stopped
from evaluations.views.content import may_see_content
from evaluations.views.exports import list_file, wants_file
from evaluations.views.paging import newest_first
from evaluations.views.records import RUN_COLUMNS, run_values
from evaluations.views.words import error_words

FILTERS = ("state", "evaluation", "model", "origin")
FINISHED = (Run.State.DONE, Run.State.PARTIAL)
NOT_STARTED = (*BROUGHT, Origin.JUDGE)


@require_safe
@requires("read")
def run_list(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    runs = runs_with_related(chosen)
    if wants_file(request):
        return list_file(request, "runs", runs.order_by("-pk"), RUN_COLUMNS, run_values)
    page = newest_first(request, runs)
    scores = headlines(page.rows)
    context = {
        "page": page,
        "rows": [(run, scores.get(run.pk)) for run in page.rows],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "states": Run.State.choices,
        "origins": Origin.choices,
        "swapped": wants_partial(request),
        "evaluations": evaluations_with_runs(),
        "models": models_with_runs(),
        "may_run": may(request.user, "run"),
        "may_write": may(request.user, "write_facts"),
        "views": saved_views(person(request), "runs", "", request.GET),
    }
    template = page_or_partial(request, "evaluations/run_list.html", "evaluations/run_table.html")
    return render(request, template, context)


def _took(run: Run) -> timedelta | None:
    """What a log says of an imported run is a day."""
    if run.origin == Origin.IMPORT or not (run.started_at and run.finished_at):
        return None
    return run.finished_at - run.started_at


@require_safe
@requires("read")
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(
        runs_with_related().select_related("prompt_version__prompt", "model_version__model__provider"), pk=pk
    )
    progress = run_progress(run)
    context = {
        "run": run,
        "progress": progress,
        "moving": run.state in MOVING,
        "took": _took(run),
        "errors": [(error_words(error.name), error) for error in progress.errors],
        "lines": scorer_lines(run) if run.state in FINISHED else [],
        "every_time": every_time_by_scorer(run) if run.state in FINISHED else [],
        "partial": wants_partial(request),
        "content": may_see_content(request, run),
        "judgings": judgings_of(run),
        "rated": rated_of(run),
        "stopped": _stopped(run, progress),
        "log": log_of(run),
        **_reused(run),
        **_deeds(request, run),
    }
    template = page_or_partial(request, "evaluations/run_detail.html", "evaluations/run_live.html")
    return render(request, template, context)


def _stopped(run: Run, progress: Progress) -> str:
    """What stopping early was worth; empty for a run that did not."""
    if not run.stopped_early:
        return ""
    saved = "" if progress.spared is None else money(progress.spared, progress.currency)
    return stopped(run.cases_asked, run.cases_given, run.not_needed, saved)


def _reused(run: Run) -> dict[str, Any]:
    """Whose calls answered, or why every sample is called."""
    if run.reused:
        return {"sources": sources_of(run)}
    called = run.origin not in NOT_STARTED and run.model_version.model.provider is not None
    return {"called_because": "" if not called else _why_called(run)}


def _why_called(run: Run) -> str:
    if not run.reuse:
        return "everything was to be called again."
    return call_reason(run.evaluation_version, run.model_version, run.origin)


def _deeds(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What this person may do with the run as it stands."""
    allowed = may(request.user, "run")
    called = run.origin not in BROUGHT
    return {
        "may_cancel": allowed and run.state in MOVING and run.cancel_requested_at is None,
        "may_resume": allowed and called and run.state == Run.State.PARTIAL,
        "may_retry": allowed and called and run.state == Run.State.FAILED,
        "may_rescore": allowed and run.state in FINISHED and run.origin != Origin.JUDGE,
        "scorable_with": list(scorable_with(run))
        if allowed and run.state in FINISHED and run.origin != Origin.JUDGE
        else [],
        "may_start_again": allowed and run.origin not in NOT_STARTED and run.state not in MOVING,
        "start_key": uuid4().hex,
    }


@require_POST
@requires("run")
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, services.cancel_run, "From now on no call of this run starts.")


@require_POST
@requires("run")
def run_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, services.resume_run, "What is missing is called again.")


@require_POST
@requires("run")
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, services.retry_run, "The run is queued again; what it has is kept.")


@require_POST
@requires("run")
def run_rescore(request: HttpRequest, pk: int) -> HttpResponse:
    if chosen := request.POST.get("evaluation_version"):
        return _scored_with(request, pk, chosen)
    return _changed(
        request, pk, services.rescore_run, "The stored answers are scored again; nobody is called."
    )


def _scored_with(request: HttpRequest, pk: int, chosen: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=pk)
    version = find_evaluation_version(chosen)
    if version is None:
        messages.error(request, "Choose a version of the evaluation.")
        return redirect("evaluations:run-detail", pk=pk)
    try:
        made = score_with(actor=person(request), run=run, evaluation_version=version)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("evaluations:run-detail", pk=pk)
    messages.success(
        request, f"The answers are scored by {version}; nobody is called. Run {pk} stays as it is."
    )
    return redirect("evaluations:run-detail", pk=made.pk)


@require_POST
@requires("run")
def run_again(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(_with_provider(), pk=pk)
    try:
        started = services.start_run(
            actor=person(request),
            evaluation_version=run.evaluation_version,
            model_version=run.model_version,
            cap=_cap_of(run),
            cap_unit=run.cap_unit,
            priority=run.priority,
            reuse=request.POST.get("reuse") != "no",
            idempotency_key=f"again-{pk}-{request.POST.get('key', '')}"[:120],
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("evaluations:run-detail", pk=pk)
    messages.success(request, f"Started again as run {started.pk}.")
    return redirect("evaluations:run-detail", pk=started.pk)


def _cap_of(run: Run) -> Decimal | None:
    """Its own cap, or its round's: starting one of a round again never lifts the budget."""
    return run.round.cap if run.cap is None and run.round else run.cap


def _with_provider() -> Any:
    return runs_with_related().select_related("model_version__model__provider")


def _changed(request: HttpRequest, pk: int, change: Callable[..., Run], done: str) -> HttpResponse:
    run = get_object_or_404(Run, pk=pk)
    try:
        change(actor=person(request), run=run)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("evaluations:run-detail", pk=pk)


urlpatterns = [
    path("runs/", run_list, name="run-list"),
    path("runs/<int:pk>/", run_detail, name="run-detail"),
    path("runs/<int:pk>/cancel/", run_cancel, name="run-cancel"),
    path("runs/<int:pk>/resume/", run_resume, name="run-resume"),
    path("runs/<int:pk>/retry/", run_retry, name="run-retry"),
    path("runs/<int:pk>/rescore/", run_rescore, name="run-rescore"),
    path("runs/<int:pk>/again/", run_again, name="run-again"),
]
