"""What to look at before a version is published: inputs that are there twice, nearly so, or on the other side of dev and test."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from config.people.access import may, requires
from evaluations.differences import Change, word_diff
from evaluations.models import Dataset, DatasetVersion
from evaluations.queries.duplicates import Near, findings_of
from evaluations.views.dataset_access import crumbs_of, may_see, note_reading, version_or_404

SHOWN = 50


@dataclass(frozen=True)
class Pair:
    """Two inputs that are nearly the same; pieces: word by word, None where they may not be read."""

    near: Near
    pieces: Sequence[Change] | None


@require_safe
@requires("read")
def version_check(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = version_or_404(slug, number)
    found = findings_of(version)
    # A pair shows both of its sides, and one of two purposes is always test.
    within, across = may_see(request, version.dataset), may(request.user, "read_test")
    near, near_split = _pairs(found.near, shown=within), _pairs(found.near_split, shown=across)
    _note(request, version, len(near) if within else 0, len(near_split) if across else 0)
    context = {
        "dataset": version.dataset,
        "version": version,
        "crumbs": crumbs_of(version.dataset),
        "found": found,
        "near": near,
        "near_split": near_split,
        "may_write": may(request.user, "write_facts"),
        "shown": SHOWN,
        "theirs": "test" if version.dataset.purpose == Dataset.Purpose.DEV else "development",
    }
    return render(request, "evaluations/dataset_check.html", context)


def _pairs(found: Sequence[Near], *, shown: bool) -> list[Pair]:
    return [Pair(near, word_diff(near.text, near.other_text) if shown else None) for near in found[:SHOWN]]


def _note(request: HttpRequest, version: DatasetVersion, within: int, across: int) -> None:
    """Both sides of a pair within a test version are its cases; of the others only ours can be counted here."""
    samples = 2 * within + across
    if samples and version.dataset.purpose == Dataset.Purpose.TEST:
        note_reading(request, version, samples)


urlpatterns = [
    path("datasets/<slug:slug>/v<int:number>/check/", version_check, name="dataset-check"),
]
