"""A single case of a draft: put in, changed, moved or taken out."""

from collections.abc import Sequence
from typing import cast, get_args

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import Refused
from config.people.access import demand, requires
from config.people.requests import person
from config.web import safe_next
from evaluations.forms.datasets import CaseForm, NewCaseForm, words_of
from evaluations.importers import CaseRow
from evaluations.models import DatasetVersion, DatasetVersionCase
from evaluations.queries.datasets import place_of
from evaluations.services.datasets import remove_case
from evaluations.services.draft_cases import Step, add_case, move_case, put_case
from evaluations.views.case_attachments import FILES, Attached, attached, attachments_shown
from evaluations.views.dataset_access import crumbs_of, may_see, note_reading, version_or_404, version_url
from evaluations.views.deeds import act, attempt, status_of


def _entry(slug: str, pk: int) -> DatasetVersionCase:
    rows = DatasetVersionCase.objects.select_related("version__dataset", "case__content")
    return get_object_or_404(rows, version__dataset__slug=slug, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def case_new(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """`look`: show what would be put in, and put nothing in."""
    version = version_or_404(slug, number)
    form = NewCaseForm(request.POST or None, request.FILES or None)
    found = _attached(request, form)
    row = form.new_row(found.hashes) if form.is_valid() else None
    if row and "look" not in request.POST:
        place = form.cleaned_data["place"]
        made = attempt(form, lambda: add_case(actor=person(request), version=version, row=row, place=place))
        if made:
            messages.success(request, f"{made.key} is in the draft.")
            return redirect(version_url(version))
    words = {
        "title": "New case",
        "intro": f"In the draft, version {number}.",
        "submit": "Put it in the draft",
    }
    return _written(request, version, form, row, found, words)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def case_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`look`: show what would be saved, and save nothing."""
    entry = _entry(slug, pk)
    version = entry.version
    if not may_see(request, version.dataset):
        demand(request.user, "read_test")
    note_reading(request, version, 1)
    initial = words_of(entry.case) | {"place": place_of(entry)}
    form = CaseForm(request.POST or None, request.FILES or None, initial=initial)
    found = _attached(request, form, entry.case.attachments)
    row = form.row(entry.key, found.hashes) if form.is_valid() else None
    if row and "look" not in request.POST:
        place = form.cleaned_data["place"]
        changed = attempt(
            form, lambda: put_case(actor=person(request), version=version, row=row, place=place)
        )
        if changed:
            messages.success(request, f"{entry.key} is changed in the draft.")
            return redirect(version_url(version))
    intro = "Published versions keep the case as it was."
    words = {"title": f"Case {entry.key}", "intro": intro, "submit": "Save in the draft"}
    return _written(request, version, form, row, found, words)


def _attached(request: HttpRequest, form: CaseForm, stands: Sequence[str] = ()) -> Attached:
    """What is attached; what could not be is an error of the form."""
    found = attached(request, stands)
    if not form.is_bound:
        return found
    form.full_clean()
    for problem in found.problems:
        form.add_error(FILES, problem)
    return found


def _written(
    request: HttpRequest,
    version: DatasetVersion,
    form: CaseForm,
    row: CaseRow | None,
    found: Attached,
    words: dict[str, str],
) -> HttpResponse:
    context = {
        **words,
        "form": form,
        "row": None if form.errors else row,
        "attached": list(attachments_shown(request, found.hashes)),
        "crumbs": crumbs_of(version.dataset),
    }
    return render(request, "evaluations/case_form.html", context, status=status_of(form))


@require_POST
@requires("write_facts")
def case_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(slug, pk)
    act(
        request,
        f"{entry.key} is out of the draft.",
        lambda: remove_case(actor=person(request), version=entry.version, key=entry.key),
    )
    return redirect(version_url(entry.version))


@require_POST
@requires("write_facts")
def case_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`to`: up or down."""
    entry = _entry(slug, pk)
    step = request.POST.get("to", "")

    def move() -> None:
        if step not in get_args(Step):
            raise Refused("Say where the case goes: up or down.", code="order")
        move_case(actor=person(request), version=entry.version, key=entry.key, place=cast(Step, step))

    act(request, f"{entry.key} moved.", move)
    return redirect(safe_next(request, version_url(entry.version)))


urlpatterns = [
    path("datasets/<slug:slug>/v<int:number>/cases/new/", case_new, name="case-new"),
    path("datasets/<slug:slug>/cases/<int:pk>/move/", case_move, name="case-move"),
    path("datasets/<slug:slug>/cases/<int:pk>/edit/", case_edit, name="case-edit"),
    path("datasets/<slug:slug>/cases/<int:pk>/remove/", case_remove, name="case-remove"),
]
