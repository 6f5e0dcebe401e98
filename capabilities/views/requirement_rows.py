"""A row of the list: shown, edited where it stands, moved."""

from typing import cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.errors import EditedMeanwhile
from capabilities.forms.rows import RowForm, row_values
from capabilities.middleware import current_versions
from capabilities.models import Requirement
from capabilities.queries.columns import row_context
from capabilities.queries.references import find_requirement
from capabilities.queries.states import requirement_states
from capabilities.services.ordering import Where, move_requirement
from capabilities.services.revisions import current_revision
from capabilities.services.row_editing import save_row
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from config.web import safe_next, wants_partial

PLACES = ("before", "after", "top", "bottom", "up", "down")


@require_http_methods(["GET", "POST"])
@requires("read")
def requirement_row(request: HttpRequest, key: str) -> HttpResponse:
    """The row as a form; as it stands with `shown`; POST saves it. Without htmx the page of the requirement's edit does this."""
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    if not wants_partial(request):
        return redirect("capabilities:requirement-edit", requirement.key)
    if request.method == "POST":
        return _save(request, requirement)
    if "shown" in request.GET:
        return _row(request, requirement)
    first = row_values(requirement, current_revision(requirement))
    focus = request.GET.get("focus", "title")
    form = RowForm(initial=first, product=requirement.product, key=requirement.key, focus=focus)
    return _form(request, requirement, form)


def _save(request: HttpRequest, requirement: Requirement) -> HttpResponse:
    form = RowForm(request.POST, product=requirement.product, key=requirement.key)
    if not form.is_valid():
        return _form(request, requirement, form)
    values = {name: value for name, value in form.cleaned_data.items() if name != "token"}
    try:
        save_row(
            actor=person(request),
            requirement=requirement,
            token=form.cleaned_data["token"],
            values=values,
        )
    except EditedMeanwhile as refusal:
        return _form(request, requirement, _with_theirs(request, requirement, form, refusal))
    except Refused as refusal:
        form.add_error("title", refusal.message)
        return _form(request, requirement, form)
    except ValidationError as refusal:
        named = hasattr(refusal, "error_dict") and set(refusal.error_dict) <= set(form.fields)
        form.add_error(None, refusal if named else " ".join(refusal.messages))
        return _form(request, requirement, form)
    return _row(request, requirement_or_404(request, requirement.key))


def _with_theirs(
    request: HttpRequest, requirement: Requirement, form: RowForm, refusal: EditedMeanwhile
) -> RowForm:
    """The same words again, what somebody else wrote beside each, and the token with which saving now is on purpose."""
    fresh = requirement_or_404(request, requirement.key)
    theirs = row_values(fresh, current_revision(fresh))
    again: QueryDict = request.POST.copy()
    again["token"] = theirs["token"]
    told = RowForm(again, product=requirement.product, key=requirement.key)
    told.is_valid()
    told.add_error(None, refusal.message)
    for name, value in theirs.items():
        if name == "token" or str(value or "") == str(request.POST.get(name, "")):
            continue
        choices = dict(getattr(told.fields[name], "choices", ()))
        words = str(choices.get(value, value) or "nothing")
        told.add_error(name, f"It says “{words}” now.")
    return told


def _row(request: HttpRequest, requirement: Requirement) -> HttpResponse:
    state = requirement_states([requirement], current_versions(request))[0]
    return render(
        request,
        "capabilities/requirement_row.html",
        {
            "state": state,
            "may_write": True,
            **row_context(request.GET),
            "may_order": "ordered" in request.GET,
            "row_query": _query(request),
        },
    )


def _form(request: HttpRequest, requirement: Requirement, form: RowForm) -> HttpResponse:
    return render(
        request,
        "capabilities/requirement_row_form.html",
        {
            "requirement": requirement,
            "form": form,
            "row_query": _query(request),
        },
    )


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in ("focus", "shown"):
        query.pop(name, None)
    return query.urlencode(safe=",")


@require_POST
@requires("read")
def requirement_move(request: HttpRequest, key: str) -> HttpResponse:
    """Its place in the list's own order: `where`, and `other` for before and after."""
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    where = request.POST.get("where", "")
    other = find_requirement(person(request), request.POST.get("other", ""))

    def move() -> None:
        if where not in PLACES:
            raise Refused("Say where it goes: up, down, top, bottom, before or after another.", code="order")
        move_requirement(
            actor=person(request), requirement=requirement, where=cast(Where, where), other=other
        )

    if request.headers.get("Accept") == "application/json":
        try:
            move()
        except Refused as refusal:
            return JsonResponse({"sentence": refusal.message}, status=refusal.status)
        return JsonResponse({"key": requirement.key})
    back = safe_next(request, "capabilities:requirement-list")
    return act_and_return(request, back, f"{requirement.key} moved.", move)


urlpatterns = [
    path("requirements/<slug:key>/row/", requirement_row, name="requirement-row"),
    path("requirements/<slug:key>/move/", requirement_move, name="requirement-move"),
]
