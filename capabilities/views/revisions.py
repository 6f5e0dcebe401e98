"""Revisions: an edit that notices the other editor, and two of them word by word."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.errors import EditedMeanwhile
from capabilities.forms.requirements import EditRequirementForm
from capabilities.models import Requirement, Revision
from capabilities.queries.products import may_in
from capabilities.queries.revisions import compare_revisions, conflict, criteria_in_words
from capabilities.queries.tags import tags_in_use
from capabilities.services.editing import PLACE, same, save_edit, seen_of
from capabilities.services.restoring import restore_revision
from capabilities.services.revisions import PARTS, current_revision
from capabilities.services.splitting import split_requirement
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from capabilities.views.requirement_drafts import LOOKS, focus_after, mended, pressed, preview_of
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

WRITES = ["GET", "HEAD", "POST"]


@require_http_methods(WRITES)
@requires("read")
def requirement_edit(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    current = current_revision(requirement)
    form = _form(request, requirement, current)
    clash: Clash | None = None
    status = 200
    if request.method == "POST" and form.is_bound:
        status = 422
        if form.is_valid():
            try:
                return _saved(request, requirement, form)
            except EditedMeanwhile as meanwhile:
                status, clash = 409, _clash(requirement, form, dict(meanwhile.fields))
                form = clash.form
            except (Refused, ValidationError) as refusal:
                add_refusal(form, refusal)
    focus_after(form, request.POST)
    context = {
        "form": form,
        "requirement": requirement,
        "revision": current,
        "clash": clash,
        "criteria": criteria_in_words(current),
        "preview": preview_of(form),
        "tags": tags_in_use(requirement.product),
        "example_pressed": request.POST.get("example") == "add",
    }
    return render(request, "capabilities/requirement_edit.html", context, status=status)


def _form(request: HttpRequest, requirement: Requirement, current: Revision) -> EditRequirementForm:
    """Bound to what is to be saved; after a button that saves nothing, or at first, filled with what there is."""
    product = requirement.product
    if request.method == "POST":
        if not any(name in request.POST for name in LOOKS):
            return EditRequirementForm(request.POST, product=product)
        return EditRequirementForm(product=product, initial=pressed(request.POST))
    initial = _initial(requirement, current)
    return EditRequirementForm(
        product=product, initial=initial | mended(initial, request.GET.get("repair", ""))
    )


def _initial(requirement: Requirement, current: Revision) -> dict[str, Any]:
    draft = current.status == Revision.Status.DRAFT
    text = {name: getattr(current, name) for name in PARTS}
    if not draft:
        text |= {"change_kind": "", "note": ""}
    return text | {
        "kind": requirement.kind,
        "intent": requirement.intent,
        "priority": requirement.priority,
        "capability": requirement.capability_id,
        "objective": requirement.objective_id,
        "owner": requirement.owner_id,
        "target": requirement.target,
        "tags": ", ".join(requirement.tags),
        **_base(requirement, current),
    }


def _base(requirement: Requirement, current: Revision) -> dict[str, Any]:
    return {
        "base_number": current.number,
        "base_count": current.edit_count,
        "base": json.dumps(seen_of(requirement, current)),
    }


def _saved(request: HttpRequest, requirement: Requirement, form: EditRequirementForm) -> HttpResponse:
    """Save, split where that was pressed, and go to the requirement."""
    values = dict(form.cleaned_data)
    with transaction.atomic():
        save_edit(
            actor=person(request),
            requirement=requirement,
            base_number=values.pop("base_number"),
            base_count=values.pop("base_count"),
            base=values.pop("base"),
            values=values,
        )
        second = (
            split_requirement(actor=person(request), requirement=requirement)
            if "split" in request.POST
            else None
        )
    beside = f"; {second.key} is a draft of the second ability" if second else ""
    messages.success(request, f"{requirement.key} is saved{beside}.")
    return redirect("capabilities:requirement-detail", requirement.key)


@dataclass(frozen=True)
class Clash:
    """What somebody else saved meanwhile, and the form with theirs where one changed nothing oneself: saving again is a decision."""

    rows: Sequence[dict[str, Any]]
    place: Sequence[str]
    form: EditRequirementForm


def _clash(requirement: Requirement, form: EditRequirementForm, theirs: dict[str, Any]) -> Clash:
    mine, seen = form.cleaned_data, form.cleaned_data.get("base") or {}
    requirement = Requirement.objects.select_related("product").get(pk=requirement.pk)
    now = _initial(requirement, current_revision(requirement))
    merged = dict(form.data.items())
    merged["examples"] = mine["examples"]
    place = []
    for name, before in seen.items():
        if name not in form.fields or same(theirs.get(name), before):
            continue
        if same(mine.get(name), before):
            merged[name] = now[name]
        if name in PLACE:
            place.append(str(form.fields[name].label or name).lower())
    rows = conflict(theirs, mine, seen)
    base = _base(requirement, current_revision(requirement))
    again = EditRequirementForm(product=requirement.product, initial=merged | base)
    return Clash(rows, place, again)


@require_safe
@requires("read")
def requirement_compare(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    revisions = {str(revision.number): revision for revision in requirement.revisions.order_by("number")}
    numbers = list(revisions)
    b = request.GET.get("b") or numbers[-1]
    a = request.GET.get("a") or numbers[max(0, numbers.index(b) - 1) if b in revisions else 0]
    if a not in revisions or b not in revisions:
        raise Http404(f"{requirement.key} has revisions {', '.join(numbers)}.")
    context = {
        "requirement": requirement,
        "revisions": list(revisions.values()),
        "a": revisions[a],
        "b": revisions[b],
        "rows": compare_revisions(revisions[a], revisions[b]),
        "may_write": may_in(person(request), "write_requirements", requirement.product),
    }
    return render(request, "capabilities/requirement_compare.html", context)


@require_POST
@requires("read")
def revision_restore(request: HttpRequest, key: str, number: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    return act_and_return(
        request,
        resolve_url("capabilities:requirement-detail", requirement.key),
        f"Revision {number} of {requirement.key} is a draft again. What is agreed stays until the draft is.",
        lambda: restore_revision(actor=person(request), requirement=requirement, number=number),
    )


@require_POST
@requires("read")
def requirement_split(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    return act_and_return(
        request,
        resolve_url("capabilities:requirement-detail", requirement.key),
        f"The second ability of {requirement.key} is a draft of its own.",
        lambda: split_requirement(actor=person(request), requirement=requirement),
    )


urlpatterns = [
    path("requirements/<slug:key>/edit/", requirement_edit, name="requirement-edit"),
    path("requirements/<slug:key>/compare/", requirement_compare, name="requirement-compare"),
    path("requirements/<slug:key>/split/", requirement_split, name="requirement-split"),
    path(
        "requirements/<slug:key>/revisions/<int:number>/restore/", revision_restore, name="revision-restore"
    ),
]
