"""A judge's opinions corrected by what people said of some of them: a mean or share, and the difference of two runs.

Angelopoulos et al. 2023 (prediction-powered inference, λ = 1): θ = mean f over items nobody labelled + mean (Y − f) over those people
labelled, f the judge's opinion and Y people's word. Both parts keep the range they would have alone: the opinions that of any mean or rate,
the corrections that of any paired difference, with its second reading where few differ; `Sum` adds them. The paper's normal range takes
corrections that were not seen yet for known: with 30 labels it is wrong up to six times too often.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.differences import Difference
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.pairs import pair
from evaluations.statistics.results import Interval, Reason, Result
from evaluations.statistics.samples import Flags, Kind, Rule, Samples
from evaluations.statistics.sums import Part, Sum, pulls_of
from evaluations.statistics.thresholds import against_threshold, judge
from evaluations.statistics.units import collapse

METHOD = "prediction-powered/2"
# Labelled cases of a slice, or of both sides of a comparison: as many sources as a mean without bounds needs elsewhere.
LEAST_IN_PART = ENOUGH_CLUSTERS


@dataclass(frozen=True, eq=False)
class Corrections:
    """What people and the judge said of the same items, as two runs."""

    people: Samples
    judge: Samples

    @property
    def items(self) -> frozenset[str]:
        return frozenset(self.people.items)

    def on(self, items: Set[str]) -> "Corrections":
        return Corrections(only(self.people, items), only(self.judge, items))

    def part(self) -> Part | None:
        """The mean of people minus judge; None where it cannot be told."""
        return difference_part(self.people, self.judge)


def labelled(spoken: Sequence[tuple[str, float, float]], like: Samples) -> Corrections:
    """Corrections of what was said of answers: item, people's word, the judge's. like: a run of these items by the same scorer.

    Several answers to one item are so many columns: the item stays the unit. Other items are left out.
    """
    columns: dict[str, list[tuple[float, float]]] = {item: [] for item in like.items}
    for item, person, opinion in spoken:
        if item in columns:
            columns[item].append((person, opinion))
    rows = [row for row, item in enumerate(like.items) if columns[item]]
    kept = like.select(rows)
    most = max((len(columns[item]) for item in kept.items), default=1)
    values = np.full((2, len(rows), most), np.nan)
    for row, item in enumerate(kept.items):
        values[:, row, : len(columns[item])] = np.array(columns[item]).T
    right_or_wrong = like.kind is Kind.BINARY and bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
    kind = Kind.BINARY if right_or_wrong else Kind.BOUNDED
    shape = replace(kept, numerators=values[0], denominators=np.ones_like(values[0]), kind=kind)
    return Corrections(shape, replace(shape, numerators=values[1]))


def opinions_against_threshold(
    samples: Samples, corrections: Corrections, rule: Rule, own: Set[str] = frozenset()
) -> Result:
    """The verdict on people's mean over these items and others like them.

    samples: the judge's opinions on every item asked about. own: items among them whose very answer people labelled; they speak by the
    correction alone. Other corrections are of the same judge's opinions elsewhere. Once as many items are people's own as are not, people's
    word alone decides (λ = 0).
    """
    rest = without(samples, own)
    taken = len(samples.items) - len(rest.items)
    if taken and len(rest.items) <= taken:
        answered = int(scored(rest).sum())
        tries = 1 if samples.repeats >= rule.min_repeats else rule.min_repeats
        lowered = replace(rule, min_n=max(rule.min_n - answered, 0), min_repeats=tries)
        result = against_threshold(heard(corrections.on(own).people, rest), lowered)
        return _told(replace(result, n=result.n + answered), corrections)
    lowered = replace(rule, min_n=max(rule.min_n - taken, 0))
    result = judge(rest, lowered, lambda reading: _estimate(reading, corrections, rule.confidence))
    return _told(replace(result, n=result.n + taken), corrections)


def averaged(samples: Samples) -> Samples:
    """One column: each item's mean over what was said of it."""
    values = (np.where(samples.present, samples.numerators, 0).sum(axis=1) / samples.present.sum(axis=1))[
        :, None
    ]
    plain = samples.kind is Kind.BINARY and bool(np.isin(values, (0.0, 1.0)).all())
    kind = samples.kind if plain or samples.kind is not Kind.BINARY else Kind.BOUNDED
    return replace(samples, numerators=values, denominators=np.ones_like(values), kind=kind)


def heard(people: Samples, rest: Samples) -> Samples:
    """What people said, and beside it what nobody could say anything of: answers that are missing."""
    said, missing = averaged(people), rest.select(~scored(rest))
    nothing = np.full((len(missing.items), 1), np.nan)
    clusters = None if said.clusters is None else said.clusters + (missing.clusters or missing.items)
    return replace(
        said,
        items=said.items + missing.items,
        numerators=np.vstack([said.numerators, nothing]),
        denominators=np.vstack([said.denominators, np.ones_like(nothing)]),
        clusters=clusters,
    )


def _told(result: Result, corrections: Corrections) -> Result:
    """More cases alone narrow little here, so none are named."""
    return replace(result, labels=len(corrections.people.items), needed_n=None)


def _estimate(samples: Samples, corrections: Corrections, confidence: float) -> Estimate:
    found, correction = estimate(samples, confidence), corrections.part()
    if found.reason or found.point is None or found.interval is None:
        return found
    if correction is None:
        return replace(found, method=METHOD, interval=None, reason=Reason.SMALL_N)
    opinions = Part(
        point=found.point,
        interval=lambda level: estimate(samples, level).interval or Interval(*samples.bounds, level),
        se=found.se or 0.0,
        df=found.df,
        pulls=pulls_of(collapse(samples).values, _sources(samples, scored(samples))),
    )
    total = Sum([opinions, correction], METHOD, samples.bounds)
    return Estimate(
        method=METHOD,
        n=found.n,
        clusters=found.clusters,
        point=total.point,
        interval=total.interval(confidence),
        se=total.se,
        df=total.df,
    )


def difference_part(left: Samples, right: Samples) -> Part | None:
    """Left minus right on the same items as a summand; None where it cannot be told."""
    pairing = pair(left, right)
    both: Flags = np.logical_and(scored(left), scored(right))
    ours, theirs = collapse(left, both), collapse(right, both)
    if pairing.scored is None or pairing.reason:
        return None
    pulls = pulls_of(ours.values - theirs.values, _sources(left, both))
    return part_of(pairing.scored, pairing.rare, pulls)


def part_of(found: Difference, rare: Difference | None, pulls: Mapping[str, float]) -> Part:
    """A difference as a summand, by the wider of both readings where few items differ."""

    def interval(confidence: float) -> Interval:
        ends = [one.interval(confidence) for one in (found, rare) if one is not None]
        return Interval(min(one.low for one in ends), max(one.high for one in ends), confidence)

    return Part(found.point, interval, found.se or 0.0, found.df, pulls)


def scored(samples: Samples) -> Flags:
    """The items with a score."""
    present: Flags = np.any(samples.present, axis=1)
    return present


def _sources(samples: Samples, kept: Flags) -> list[str]:
    """Of each kept item the source it comes from: its cluster, else itself."""
    names = samples.items if samples.clusters is None else samples.clusters
    return [names[row] for row in np.flatnonzero(kept).tolist()]


def without(samples: Samples, keys: Set[str]) -> Samples:
    """The items that are not among these."""
    return samples.select(np.array([item not in keys for item in samples.items], dtype=np.bool_))


def only(samples: Samples, keys: Set[str]) -> Samples:
    return samples.select(np.array([item in keys for item in samples.items], dtype=np.bool_))
