"""A single case of a draft: changed or taken out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from config.people.access import demand, requires
from config.people.requests import person
from evaluations.forms.datasets import CaseForm, words_of
from evaluations.models import DatasetVersionCase
from evaluations.services.datasets import remove_case, replace_case
from evaluations.views.dataset_access import crumbs_of, may_see, note_reading, version_url
from evaluations.views.deeds import act, attempt, status_of


def _entry(slug: str, pk: int) -> DatasetVersionCase:
    rows = DatasetVersionCase.objects.select_related("version__dataset", "case__content")
    return get_object_or_404(rows, version__dataset__slug=slug, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def case_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(slug, pk)
    version = entry.version
    if not may_see(request, version.dataset):
        demand(request.user, "read_test")
    note_reading(request, version, 1)
    form = CaseForm(request.POST or None, initial=words_of(entry.case))
    if form.is_valid():
        row = form.row(entry.case)
        changed = attempt(form, lambda: replace_case(actor=person(request), version=version, row=row))
        if changed:
            messages.success(request, f"{entry.key} is changed in the draft.")
            return redirect(version_url(version))
    context = {
        "form": form,
        "title": f"Case {entry.key}",
        "intro": "Published versions keep the case as it was.",
        "crumbs": crumbs_of(version.dataset),
        "submit": "Save in the draft",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


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


urlpatterns = [
    path("datasets/<slug:slug>/cases/<int:pk>/edit/", case_edit, name="case-edit"),
    path("datasets/<slug:slug>/cases/<int:pk>/remove/", case_remove, name="case-remove"),
]
