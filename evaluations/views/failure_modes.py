"""The vocabulary of failures: what is in use, a new word, a rename, out of use and back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import may, requires
from config.people.requests import person
from evaluations.forms.failure_modes import FailureModeChangeForm, FailureModeForm
from evaluations.models import FailureMode
from evaluations.queries.failure_modes import vocabulary
from evaluations.services.failure_modes import change_failure_mode, create_failure_mode, retire_failure_mode
from evaluations.views.deeds import act, attempt, status_of

FORM_METHODS = ["GET", "HEAD", "POST"]
LIST = "evaluations:failure-mode-list"


@require_safe
@requires("read")
def failure_mode_list(request: HttpRequest) -> HttpResponse:
    context = {"modes": list(vocabulary()), "may_write": may(request.user, "write_facts")}
    return render(request, "evaluations/failure_mode_list.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def failure_mode_new(request: HttpRequest) -> HttpResponse:
    form = FailureModeForm(request.POST or None)
    if form.is_valid():
        made = attempt(form, lambda: create_failure_mode(actor=person(request), **form.cleaned_data))
        if made:
            return redirect(LIST)
    return _form(request, form, "New failure mode", "Make it")


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def failure_mode_edit(request: HttpRequest, slug: str) -> HttpResponse:
    mode = get_object_or_404(FailureMode, slug=slug)
    form = FailureModeChangeForm(
        request.POST or None, initial={"name": mode.name, "description": mode.description}
    )
    if form.is_valid():
        made = attempt(
            form, lambda: change_failure_mode(actor=person(request), mode=mode, **form.cleaned_data)
        )
        if made:
            return redirect(LIST)
    return _form(request, form, f"Change {mode.name}", "Save")


def _form(
    request: HttpRequest, form: FailureModeForm | FailureModeChangeForm, title: str, submit: str
) -> HttpResponse:
    context = {"form": form, "title": title, "submit": submit, "crumbs": [(reverse(LIST), "Failure modes")]}
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_POST
@requires("write_facts")
def failure_mode_retire(request: HttpRequest, slug: str) -> HttpResponse:
    mode = get_object_or_404(FailureMode, slug=slug)
    back = request.POST.get("retired") == "no"
    done = (
        f"“{mode.name}” is in use again."
        if back
        else f"“{mode.name}” takes no new labels; those it has stay."
    )
    act(request, done, lambda: retire_failure_mode(actor=person(request), mode=mode, retired=not back))
    return redirect(LIST)


urlpatterns = [
    path("failure-modes/", failure_mode_list, name="failure-mode-list"),
    path("failure-modes/new/", failure_mode_new, name="failure-mode-new"),
    path("failure-modes/<slug:slug>/edit/", failure_mode_edit, name="failure-mode-edit"),
    path("failure-modes/<slug:slug>/retire/", failure_mode_retire, name="failure-mode-retire"),
]
