"""Versions of a model side by side: for each criterion what became of it since each earlier version, regressions first. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from capabilities.services.judging_results import shown
from capabilities.services.version_answers import Compared, Question, compared, question
from capabilities.services.version_readings import Evidence, Reading, Shelf
from evaluations.models import ModelVersion
from evaluations.statistics import Result, Trend, holm, sentence
from evaluations.statistics import shown as possibly
from evaluations.statistics.quantiles import SLACK

WORST_FIRST = (
    Trend.REGRESSED,
    Trend.UNKNOWN,
    Trend.WITHIN_TOLERANCE,
    Trend.NO_WORSE,
    Trend.IMPROVED,
)


@dataclass(frozen=True)
class Step:
    """From an earlier version to the newer one. gain: newer − earlier turned so that positive is better.

    adjusted_p: of the claim that it got worse, after Holm over all that the page makes. stands: a regression, or an improvement, that the
    range supports; a regression also after the correction. sentence: the whole of it, or why there is nothing to say.
    """

    earlier: ModelVersion
    trend: Trend
    gain: float | None
    low: float | None
    high: float | None
    n: int
    was: float | None
    adjusted_p: float | None
    stands: bool
    sentence: str
    runs: tuple[int, int] | None = None


@dataclass(frozen=True)
class Row:
    """A criterion with its value now and a step for each earlier version."""

    link: Evidence
    unit: str
    now: float | None
    steps: Sequence[Step]

    @property
    def worst(self) -> Trend:
        return min((step.trend for step in self.steps), key=WORST_FIRST.index)

    @property
    def place(self) -> tuple[int, int, int, float, str, int, str]:
        """What got worse beyond doubt first, then what did by itself, then what is not known, the furthest back first."""
        standing = any(step.stands and step.trend is Trend.REGRESSED for step in self.steps)
        least = min((step.gain for step in self.steps if step.gain is not None), default=0.0)
        unmeasured = all(step.gain is None for step in self.steps)
        return (
            0 if standing else 1,
            int(unmeasured),
            WORST_FIRST.index(self.worst),
            least,
            self.link.product,
            self.link.number,
            self.link.criterion.key,
        )


@dataclass(frozen=True)
class _Sides:
    """A piece of evidence with what was read of the newer version and of each earlier one."""

    link: Evidence
    now: Reading | None
    then: Sequence[tuple[ModelVersion, Reading | None]]

    @property
    def measured(self) -> list[Reading]:
        return [one for one in (self.now, *(side for _, side in self.then)) if one is not None]

    @property
    def pairs(self) -> list[tuple[Reading, Reading]]:
        return [(self.now, side) for _, side in self.then if self.now is not None and side is not None]


def version_trends(shelf: Shelf, version: ModelVersion, earlier: Sequence[ModelVersion]) -> list[Row]:
    """Every criterion that one of them was measured on. No query for what this process has worked out, else two."""
    if not earlier:
        return []
    every = [
        _Sides(
            link,
            shelf.readings.get((link.pk, version.pk)),
            [(other, shelf.readings.get((link.pk, other.pk))) for other in earlier],
        )
        for link in shelf.links
    ]
    rows = [row for row in every if row.measured]
    found = compared(
        (one for row in rows for one in row.measured), (pair for row in rows for pair in row.pairs)
    )
    adjusted = _adjusted(found.since)
    return sorted((_row(row, version, found, adjusted) for row in rows), key=lambda row: row.place)


def _adjusted(claims: Mapping[Question, Result]) -> dict[Question, float]:
    """p of each claim that it got worse, after Holm over all of them."""
    tested = {key: result.p for key, result in claims.items() if result.p is not None}
    return dict(zip(tested, holm(list(tested.values())), strict=True))


def _row(sides: _Sides, version: ModelVersion, found: Compared, adjusted: Mapping[Question, float]) -> Row:
    now = sides.now
    return Row(
        link=sides.link,
        unit=sides.measured[0].unit_name,
        now=found.values[question(now)] if now else None,
        steps=[
            _step(now, other, side, found, adjusted)
            if now and side
            else _nothing(other, side, version if now is None else other, found)
            for other, side in sides.then
        ],
    )


def _nothing(other: ModelVersion, then: Reading | None, lacking: ModelVersion, found: Compared) -> Step:
    return Step(
        earlier=other,
        trend=Trend.UNKNOWN,
        gain=None,
        low=None,
        high=None,
        n=0,
        was=found.values[question(then)] if then else None,
        adjusted_p=None,
        stands=False,
        sentence=f"{lacking.label} was not measured on it.",
    )


def _step(
    now: Reading, other: ModelVersion, then: Reading, found: Compared, adjusted: Mapping[Question, float]
) -> Step:
    asked = question(now, then)
    result, p = found.since[asked], adjusted.get(asked)
    gain, low, high = _turned(possibly(result, now.unit))
    trend = result.trend or Trend.UNKNOWN
    alpha = 1 - now.link.criterion.confidence
    regressed = trend is Trend.REGRESSED and p is not None and p <= alpha + SLACK
    words = sentence(result, now.unit, f"{other.model.name} {other.name}")
    if trend is Trend.REGRESSED and not regressed:
        words += " It does not stand after correction for all that is compared here."
    return Step(
        earlier=other,
        trend=trend,
        gain=gain,
        low=low,
        high=high,
        n=result.n,
        was=found.values[question(then)],
        adjusted_p=p,
        stands=regressed or trend is Trend.IMPROVED,
        sentence=words,
        runs=(now.vector.run, then.vector.run),
    )


def _turned(result: Result) -> tuple[float | None, float | None, float | None]:
    point, low, high = shown(result.point, result.interval)
    if point is None:
        return None, None, None
    if result.higher_is_better:
        return point, low, high
    return -point, None if high is None else -high, None if low is None else -low
