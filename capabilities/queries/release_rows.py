"""A release page's criteria as rows of plain values, for its table and its files. No query."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from capabilities.models import Criterion, Verdict
from capabilities.queries.releases import Release
from capabilities.queries.states import CriterionState, RequirementState
from config.words import range_text


@dataclass(frozen=True)
class ReleaseRow:
    """One criterion of one requirement. difference: whether point, low and high are ours − theirs, low and high as shown.

    target: what they are held against.
    """

    objective: str
    requirement: str
    title: str
    revision: int
    criterion: str
    must: bool
    verdict: str
    lean: str
    point: float | None
    low: float | None
    high: float | None
    unit: str
    difference: bool
    target: float | None
    n: int
    judged_at: datetime | None
    version: str
    freshness: str
    waived_until: str
    sentence: str


def release_rows(found: Release) -> Iterator[ReleaseRow]:
    """In the order of the page: by objective, then by key; a requirement without a criterion has no row."""
    for part in found.parts:
        name = part.objective.title if part.objective else "Without an objective"
        for state in part.states:
            for one in state.criteria:
                yield _row(name, found, state, one)


def is_difference(criterion: Criterion) -> bool:
    """Whether its verdict's numbers are ours − theirs."""
    return criterion.against != Criterion.Against.THRESHOLD and criterion.statistic != "pass_all"


def either_side(asked: float | None, *, difference: bool) -> list[float]:
    """What ends are held against: of a difference what is asked may lie on either side of none."""
    if asked is None:
        return []
    return [asked, -asked] if difference else [asked]


def range_words(verdict: Verdict, *, difference: bool) -> str:
    """Its plausible range as people read it, with more digits where an end would else seem to lie on what was asked."""
    return range_text(*verdict.shown_ends(difference=difference), verdict.unit, difference, verdict.goals)


def _row(objective: str, found: Release, state: RequirementState, one: CriterionState) -> ReleaseRow:
    verdict, difference = one.verdict, is_difference(one.criterion)
    low, high = verdict.shown_ends(difference=difference) if verdict else (None, None)
    return ReleaseRow(
        objective=objective,
        requirement=state.requirement.key,
        title=state.revision.title,
        revision=state.revision.number,
        criterion=one.criterion.key,
        must=one.criterion.must,
        verdict=one.outcome,
        lean=one.lean,
        point=verdict.point if verdict else None,
        low=low,
        high=high,
        unit=verdict.unit if verdict else "",
        difference=difference,
        target=max(verdict.goals, default=None, key=abs) if verdict else None,
        n=verdict.n if verdict else 0,
        judged_at=verdict.created_at if verdict else None,
        version=found.version.label,
        freshness=one.freshness,
        waived_until=one.waiver.expires_on.isoformat() if one.waiver else "",
        sentence=verdict.sentence if verdict else "",
    )
