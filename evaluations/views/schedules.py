"""Schedules: when what runs, a new one with its cost before it is saved, and what became of every due moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.forms.schedules import LISTS, ScheduleForm, initial_of
from evaluations.models import Schedule
from evaluations.queries.calendars import month_of
from evaluations.queries.due_times import describe, times_of
from evaluations.queries.schedules import schedules_with_last_slot
from evaluations.queries.selection import selected_versions
from evaluations.queries.spend import budget_states
from evaluations.services.schedules import SchedulePreview, preview_schedule, run_now, save_schedule
from evaluations.views.calendars import WEEKDAYS
from evaluations.views.deeds import attempt
from evaluations.views.exports import list_file, wants_file
from evaluations.views.paging import newest_first
from evaluations.views.records import SCHEDULE_COLUMNS, schedule_values

NEXT = 5
SLOTS = 30
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Seoul",
    "Asia/Tokyo",
)


@dataclass(frozen=True)
class When:
    """When a schedule runs, in words, with the next moments of its calendar, or what is wrong with it."""

    words: str
    times: list[datetime]
    problem: str = ""


def when(schedule: Schedule, count: int = NEXT) -> When:
    try:
        return When(describe(schedule), times_of(schedule, timezone.now(), count))
    except ValidationError as problem:
        return When("", [], " ".join(problem.messages))


@require_safe
@requires("read")
def schedule_list(request: HttpRequest) -> HttpResponse:
    schedules = schedules_with_last_slot()
    if wants_file(request):
        return list_file(request, "schedules", schedules, SCHEDULE_COLUMNS, _values)
    page = page_of(request, schedules)
    rows = [(schedule, when(schedule, 1)) for schedule in page]
    context = {"page": page, "rows": rows, "may_run": may(request.user, "run")}
    return render(request, "evaluations/schedule_list.html", context)


def _values(schedules: Sequence[Schedule]) -> Iterator[Sequence[Any]]:
    for schedule in schedules:
        calendar = when(schedule, 1)
        next_at = calendar.times[0] if schedule.enabled and calendar.times else None
        yield schedule_values(schedule, calendar.words or calendar.problem, next_at)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("run")
def schedule_new(request: HttpRequest) -> HttpResponse:
    initial = {"suite": request.GET.get("suite", "")}
    return _form_page(request, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("run")
def schedule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("suite"), pk=pk)
    return _form_page(request, schedule, initial_of(schedule))


def _form_page(request: HttpRequest, schedule: Schedule | None, initial: dict[str, Any]) -> HttpResponse:
    offered = _products(request, schedule)
    posted = request.method == "POST"
    form = (
        ScheduleForm(request.POST, products=offered)
        if posted
        else ScheduleForm(initial=initial, products=offered)
    )
    wanted = form.is_bound and "preview" not in request.POST
    if wanted and form.is_valid():
        saved = attempt(form, lambda: save_schedule(actor=person(request), schedule=schedule, **form.facts()))
        if saved is not None:
            messages.success(request, f"{saved.name} is saved.")
            return redirect("evaluations:schedule-detail", pk=saved.pk)
    context = {
        "form": form,
        "selector_fields": [form[name] for name in LISTS],
        "schedule": schedule,
        "zones": ZONES,
        **_preview(form if form.is_bound else ScheduleForm(_as_posted(form), products=offered)),
    }
    return render(request, "evaluations/schedule_form.html", context, status=422 if wanted else 200)


def _products(request: HttpRequest, schedule: Schedule | None = None) -> list[Any]:
    """The products one may see, as the middleware found them; the one a schedule is counted to stays, seen or not."""
    found = list(getattr(request, "products", ()))
    kept = schedule.charged_to if schedule else ""
    if kept and kept not in [product.key for product in found]:
        found.append(SimpleNamespace(key=kept, name="another product"))
    return found


def _as_posted(form: ScheduleForm) -> dict[str, Any]:
    """What a form that nobody has sent yet would send."""
    return {field.name: field.initial for field in form}


def _preview(form: ScheduleForm) -> dict[str, Any]:
    """Words and times of the calendar, the versions found now, and the cost of one time."""
    form.is_valid()
    unsaved = form.unsaved()
    preview: SchedulePreview | None = None
    if unsaved.suite_id:
        preview = preview_schedule(unsaved, month_cap=form.cleaned_data.get("month_cap"))
    found = selected_versions(unsaved.selector)
    return {
        "when": when(unsaved),
        "zone": unsaved.zone,
        "preview": preview,
        "unit": unsaved.cap_unit,
        "selector": unsaved.selector,
        "found": found,
    }


@require_safe
@requires("run")
def schedule_preview(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "evaluations/schedule_preview.html",
        _preview(ScheduleForm(request.GET, products=_products(request))),
    )


@require_safe
@requires("read")
def schedule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = get_object_or_404(schedules_with_last_slot(), pk=pk)
    context = {
        "schedule": schedule,
        "when": when(schedule),
        "month": month_of([schedule], request.GET.get("month", ""), schedule.zone),
        "weekdays": WEEKDAYS,
        "page": newest_first(request, schedule.slots.select_related("round", "model_version__model"), SLOTS),
        "found": selected_versions(schedule.selector),
        "budgets": budget_states(schedule.budgets.all()),
        "may_run": may(request.user, "run"),
    }
    return render(request, "evaluations/schedule_detail.html", context)


@require_POST
@requires("run")
def schedule_run(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("suite"), pk=pk)
    try:
        started = run_now(actor=person(request), schedule=schedule)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("evaluations:schedule-detail", pk=pk)
    return redirect("evaluations:round-detail", pk=started.pk)


@require_POST
@requires("run")
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause it, or switch it on again from now."""
    schedule = get_object_or_404(Schedule, pk=pk)
    enabled = request.POST.get("enabled") == "1"
    save_schedule(actor=person(request), schedule=schedule, enabled=enabled)
    messages.success(
        request, "It goes on from now; what came due meanwhile is left out." if enabled else "It is paused."
    )
    return redirect("evaluations:schedule-detail", pk=pk)


urlpatterns = [
    path("schedules/", schedule_list, name="schedule-list"),
    path("schedules/new/", schedule_new, name="schedule-new"),
    path("schedules/preview/", schedule_preview, name="schedule-preview"),
    path("schedules/<int:pk>/", schedule_detail, name="schedule-detail"),
    path("schedules/<int:pk>/edit/", schedule_edit, name="schedule-edit"),
    path("schedules/<int:pk>/run/", schedule_run, name="schedule-run"),
    path("schedules/<int:pk>/switch/", schedule_switch, name="schedule-switch"),
]
