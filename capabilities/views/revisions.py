"""Writing: a new requirement, an edit that notices the other editor, and two revisions word by word."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.errors import EditedMeanwhile
from capabilities.forms.requirements import EditRequirementForm, NewRequirementForm
from capabilities.lint import statement_findings
from capabilities.models import Product, Requirement, Revision
from capabilities.queries.revisions import compare_revisions, conflict, criteria_in_words
from capabilities.services.drafting import draft_once
from capabilities.services.editing import save_edit
from capabilities.services.revisions import PARTS, current_revision
from capabilities.views.access import demand_in, product_or_404, requirement_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

WRITES = ["GET", "HEAD", "POST"]


@require_http_methods(WRITES)
@requires("read")
def requirement_new(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    form = NewRequirementForm(request.POST or None, product=product, initial=_asked(request, product))
    if request.method == "POST" and form.is_valid():
        try:
            made, is_new = draft_once(actor=person(request), product=product, **form.cleaned_data)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            if is_new:
                messages.success(
                    request, f"{made.key} is a draft. Add a criterion, then submit it for review."
                )
            return redirect("capabilities:requirement-detail", made.key)
    context = {"form": form, "product": product, "preview": _preview(form)}
    return render(request, "capabilities/requirement_new.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, product: Product) -> dict[str, Any]:
    """What the link to a new requirement fills in: ?kind=, ?intent=, ?capability=slug, ?objective=id, ?title=, ?shall=."""
    asked: dict[str, Any] = {
        name: request.GET[name]
        for name in ("title", "shall", "kind", "intent", "objective", "rationale")
        if request.GET.get(name)
    }
    capability = product.capabilities.filter(slug=request.GET.get("capability", "")).first()
    return asked | ({"capability": capability} if capability else {})


def _preview(form: NewRequirementForm) -> dict[str, Any]:
    """The composed statement and what is unclear about it, of what was typed so far."""
    words = {name: str(form[name].value() or "").strip() for name in PARTS if name in form.fields}
    revision = Revision(**{name: text for name, text in words.items() if name not in {"note", "change_kind"}})
    conditions = " ".join(
        words.get(name, "") for name in ("while_part", "when_part", "where_part", "if_part")
    )
    findings = statement_findings(revision.shall, conditions) if revision.shall else []
    return {"revision": revision, "findings": findings}


@require_safe
@requires("read")
def requirement_preview(request: HttpRequest) -> HttpResponse:
    """The statement as it reads so far; asked for while somebody types."""
    form = NewRequirementForm(request.GET, product=product_or_404(request))
    return render(request, "capabilities/statement_preview.html", {"preview": _preview(form)})


@require_http_methods(WRITES)
@requires("read")
def requirement_edit(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    current = current_revision(requirement)
    form = EditRequirementForm(
        request.POST or None, product=requirement.product, initial=_initial(requirement, current)
    )
    clash: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save(request, requirement, form)
            except EditedMeanwhile as meanwhile:
                status, clash = 409, conflict(dict(meanwhile.fields), form.cleaned_data)
                form = _on_top_of(request, requirement)
            except (Refused, ValidationError) as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, f"{requirement.key} is saved.")
                return redirect("capabilities:requirement-detail", requirement.key)
    context = {
        "form": form,
        "requirement": requirement,
        "revision": current,
        "clash": clash,
        "criteria": criteria_in_words(current),
        "preview": _preview(form),
    }
    return render(request, "capabilities/requirement_edit.html", context, status=status)


def _initial(requirement: Requirement, current: Revision) -> dict[str, Any]:
    draft = current.status == Revision.Status.DRAFT
    text = {name: getattr(current, name) for name in PARTS if name != "examples"}
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
        "base_number": current.number,
        "base_count": current.edit_count,
    }


def _save(request: HttpRequest, requirement: Requirement, form: EditRequirementForm) -> None:
    values = dict(form.cleaned_data)
    save_edit(
        actor=person(request),
        requirement=requirement,
        base_number=values.pop("base_number"),
        base_count=values.pop("base_count"),
        values=values,
    )


def _on_top_of(request: HttpRequest, requirement: Requirement) -> EditRequirementForm:
    """The same words again, now seen against what the other person saved: saving once more is a decision."""
    current = current_revision(requirement)
    data = request.POST.copy()
    data["base_number"], data["base_count"] = str(current.number), str(current.edit_count)
    return EditRequirementForm(data, product=requirement.product)


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
    }
    return render(request, "capabilities/requirement_compare.html", context)


urlpatterns = [
    path("requirements/new/", requirement_new, name="requirement-new"),
    path("requirements/new/preview/", requirement_preview, name="requirement-preview"),
    path("requirements/<slug:key>/edit/", requirement_edit, name="requirement-edit"),
    path("requirements/<slug:key>/compare/", requirement_compare, name="requirement-compare"),
]
