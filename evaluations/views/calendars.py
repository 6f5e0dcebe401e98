"""A month of a schedule: what became of each due moment, and those still to come."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from evaluations.models import Schedule, ScheduleSlot
from evaluations.queries.schedules import slots_between
from evaluations.services.schedules import next_times

MOST_A_DAY = 4
MOST_TO_COME = 200


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Mark:
    """A due moment on a day. kind: ran, late, skipped or due."""

    time: str
    kind: str
    words: str
    reason: str


@dataclass
class Day:
    date: date
    inside: bool
    today: bool
    marks: list[Mark] = field(default_factory=list)

    @property
    def shown(self) -> list[Mark]:
        return self.marks[:MOST_A_DAY]

    @property
    def more(self) -> int:
        return max(len(self.marks) - MOST_A_DAY, 0)


@dataclass(frozen=True)
class Month:
    """days: whole weeks from Monday. earlier, later: the months beside it as addresses name them."""

    title: str
    days: list[Day]
    earlier: str
    later: str


def month_of(schedule: Schedule, asked: str) -> Month:
    """The month called YYYY-MM, else this one, in the schedule's zone. One query."""
    zone = ZoneInfo(schedule.zone)
    now = timezone.now().astimezone(zone)
    first = _first_day(asked, now)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    days = {
        day: Day(day, inside=day.month == first.month, today=day == now.date())
        for week in weeks
        for day in week
    }
    start = datetime.combine(min(days), datetime.min.time(), zone)
    end = datetime.combine(max(days) + timedelta(days=1), datetime.min.time(), zone)
    for slot in slots_between(schedule, start, end):
        at = slot.due_at.astimezone(zone)
        days[at.date()].marks.append(_mark(slot, at))
    for at in _to_come(schedule, max(now, start - timedelta(seconds=1)), end):
        days[at.date()].marks.append(Mark(f"{at:%H:%M}", "due", "to come", ""))
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return Month(f"{first:%B %Y}", list(days.values()), f"{before:%Y-%m}", f"{after:%Y-%m}")


def _first_day(asked: str, now: datetime) -> date:
    try:
        found = datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        return now.date().replace(day=1)
    # The years around it must exist, too.
    return found if 1970 <= found.year <= 2200 else now.date().replace(day=1)


def _mark(slot: ScheduleSlot, at: datetime) -> Mark:
    words = slot.get_outcome_display().lower() if slot.outcome else "due"
    return Mark(f"{at:%H:%M}", slot.outcome or "due", words, slot.reason)


def _to_come(schedule: Schedule, after: datetime, end: datetime) -> list[datetime]:
    if not schedule.enabled or end <= after:
        return []
    coming = next_times(schedule.cron, schedule.zone, after, MOST_TO_COME)
    return [at for at in coming if at < end]
