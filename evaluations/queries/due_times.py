"""When a calendar comes due: five fields of cron in a time zone, in words, or what is wrong with them."""

import re
from datetime import datetime
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from django.core.exceptions import ValidationError
from django.utils import timezone

from evaluations.models import Schedule

FIELDS = (
    ("The minute", "0 to 59"),
    ("The hour", "0 to 23"),
    ("The day of the month", "1 to 31"),
    ("The month", "1 to 12 or JAN to DEC"),
    ("The weekday", "0 (Sunday) to 6 or SUN to SAT"),
)
# What people write instead, and how it is written.
WORDS = {
    "hourly": "0 * * * *",
    "hour": "0 * * * *",
    "daily": "0 7 * * *",
    "day": "0 7 * * *",
    "night": "30 2 * * *",
    "nightly": "30 2 * * *",
    "weekdays": "0 7 * * 1-5",
    "weekly": "0 7 * * 1",
    "week": "0 7 * * 1",
    "monthly": "0 7 1 * *",
    "month": "0 7 1 * *",
}
CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")


def next_times(
    cron: str, zone: str, after: datetime, count: int, until: datetime | None = None
) -> list[datetime]:
    """The next due moments after `after`, at most `count` and none past `until`, in the schedule's zone.

    Raises ValidationError for a cron or zone that cannot be read.

    In spring a time inside the gap moves forward, in autumn the repeated hour fires once.
    """
    try:
        coming = CronSim(cron, after.astimezone(ZoneInfo(zone)))
        wanted = takewhile(lambda at: at <= until, coming) if until else coming
        return list(islice(wanted, count))
    except CronSimError as error:
        raise ValidationError({"cron": unreadable(cron)}) from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(
            {"zone": f"There is no time zone “{zone}”; use a name like Europe/Berlin."}
        ) from error


def times_of(
    schedule: Schedule, after: datetime, count: int, until: datetime | None = None
) -> list[datetime]:
    """The next due moments of a schedule's calendar; none where it has no calendar. Arguments and errors of `next_times`."""
    return next_times(schedule.cron, schedule.zone, after, count, until) if schedule.cron else []


def describe(schedule: Schedule) -> str:
    """When a schedule runs, in words. Raises ValidationError."""
    if not schedule.cron and schedule.on_new_version:
        return "When a version is registered"
    words = describe_cron(schedule.cron, schedule.zone)
    return f"{words}, and when a version is registered" if schedule.on_new_version else words


def describe_cron(cron: str, zone: str) -> str:
    """The expression in words, with the zone. Raises ValidationError."""
    next_times(cron, zone, timezone.now(), 1)
    return f"{CronSim(cron, timezone.now()).explain()} ({zone})"


def unreadable(cron: str) -> str:
    """What to mend, and what was perhaps meant."""
    fields = cron.split()
    words = "Five fields are needed: minute hour day month weekday, e.g. 0 7 * * 1-5."
    if len(fields) == len(FIELDS):
        wrong = next((place for place, field in enumerate(fields) if not _readable_at(place, field)), None)
        words = "No such time ever comes: that month has no such day."
        if wrong is not None:
            name, span = FIELDS[wrong]
            words = f"{name} cannot be “{fields[wrong]}”; it goes from {span}."
    meant = next((guess for guess in _guesses(cron, fields) if _readable(guess)), "")
    return f"{words} Perhaps you meant {meant}: {_explained(meant)}." if meant else words


def _readable_at(place: int, field: str) -> bool:
    return _readable(" ".join(field if place == at else "*" for at in range(len(FIELDS))))


def _readable(cron: str) -> bool:
    try:
        next(CronSim(cron, timezone.now()))
    except (CronSimError, StopIteration):
        return False
    return True


def _explained(cron: str) -> str:
    words = CronSim(cron, timezone.now()).explain()
    return words[0].lower() + words[1:]


def _guesses(cron: str, fields: list[str]) -> list[str]:
    """A clock time, a word, seconds in front, fields left out, minute and hour the wrong way round."""
    found = []
    text = cron.lower()
    word = next((WORDS[word] for word in re.findall(r"[a-z]+", text) if word in WORDS), "")
    if clock := CLOCK.search(text):
        rest = word.split()[2:] or ["*", "*", "*"]
        found.append(" ".join([str(int(clock[2])), str(int(clock[1])), *rest]))
    found.append(word)
    if len(fields) == len(FIELDS) + 1:
        found.append(" ".join(fields[1:]))
    if 1 < len(fields) < len(FIELDS):
        found.append(" ".join([*fields, *["*"] * (len(FIELDS) - len(fields))]))
    if len(fields) == len(FIELDS):
        found.append(" ".join([fields[1], fields[0], *fields[2:]]))
    return [guess for guess in found if guess]
