from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.changes import changes
from capabilities.queries.comments import open_questions
from capabilities.queries.overview import (
    enabled_schedules,
    product_overview,
    running_rounds,
)
from capabilities.queries.reviews import waiting_for
from capabilities.services.standings import catch_up
from config.people.access import requires
from config.people.requests import person
from evaluations.models import Schedule
from evaluations.queries.due_times import times_of

NEXT_SHOWN = 5
CHANGES_SHOWN = 9


@dataclass(frozen=True)
class NextRun:
    """When a schedule comes due next; at is in the schedule's own zone."""

    schedule: Schedule
    at: datetime

    @property
    def local(self) -> str:
        return f"{self.at:%a} {self.at.day} {self.at:%b, %H:%M}"


@require_safe
@requires("read")
def overview(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/overview.html", {"product": None})
    versions = current_versions(request)
    due = catch_up(product)
    context = {
        "product": product,
        "version": versions.main,
        "standing": product_overview(product, versions),
        "due": due,
        "waiting": waiting_for(person(request)),
        "changes": changes(product, versions, limit=CHANGES_SHOWN),
        "rounds": running_rounds(),
        "questions": open_questions(product, person(request)),
        "upcoming": _upcoming(enabled_schedules()),
    }
    return render(request, "capabilities/overview.html", context)


@require_safe
@requires("read")
def running(request: HttpRequest) -> HttpResponse:
    """The part of the overview that keeps itself fresh."""
    return render(request, "capabilities/overview_rounds.html", {"rounds": running_rounds()})


def _upcoming(schedules: list[Schedule]) -> list[NextRun]:
    """The next due moment of each schedule, the soonest first."""
    found = []
    for schedule in schedules:
        try:
            times = times_of(schedule, timezone.now(), 1)
        except ValidationError:
            continue
        found += [NextRun(schedule, at) for at in times]
    return sorted(found, key=lambda each: each.at)[:NEXT_SHOWN]


urlpatterns = [
    path("", overview, name="overview"),
    path("running/", running, name="overview-running"),
]
