"""A month of schedules: what became of each due moment, those still to come, and what each day took."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from evaluations.models import Schedule, ScheduleSlot
from evaluations.queries.due_times import times_of
from evaluations.queries.schedules import MOST_SLOTS, slots_between
from evaluations.queries.spend import Spent

MOST_A_DAY = 4
MOST_TO_COME = 200


@dataclass(frozen=True)
class Mark:
    """A due moment of a schedule, in the calendar's zone. kind: ran, late, skipped or due."""

    at: datetime
    schedule: Schedule
    kind: str
    words: str
    reason: str = ""
    round_id: int | None = None

    @property
    def time(self) -> str:
        return f"{self.at:%H:%M}"


@dataclass
class Day:
    """spent: by currency, of the day in the zone of spending."""

    date: date
    inside: bool
    today: bool
    marks: list[Mark] = field(default_factory=list)
    spent: list[tuple[str, Spent]] = field(default_factory=list)

    @property
    def shown(self) -> list[Mark]:
        return self.marks[:MOST_A_DAY]

    @property
    def more(self) -> int:
        return max(len(self.marks) - MOST_A_DAY, 0)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Kind, words and how many, of the kinds there are."""
        kinds = {mark.kind: mark.words for mark in self.marks}
        return [
            (kind, kinds[kind], sum(mark.kind == kind for mark in self.marks))
            for kind in ("ran", "late", "skipped", "due")
            if kind in kinds
        ]


@dataclass(frozen=True)
class Month:
    """days: whole weeks from Monday. earlier, later: the months beside it as addresses name them. cut: some moments are left out."""

    first: date
    zone: str
    days: list[Day]
    earlier: str
    later: str
    cut: bool = False

    @property
    def title(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def marks(self) -> list[Mark]:
        """Those of the month itself, in order."""
        return [mark for day in self.days if day.inside for mark in day.marks]


def month_of(schedules: Sequence[Schedule], asked: str, zone: str) -> Month:
    """The month called YYYY-MM, else this one, in a time zone. One query."""
    where = ZoneInfo(zone)
    now = timezone.now().astimezone(where)
    first = _first_day(asked, now)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    days = {
        day: Day(day, inside=day.month == first.month, today=day == now.date())
        for week in weeks
        for day in week
    }
    start = datetime.combine(min(days), datetime.min.time(), where)
    end = datetime.combine(max(days) + timedelta(days=1), datetime.min.time(), where)
    slots = slots_between(schedules, start, end)
    coming = [_to_come(schedule, max(now, start - timedelta(seconds=1)), end) for schedule in schedules]
    marks = [_mark(slot, where) for slot in slots]
    marks += [
        Mark(at.astimezone(where), schedule, "due", "to come")
        for schedule, times in zip(schedules, coming, strict=True)
        for at in times
    ]
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.schedule.name)):
        days[mark.at.date()].marks.append(mark)
    cut = len(slots) == MOST_SLOTS or any(len(times) == MOST_TO_COME for times in coming)
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return Month(first, zone, list(days.values()), f"{before:%Y-%m}", f"{after:%Y-%m}", cut)


def _first_day(asked: str, now: datetime) -> date:
    try:
        found = datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        return now.date().replace(day=1)
    # The years around it must exist, too.
    return found if 1970 <= found.year <= 2200 else now.date().replace(day=1)


def _mark(slot: ScheduleSlot, zone: ZoneInfo) -> Mark:
    words = slot.get_outcome_display().lower() if slot.outcome else "due"
    at = slot.due_at.astimezone(zone)
    return Mark(at, slot.schedule, slot.outcome or "due", words, slot.reason, slot.round_id)


def _to_come(schedule: Schedule, after: datetime, end: datetime) -> list[datetime]:
    if not schedule.enabled or end <= after:
        return []
    coming = times_of(schedule, after, MOST_TO_COME)
    return [at for at in coming if at < end]
