"""The criterion editor: what is asked, and what the cases at hand can decide about it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.forms.criteria import CriterionForm, initial_of
from capabilities.models import Criterion, Requirement, Revision
from capabilities.queries.criterion_words import criterion_words, newest_scorers
from capabilities.queries.linkable import measuring_evaluations
from capabilities.queries.planning import Decides, cases_in, decides
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.revisions import current_revision, open_revision
from capabilities.services.verifications import link_evidence
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.models import User
from config.people.requests import person
from config.web import page_or_partial


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def criterion_new(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    return _editor(request, requirement, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def criterion_edit(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    criteria = current_revision(requirement).criteria.select_related("scorer", "rival_set")
    criterion = criteria.filter(key=criterion_key).first()
    if criterion is None:
        raise Http404(f"{requirement.key} has no criterion {criterion_key}.")
    return _editor(request, requirement, criterion)


def _editor(request: HttpRequest, requirement: Requirement, criterion: Criterion | None) -> HttpResponse:
    form = _form(request, requirement, criterion)
    # before a refusal takes what was wrong out of the form
    shown = _shown(form, criterion)
    only_looking = request.method != "POST" or "show" in request.POST or "instead" in request.POST
    if not only_looking and form.is_valid():
        try:
            saved = _save(person(request), requirement, criterion.key if criterion else None, form)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{saved.key} is saved.")
            return redirect(
                f"{reverse('capabilities:requirement-detail', args=[requirement.key])}#{saved.key}"
            )
    context = {
        "form": form,
        "requirement": requirement,
        "criterion": criterion,
        "quiet": only_looking,
        **shown,
    }
    template = page_or_partial(
        request, "capabilities/criterion_form.html", "capabilities/criterion_decides.html"
    )
    status = 422 if form.errors and not only_looking else 200
    return render(request, template, context, status=status)


def _form(request: HttpRequest, requirement: Requirement, criterion: Criterion | None) -> CriterionForm:
    """Bound to what was posted, or to what the address asks (the live look); else as the criterion was saved."""
    data: QueryDict | None = None
    if request.method == "POST":
        data = _with_instead(request.POST)
    elif "statistic" in request.GET:
        data = request.GET
    initial: dict[str, Any] = {}
    if criterion is not None:
        scorers = newest_scorers([criterion.scorer_id] if criterion.scorer_id else [])
        initial = initial_of(criterion, scorers.get(criterion.scorer_id or 0))
        link = criterion.verifications.order_by("-pk").first()
        initial["evaluation"] = link.evaluation_version_id if link else None
    return CriterionForm(
        data, initial=initial, product=requirement.product, evaluations=measuring_evaluations()
    )


def _with_instead(posted: QueryDict) -> QueryDict:
    """What a button “ask for this instead” changes in the form."""
    instead = posted.get("instead")
    if not instead:
        return posted
    data = posted.copy()
    if instead == "pass_all":
        data["statistic"], data["threshold"] = "pass_all", ""
    else:
        data["threshold"] = instead
    return data


@transaction.atomic
def _save(actor: User, requirement: Requirement, key: str | None, form: CriterionForm) -> Criterion:
    """The criterion into the open draft (opened where the agreed revision stands), and its evidence."""
    revision: Revision = open_revision(actor=actor, requirement=requirement)
    saved = save_criterion(actor=actor, revision=revision, key=key, fields=form.criterion_fields())
    evaluation = form.cleaned_data.get("evaluation")
    linked = evaluation and saved.verifications.filter(evaluation_version=evaluation).exists()
    if evaluation and saved.measurable and not linked:
        link_evidence(actor=actor, criterion=saved, evaluation_version=evaluation)
    return saved


def _shown(form: CriterionForm, criterion: Criterion | None) -> dict[str, Any]:
    """The sentence of the criterion as it stands in the form, and what its cases can decide."""
    if not form.is_bound:
        return _as_saved(criterion)
    form.is_valid()
    fields = form.criterion_fields()
    draft = Criterion(**{name: value for name, value in fields.items() if value is not None})
    version = form.scorer_version
    data = form.cleaned_data
    cases = data.get("cases") or cases_in(data.get("evaluation"), draft.slice_name, draft.slice_value)
    looked: Decides | None = None
    if draft.measurable and draft.scorer_id:
        expected = data.get("expected")
        looked = decides(draft, version, cases, expected if isinstance(expected, float) else None)
    return {"decides": looked, "words": criterion_words(draft, version) if draft.scorer_id else ""}


def _as_saved(criterion: Criterion | None) -> dict[str, Any]:
    if criterion is None or criterion.scorer_id is None:
        return {"decides": None, "words": ""}
    version = newest_scorers([criterion.scorer_id]).get(criterion.scorer_id)
    link = criterion.verifications.select_related("evaluation_version__dataset_version").last()
    cases = cases_in(link.evaluation_version if link else None, criterion.slice_name, criterion.slice_value)
    return {"decides": decides(criterion, version, cases), "words": criterion_words(criterion, version)}


@require_POST
@requires("read")
def criterion_remove(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    return act_and_return(
        request,
        reverse("capabilities:requirement-detail", args=[requirement.key]),
        f"{criterion_key} is removed from the draft.",
        lambda: _remove(person(request), requirement, criterion_key),
    )


@transaction.atomic
def _remove(actor: User, requirement: Requirement, key: str) -> None:
    revision = open_revision(actor=actor, requirement=requirement)
    criterion = revision.criteria.select_related("revision__requirement__product").filter(key=key).first()
    if criterion is None:
        raise Refused(f"{requirement.key} has no criterion {key} any more.", code="unknown_criterion")
    remove_criterion(actor=actor, criterion=criterion)


urlpatterns = [
    path("requirements/<slug:key>/criteria/new/", criterion_new, name="criterion-new"),
    path("requirements/<slug:key>/criteria/<slug:criterion_key>/", criterion_edit, name="criterion-edit"),
    path(
        "requirements/<slug:key>/criteria/<slug:criterion_key>/remove/",
        criterion_remove,
        name="criterion-remove",
    ),
]
