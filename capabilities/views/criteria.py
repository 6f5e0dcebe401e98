"""The criterion editor: what is asked, and what the cases at hand can decide about it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.errors import EditedMeanwhile
from capabilities.forms.criteria import CriterionForm, initial_of
from capabilities.models import Criterion, Requirement, Revision
from capabilities.queries.criterion_look import Asked, Look, look_at
from capabilities.queries.criterion_words import newest_scorers
from capabilities.queries.linkable import measuring_evaluations
from capabilities.queries.revisions import criteria_in_words, in_full
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.revisions import current_revision, open_revision
from capabilities.services.verifications import measure_by
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.models import User
from config.people.requests import person
from config.web import page_or_partial
from evaluations.differences import Change, word_diff

# Buttons that change the form, or only look, and save nothing.
LOOKS = ("show", "repair", "add_case", "add_cases", "use_evaluation")
REMOVED = "removed"


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
    if criterion is None and not (request.method == "POST" and "seen" in request.POST):
        raise Http404(f"{requirement.key} has no criterion {criterion_key}.")
    return _editor(request, requirement, criterion, removed="" if criterion else criterion_key)


def _editor(
    request: HttpRequest, requirement: Requirement, criterion: Criterion | None, removed: str = ""
) -> HttpResponse:
    """removed: the key of a criterion that somebody took out while its editor was open."""
    form = _form(request, requirement, criterion)
    # before a refusal takes what was wrong out of the form
    look = _look(form, criterion)
    if request.method == "POST" and (changed := _pressed(request.POST, look)) is not None:
        form = _form(request, requirement, criterion, changed)
        look = _look(form, criterion)
    only_looking = request.method != "POST" or any(name in request.POST for name in LOOKS)
    clash: list[Change] | None = None
    status = 200
    if not only_looking:
        status = 422
        if form.is_valid():
            try:
                _check_removed(form, removed)
                return _saved(request, requirement, criterion, form)
            except EditedMeanwhile as meanwhile:
                status, clash = 409, _clash(requirement, form, meanwhile)
                form = _on_top_of(request, requirement, criterion, meanwhile)
            except (Refused, ValidationError) as refusal:
                add_refusal(form, refusal)
    if not form.is_bound:
        form.fields["threshold" if _has_target(criterion) else "scorer"].widget.attrs["autofocus"] = True
    context = {
        "form": form,
        "requirement": requirement,
        "criterion": criterion,
        "quiet": only_looking or clash is not None,
        "clash": clash,
        "removed": removed,
        "look": look,
    }
    template = page_or_partial(
        request, "capabilities/criterion_form.html", "capabilities/criterion_decides.html"
    )
    return render(request, template, context, status=status)


def _has_target(criterion: Criterion | None) -> bool:
    return criterion is not None and criterion.measurable and criterion.threshold is not None


def _check_removed(form: CriterionForm, removed: str) -> None:
    """Saving what somebody removed makes a new criterion, but only once one has been told."""
    if removed and form.cleaned_data.get("seen") != REMOVED:
        raise EditedMeanwhile(f"Somebody removed {removed} while you were writing.", code="removed_meanwhile")


def _saved(
    request: HttpRequest, requirement: Requirement, criterion: Criterion | None, form: CriterionForm
) -> HttpResponse:
    saved = _save(person(request), requirement, criterion.key if criterion else None, form)
    if "another" in request.POST:
        messages.success(request, f"{saved.key} is saved. This is the next one.")
        return redirect("capabilities:criterion-new", requirement.key)
    messages.success(request, f"{saved.key} is saved.")
    return redirect(f"{reverse('capabilities:requirement-detail', args=[requirement.key])}#{saved.key}")


def _form(
    request: HttpRequest,
    requirement: Requirement,
    criterion: Criterion | None,
    changed: QueryDict | None = None,
) -> CriterionForm:
    """Bound to what was posted, or to what the address asks (the live look); else as the criterion was saved."""
    data = changed
    if data is None and request.method == "POST":
        data = request.POST
    elif data is None and "statistic" in request.GET:
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


def _pressed(posted: QueryDict, look: Look) -> QueryDict | None:
    """The form after a button that mends a finding or names cases; None where none was pressed."""
    changes: dict[str, str] = {}
    if "repair" in posted:
        code, _, number = posted.get("repair", "").partition(".")
        repairs = next((one.repairs for one in look.findings if one.code == code), ())
        if number.isdecimal() and int(number) < len(repairs):
            changes = dict(repairs[int(number)].changes)
    elif "add_case" in posted or "add_cases" in posted:
        wanted = look.found if "add_cases" in posted else [posted.get("add_case", "")]
        named = [line for line in posted.get("case_keys", "").splitlines() if line.strip()]
        changes = {"case_keys": "\n".join(dict.fromkeys([*named, *wanted]))}
    elif "use_evaluation" in posted:
        changes = {"evaluation": posted.get("use_evaluation", "")}
    else:
        return None
    data = posted.copy()
    for name, value in changes.items():
        data[name] = value
    return data


def _clash(requirement: Requirement, form: CriterionForm, meanwhile: EditedMeanwhile) -> list[Change]:
    """The words between what somebody else saved and what one typed."""
    key = str(meanwhile.fields.get("key", ""))
    theirs = dict(criteria_in_words(current_revision(requirement))).get(key, "")
    return word_diff(theirs, in_full(_draft(form), form.scorer_version))


def _on_top_of(
    request: HttpRequest, requirement: Requirement, criterion: Criterion | None, meanwhile: EditedMeanwhile
) -> CriterionForm:
    """The same again, now seen against theirs: saving once more is a decision, and of one that was removed it makes a new one."""
    data = request.POST.copy()
    data["seen"] = str(meanwhile.fields.get("fingerprint", REMOVED))
    return _form(request, requirement, criterion, data)


@transaction.atomic
def _save(actor: User, requirement: Requirement, key: str | None, form: CriterionForm) -> Criterion:
    """The criterion into the open draft (opened where the agreed revision stands), and its evidence."""
    revision: Revision = open_revision(actor=actor, requirement=requirement)
    seen = form.cleaned_data.get("seen") or None
    saved = save_criterion(
        actor=actor,
        revision=revision,
        key=key,
        seen=None if seen == REMOVED else seen,
        fields=form.criterion_fields(),
    )
    evaluation = form.cleaned_data.get("evaluation")
    if evaluation and saved.measurable:
        measure_by(
            actor=actor,
            criterion=saved,
            evaluation_version=evaluation,
            instead_of=form.initial.get("evaluation"),
        )
    return saved


def _draft(form: CriterionForm) -> Criterion:
    """The criterion as it stands in the form, not saved."""
    fields = form.criterion_fields()
    return Criterion(**{name: value for name, value in fields.items() if value is not None})


def _look(form: CriterionForm, criterion: Criterion | None) -> Look:
    """The sentence of the criterion as it stands in the form, what its cases can decide, and what is wrong with it."""
    if not form.is_bound:
        return _as_saved(criterion)
    form.is_valid()
    data = form.cleaned_data
    expected = data.get("expected")
    asked = Asked(
        evaluation=data.get("evaluation"),
        cases=data.get("cases"),
        expected=expected if isinstance(expected, float) else None,
        search=data.get("case_search") or "",
    )
    return look_at(_draft(form), form.scorer_version, asked)


def _as_saved(criterion: Criterion | None) -> Look:
    if criterion is None or criterion.scorer_id is None:
        return look_at(Criterion(), None, Asked())
    version = newest_scorers([criterion.scorer_id]).get(criterion.scorer_id)
    link = criterion.verifications.select_related(
        "evaluation_version__evaluation", "evaluation_version__dataset_version__dataset"
    ).last()
    return look_at(criterion, version, Asked(evaluation=link.evaluation_version if link else None))


@require_POST
@requires("read")
def criterion_remove(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    return act_and_return(
        request,
        reverse("capabilities:requirement-detail", args=[requirement.key]),
        f"{criterion_key} is removed from the draft.",
        lambda: _remove(person(request), requirement, criterion_key, request.POST.get("seen")),
    )


@transaction.atomic
def _remove(actor: User, requirement: Requirement, key: str, seen: str | None) -> None:
    revision = open_revision(actor=actor, requirement=requirement)
    criterion = revision.criteria.select_related("revision__requirement__product").filter(key=key).first()
    if criterion is None:
        raise Refused(f"{requirement.key} has no criterion {key} any more.", code="unknown_criterion")
    remove_criterion(actor=actor, criterion=criterion, seen=seen or None)


urlpatterns = [
    path("requirements/<slug:key>/criteria/new/", criterion_new, name="criterion-new"),
    path("requirements/<slug:key>/criteria/<slug:criterion_key>/", criterion_edit, name="criterion-edit"),
    path(
        "requirements/<slug:key>/criteria/<slug:criterion_key>/remove/",
        criterion_remove,
        name="criterion-remove",
    ),
]
