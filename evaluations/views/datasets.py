"""Datasets: the list, a new one, and one with its versions and cases."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of, page_or_partial, wants_partial
from evaluations.forms.datasets import DatasetChangeForm, DatasetForm
from evaluations.models import Dataset, DatasetVersion
from evaluations.providers.inspect_tasks import installed as tasks_installed
from evaluations.queries.case_changes import case_changes
from evaluations.queries.datasets import (
    MOST_SLICES,
    case_page,
    changes_between,
    datasets_with_newest,
    readings_of,
    slices_of_version,
    sources_of_version,
    uses_of,
)
from evaluations.queries.duplicates import overlaps_of, twice_in
from evaluations.services.datasets import change_dataset, create_dataset, purpose_stays
from evaluations.views.dataset_access import may_see, note_reading
from evaluations.views.dataset_charts import slice_chart
from evaluations.views.deeds import attempt, status_of
from evaluations.views.exports import list_file, wants_file
from evaluations.views.paging import whole_number
from evaluations.views.records import DATASET_COLUMNS, dataset_values

CASES_A_PAGE = 50
CASES = "cases"


@require_safe
@requires("read")
def dataset_list(request: HttpRequest) -> HttpResponse:
    datasets = datasets_with_newest()
    if wants_file(request):
        return list_file(request, "datasets", datasets, DATASET_COLUMNS, dataset_values)
    context = {
        "page": page_of(request, datasets),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/dataset_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def dataset_new(request: HttpRequest) -> HttpResponse:
    form = DatasetForm(request.POST or None)
    if form.is_valid():
        dataset = attempt(form, lambda: create_dataset(actor=person(request), **form.cleaned_data))
        if dataset:
            return redirect("evaluations:dataset-import", dataset.slug)
    context = {
        "form": form,
        "title": "New dataset",
        "crumbs": [(reverse("evaluations:dataset-list"), "Datasets")],
        "submit": "Make the dataset, then add cases",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def dataset_edit(request: HttpRequest, slug: str) -> HttpResponse:
    dataset = get_object_or_404(Dataset, slug=slug)
    form = DatasetChangeForm(
        request.POST or None,
        initial={name: getattr(dataset, name) for name in DatasetChangeForm.base_fields},
        stays=purpose_stays(dataset),
    )
    if form.is_valid():
        changed = attempt(
            form, lambda: change_dataset(actor=person(request), dataset=dataset, **form.cleaned_data)
        )
        if changed:
            messages.success(request, f"{changed.name} is saved.")
            return redirect("evaluations:dataset-detail", slug)
    context = {
        "form": form,
        "title": f"Edit {dataset.name}",
        "crumbs": [
            (reverse("evaluations:dataset-list"), "Datasets"),
            (reverse("evaluations:dataset-detail", args=[slug]), dataset.name),
        ],
        "submit": "Save",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def dataset_detail(request: HttpRequest, slug: str) -> HttpResponse:
    dataset = get_object_or_404(Dataset, slug=slug)
    versions = list(dataset.versions.select_related("dataset").order_by("-number"))
    by_number = {str(version.number): version for version in versions}
    chosen = by_number.get(request.GET.get("v", "")) or _newest(versions)
    against = by_number.get(request.GET.get("against", ""))
    context = {
        "dataset": dataset,
        "versions": versions,
        "chosen": chosen,
        "against": against,
        "content": may_see(request, dataset),
        "uses": uses_of(dataset),
        "may_write": may(request.user, "write_facts"),
        "tasks": tasks_installed(),
        "has_draft": any(version.frozen_at is None for version in versions),
    }
    if chosen and chosen.state == "draft":
        context |= {"twice": twice_in(chosen), "split": overlaps_of(chosen)}
    if chosen:
        context |= _about(chosen)
    if chosen and against and against != chosen:
        context |= _compared(request, against, chosen, content=bool(context["content"]))
    elif chosen:
        context |= _cases(request, chosen, content=bool(context["content"]))
    swapped = "cases" in context and request.headers.get("HX-Target") == CASES
    part = "evaluations/case_table.html" if swapped else "evaluations/dataset_detail.html"
    context["partial"] = wants_partial(request) and swapped
    return render(request, page_or_partial(request, "evaluations/dataset_detail.html", part), context)


def _about(version: DatasetVersion) -> dict[str, Any]:
    slices = slices_of_version(version)
    # A list that was cut may have lost the smallest.
    whole = slices if len(slices) < MOST_SLICES else []
    return {
        "slices": slices,
        "smallest": min(whole, key=lambda one: one[2], default=None),
        "sources": sources_of_version(version),
        "readings": readings_of(version),
        "chart": slice_chart(version) if version.case_count else None,
    }


def _compared(
    request: HttpRequest, against: DatasetVersion, chosen: DatasetVersion, *, content: bool
) -> dict[str, Any]:
    """What two versions do not share; the words of changed cases only where they may be read, and both versions' are counted."""
    changes = changes_between(against, chosen)
    told = case_changes(against, chosen, changes.changed) if content and changes.changed else []
    if told:
        note_reading(request, chosen, 2 * len(told))
    return {"changes": changes, "told": told}


def _cases(request: HttpRequest, version: DatasetVersion, *, content: bool) -> dict[str, Any]:
    """A page of cases; `after` counts positions from 1, so that 0 is the beginning."""
    words = request.GET.get("q", "").replace("\x00", "")[:120]
    after = whole_number(request.GET.get("after", ""))
    shown = case_page(version, after - 1, words, CASES_A_PAGE, content=content)
    if content:
        note_reading(request, version, len(shown.entries))
    return {"cases": shown, "first": not after, "words": words}


def _newest(versions: list[DatasetVersion]) -> DatasetVersion | None:
    """The newest published version in force, else the newest."""
    published = [version for version in versions if version.frozen_at and not version.retired_at]
    return next(iter(published or versions), None)


urlpatterns = [
    path("datasets/", dataset_list, name="dataset-list"),
    path("datasets/new/", dataset_new, name="dataset-new"),
    path("datasets/<slug:slug>/", dataset_detail, name="dataset-detail"),
    path("datasets/<slug:slug>/edit/", dataset_edit, name="dataset-edit"),
]
