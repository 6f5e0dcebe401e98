"""The axes beside a verdict, each by itself: freshness, coverage, waiver. Pure functions over loaded rows, no query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from capabilities.models import Criterion, Verdict, Waiver

Freshness = Literal["fresh", "needs_recheck", "out_of_date", ""]
Coverage = Literal["no_criterion", "not_measurable", "not_linked", "never_run", "measured"]
COVERAGE_WORST_FIRST: tuple[Coverage, ...] = (
    "no_criterion",
    "not_linked",
    "never_run",
    "not_measurable",
    "measured",
)
FRESHNESS_WORST_FIRST: tuple[Freshness, ...] = ("needs_recheck", "out_of_date", "fresh")


@dataclass(frozen=True)
class Newest:
    """Newest version numbers by id of what evidence rests on."""

    evaluations: Mapping[int, int]
    datasets: Mapping[int, int]
    scorers: Mapping[int, int]


@dataclass(frozen=True)
class Dependency:
    """A requirement that another one depends on, as it stands. name: its key, or other words where not every reader may know it."""

    requirement_id: int
    name: str
    fingerprint: str
    revision: int


def stamp_differences(
    stamp: Mapping[str, Any], now: Mapping[str, Any], dependencies: Iterable[Dependency] = ()
) -> list[str]:
    """Why evidence with this stamp needs a re-check, one sentence for each part that differs from the present.

    A dependency that the stamp does not know was linked later or belongs to an older stamp: nothing changed since.
    """
    sentences = {
        "criterion": "The criterion changed since the evidence was linked.",
        "evaluation": f"Version {now.get('evaluation')} of the evaluation exists.",
        "dataset": f"Version {now.get('dataset')} of the dataset exists.",
        "scorer": f"Version {now.get('scorer')} of the scorer exists.",
    }
    seen = stamp.get("depends_on", {})
    return [
        *(sentence for name, sentence in sentences.items() if stamp.get(name) != now.get(name)),
        *(
            f"{one.name}, which this depends on, changed: revision {one.revision}."
            for one in dependencies
            if seen.get(str(one.requirement_id), one.fingerprint) != one.fingerprint
        ),
    ]


def oldest_evidence(verdict: Verdict) -> datetime | None:
    """When the oldest run that can age had finished; None where nothing ages. Only floating versions do, ours or a rival's."""
    own = (verdict.run.finished_at or verdict.created_at) if verdict.model_version.floating else None
    return oldest_of(own, verdict.detail)


def oldest_of(own: datetime | None, detail: Mapping[str, Any]) -> datetime | None:
    """The same from when the verdict's own run had finished, where that ages, and what the verdict keeps of the others."""
    ages = [own] if own else []
    if others := detail.get("ages_from"):
        ages.append(datetime.fromisoformat(others))
    return min(ages, default=None)


def freshness_of(
    verdict: Verdict | None, reasons: Iterable[str], *, max_age_days: int, now: datetime
) -> Freshness:
    """Empty without a verdict; its run and model version must be loaded."""
    if verdict is None:
        return ""
    return freshness_at(oldest_evidence(verdict), reasons, max_age_days=max_age_days, now=now)


def freshness_at(
    oldest: datetime | None, reasons: Iterable[str], *, max_age_days: int, now: datetime
) -> Freshness:
    """Of a verdict whose oldest evidence that can age is of that moment."""
    if list(reasons):
        return "needs_recheck"
    if oldest is not None and now - oldest > timedelta(days=max_age_days):
        return "out_of_date"
    return "fresh"


def coverage_of(criterion: Criterion, *, linked: bool, judged: bool) -> Coverage:
    """How far a criterion is measured for a version."""
    if not criterion.measurable:
        return "not_measurable"
    if not linked:
        return "not_linked"
    return "measured" if judged else "never_run"


def waiver_for(
    waivers: Iterable[Waiver], criterion_key: str, version_id: int | None, today: date
) -> Waiver | None:
    """The standing waiver of a criterion for a version that lasts longest."""
    standing = [
        waiver
        for waiver in waivers
        if waiver.criterion_key == criterion_key
        and waiver.revoked_at is None
        and waiver.expires_on >= today
        and waiver.model_version_id in {None, version_id}
    ]
    return max(standing, key=lambda waiver: waiver.expires_on, default=None)


def last_moment(day: date) -> datetime:
    """The end of a day by the clock of the site, UTC."""
    return datetime.combine(day, time.max, UTC)
