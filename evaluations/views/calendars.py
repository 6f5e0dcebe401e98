"""The calendar of all schedules: a month of due moments with what became of them, and what each day took."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from config.people.access import may, requires
from config.web import page_or_partial
from evaluations.models import Schedule
from evaluations.queries.calendars import Mark, Month, month_of
from evaluations.queries.spend import spend_by_day

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KINDS = {"ran": "Ran", "late": "Ran late", "skipped": "Skipped", "due": "To come"}
PAGE, PART = "evaluations/calendar.html", "evaluations/calendar_body.html"


@require_safe
@requires("read")
def calendar_page(request: HttpRequest) -> HttpResponse:
    schedules = list(Schedule.objects.order_by("name"))
    chosen = next((row for row in schedules if str(row.pk) == request.GET.get("schedule")), None)
    zone = chosen.zone if chosen else settings.SPEND_ZONE.key
    month = month_of([chosen] if chosen else schedules, request.GET.get("month", ""), zone)
    _add_spending(month, chosen)
    context: dict[str, Any] = {
        "month": month,
        "schedules": schedules,
        "chosen": chosen,
        "listed": request.GET.get("show") == "list",
        "kind": request.GET.get("kind") if request.GET.get("kind") in KINDS else "",
        "kinds": KINDS.items(),
        "weekdays": WEEKDAYS,
        "spend_zone": settings.SPEND_ZONE.key,
        "may_run": may(request.user, "run"),
    }
    context["marks"] = (
        _listed(month, request.GET.get("day", ""), context["kind"]) if context["listed"] else []
    )
    return render(request, page_or_partial(request, PAGE, PART), context)


def _add_spending(month: Month, schedule: Schedule | None) -> None:
    first, last = month.days[0].date, month.days[-1].date
    spent = spend_by_day(first, last, schedule.pk if schedule else None)
    for day in month.days:
        day.spent = spent.get(day.date, [])


def _listed(month: Month, day: str, kind: str) -> list[Mark]:
    """Of the month, or of one day of it, of one kind or all."""
    marks = month.marks
    if any(str(found.date) == day for found in month.days):
        marks = [mark for found in month.days if str(found.date) == day for mark in found.marks]
    return [mark for mark in marks if not kind or mark.kind == kind]


urlpatterns = [path("schedules/calendar/", calendar_page, name="calendar")]
