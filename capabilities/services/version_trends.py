"""Versions of a model side by side: for each criterion what became of it since each earlier version, regressions first. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.models import Criterion, Verification
from capabilities.services.judging_claims import claim_earlier
from capabilities.services.judging_results import finite, shown
from capabilities.services.version_readings import Reading, Shelf
from evaluations.models import ModelVersion
from evaluations.statistics import Result, Trend, holm, point_alone, sentence
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

    link: Verification
    unit: str
    now: float | None
    steps: Sequence[Step]

    @property
    def criterion(self) -> Criterion:
        return self.link.criterion

    @property
    def worst(self) -> Trend:
        return min((step.trend for step in self.steps), key=WORST_FIRST.index)

    @property
    def place(self) -> tuple[int, int, int, float, str, int, str]:
        """What got worse beyond doubt first, then what did by itself, then what is not known, the furthest back first."""
        requirement = self.criterion.revision.requirement
        standing = any(step.stands and step.trend is Trend.REGRESSED for step in self.steps)
        least = min((step.gain for step in self.steps if step.gain is not None), default=0.0)
        unmeasured = all(step.gain is None for step in self.steps)
        return (
            0 if standing else 1,
            int(unmeasured),
            WORST_FIRST.index(self.worst),
            least,
            requirement.product.key,
            requirement.number,
            self.criterion.key,
        )


def version_trends(shelf: Shelf, version: ModelVersion, earlier: Sequence[ModelVersion]) -> list[Row]:
    """Every criterion that one of them was measured on. No query."""
    claims: dict[tuple[object, ...], Result] = {}
    rows: list[
        tuple[Verification, Reading | None, list[tuple[ModelVersion, Reading | None, Result | None]]]
    ] = []
    for link in shelf.links:
        now = shelf.readings.get((link.pk, version.pk))
        sides = [(other, shelf.readings.get((link.pk, other.pk))) for other in earlier]
        if not earlier or (now is None and not any(side for _, side in sides)):
            continue
        results = [(other, side, _claim(now, side, claims)) for other, side in sides]
        rows.append((link, now, results))
    adjusted = _adjusted(claims)
    found = [
        Row(
            link=link,
            unit=_unit(now, results),
            now=_value(now),
            steps=[_step(now, version, other, side, result, adjusted) for other, side, result in results],
        )
        for link, now, results in rows
    ]
    return sorted(found, key=lambda row: row.place)


def _claim(
    now: Reading | None, then: Reading | None, known: dict[tuple[object, ...], Result]
) -> Result | None:
    """The same question of the same scores is answered once."""
    if now is None or then is None:
        return None
    key = (*now.same_measure, now.run.pk, then.run.pk)
    if key not in known:
        known[key] = claim_earlier(now.scope, now.samples, then.samples)
    return known[key]


def _adjusted(claims: dict[tuple[object, ...], Result]) -> dict[int, float]:
    """p of each claim that it got worse, after Holm over all of them, by the result's identity."""
    tested = [result for result in claims.values() if result.p is not None]
    p_values = holm([result.p or 0.0 for result in tested])
    return {id(result): p for result, p in zip(tested, p_values, strict=True)}


def _unit(now: Reading | None, results: Sequence[tuple[ModelVersion, Reading | None, Result | None]]) -> str:
    reading = now or next(side for _, side, _ in results if side is not None)
    return reading.unit_name


def _value(reading: Reading | None) -> float | None:
    if reading is None:
        return None
    return finite(point_alone(reading.scope.samples(reading.samples)))


def _step(
    now: Reading | None,
    version: ModelVersion,
    other: ModelVersion,
    then: Reading | None,
    result: Result | None,
    adjusted: dict[int, float],
) -> Step:
    if result is None or now is None or then is None:
        lacking = version if now is None else other
        return Step(
            other,
            Trend.UNKNOWN,
            None,
            None,
            None,
            0,
            _value(then),
            None,
            False,
            f"{lacking.label} was not measured on it.",
        )
    gain, low, high = _turned(result)
    trend = result.trend or Trend.UNKNOWN
    p = adjusted.get(id(result))
    alpha = 1 - now.scope.criterion.confidence
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
        was=_value(then),
        adjusted_p=p,
        stands=regressed or trend is Trend.IMPROVED,
        sentence=words,
        runs=(now.run.pk, then.run.pk),
    )


def _turned(result: Result) -> tuple[float | None, float | None, float | None]:
    point, low, high = shown(result.point, result.interval)
    if point is None:
        return None, None, None
    if result.higher_is_better:
        return point, low, high
    return -point, None if high is None else -high, None if low is None else -low
