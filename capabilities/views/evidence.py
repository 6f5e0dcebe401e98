"""Evidence: which evaluation measures a criterion, confirmed, taken away, or run again."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from capabilities.models import Criterion, Requirement, Verification
from capabilities.queries.criterion_words import criterion_words, newest_scorers
from capabilities.queries.linkable import linkable_evaluations
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import confirm_unchanged, link_evidence, unlink_evidence
from capabilities.views.access import act, act_and_return, demand_in, requirement_or_404
from config.people.access import requires
from config.people.requests import person
from evaluations.models import Cap, EvaluationVersion, ModelVersion
from evaluations.services.runs import start_run

CALLS_PER_ITEM = 3


def _detail(requirement: Requirement) -> str:
    return reverse("capabilities:requirement-detail", args=[requirement.key])


def _criterion(requirement: Requirement, key: str, number: str = "") -> Criterion:
    """A criterion of a numbered revision, else of the one being written or agreed."""
    revision = (
        get_object_or_404(requirement.revisions, number=int(number))
        if number.isdecimal() and len(number) < 9
        else current_revision(requirement)
    )
    criteria = Criterion.objects.select_related("scorer", "rival_set", "revision__requirement__product")
    return get_object_or_404(criteria, revision=revision, key=key)


@require_safe
@requires("read")
def evidence_choose(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    criterion = _criterion(requirement, criterion_key, request.GET.get("revision", ""))
    scorers = newest_scorers([criterion.scorer_id] if criterion.scorer_id else [])
    links = criterion.verifications.select_related(
        "evaluation_version__evaluation", "evaluation_version__dataset_version__dataset", "confirmed_by"
    )
    context = {
        "requirement": requirement,
        "criterion": criterion,
        "words": criterion_words(criterion, scorers.get(criterion.scorer_id or 0)),
        "links": list(links),
        "evaluations": linkable_evaluations(criterion),
    }
    return render(request, "capabilities/evidence_link.html", context)


@require_POST
@requires("read")
def evidence_link(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    criterion = _criterion(requirement, criterion_key, request.POST.get("revision", ""))
    chosen = request.POST.get("evaluation_version", "")
    version = (
        EvaluationVersion.objects.filter(pk=int(chosen))
        .select_related("evaluation", "dataset_version__dataset")
        .first()
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
    if version is None:
        messages.error(request, "Choose the evaluation that measures this.")
        return redirect("capabilities:evidence", requirement.key, criterion.key)
    linked = act(
        request,
        f"{criterion.key} is measured by {version}.",
        lambda: link_evidence(actor=person(request), criterion=criterion, evaluation_version=version),
    )
    return (
        redirect(_detail(requirement))
        if linked
        else redirect("capabilities:evidence", requirement.key, criterion.key)
    )


def _verification(requirement: Requirement, pk: int) -> Verification:
    rows = Verification.objects.select_related(
        "criterion__scorer",
        "criterion__revision__requirement__product",
        "evaluation_version__evaluation",
        "evaluation_version__dataset_version__dataset",
    )
    return get_object_or_404(rows, pk=pk, criterion__revision__requirement=requirement)


@require_POST
@requires("read")
def evidence_confirm(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    verification = _verification(requirement, pk)
    return act_and_return(
        request,
        _detail(requirement),
        f"The evidence of {verification.criterion.key} is confirmed as unchanged.",
        lambda: confirm_unchanged(actor=person(request), verification=verification),
    )


@require_POST
@requires("read")
def evidence_unlink(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    verification = _verification(requirement, pk)
    return act_and_return(
        request,
        _detail(requirement),
        f"{verification.evaluation_version} no longer measures {verification.criterion.key}.",
        lambda: unlink_evidence(actor=person(request), verification=verification),
    )


@require_POST
@requires("read")
def evidence_run(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Run the evaluation on one version again; capped in calls, so that a press costs no more than its cases and retries."""
    requirement = requirement_or_404(request, key)
    demand_in(request, "run", requirement.product)
    evaluation = _verification(requirement, pk).evaluation_version
    version = _version(request.POST.get("version", ""))
    calls = evaluation.dataset_version.case_count * evaluation.repeats * CALLS_PER_ITEM
    return act_and_return(
        request,
        _detail(requirement),
        f"{evaluation} is running on {version.label}. The verdict follows when it is done.",
        lambda: start_run(
            actor=person(request),
            evaluation_version=evaluation,
            model_version=version,
            cap=Decimal(calls),
            cap_unit=Cap.CALLS,
            charged_to=requirement.product.key,
            until_settled=request.POST.get("until_settled") == "on",
        ),
    )


def _version(text: str) -> ModelVersion:
    if not text.isdecimal() or len(text) > 18:
        raise Http404("There is no such version.")
    return get_object_or_404(ModelVersion.objects.select_related("model__provider"), pk=int(text))


PLACE = "requirements/<slug:key>/"
urlpatterns = [
    path(f"{PLACE}criteria/<slug:criterion_key>/evidence/", evidence_choose, name="evidence"),
    path(f"{PLACE}criteria/<slug:criterion_key>/evidence/link/", evidence_link, name="evidence-link"),
    path(f"{PLACE}evidence/<int:pk>/confirm/", evidence_confirm, name="evidence-confirm"),
    path(f"{PLACE}evidence/<int:pk>/unlink/", evidence_unlink, name="evidence-unlink"),
    path(f"{PLACE}evidence/<int:pk>/run/", evidence_run, name="evidence-run"),
]
