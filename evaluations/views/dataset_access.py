"""Which version of a dataset an address means, who reads its cases, and the note each reading of test cases leaves."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from config.people.access import may
from config.people.requests import person
from evaluations.models import Dataset, DatasetVersion
from evaluations.services.exposures import record_exposure


def version_or_404(slug: str, number: int) -> DatasetVersion:
    """One query."""
    rows = DatasetVersion.objects.select_related("dataset")
    return get_object_or_404(rows, dataset__slug=slug, number=number)


def version_url(version: DatasetVersion) -> str:
    return f"{reverse('evaluations:dataset-detail', args=[version.dataset.slug])}?v={version.number}"


def crumbs_of(dataset: Dataset) -> list[tuple[str, str]]:
    return [
        (reverse("evaluations:dataset-list"), "Datasets"),
        (reverse("evaluations:dataset-detail", args=[dataset.slug]), dataset.name),
    ]


def may_see(request: HttpRequest, dataset: Dataset) -> bool:
    """Development cases are open; test cases need the permission."""
    return dataset.purpose == Dataset.Purpose.DEV or may(request.user, "read_test")


def note_reading(request: HttpRequest, version: DatasetVersion, samples: int, via: str = "page") -> None:
    """Note that test cases were shown; development cases leave nothing."""
    if request.method == "GET":
        record_exposure(user=person(request), dataset_version=version, run=None, samples=samples, via=via)
