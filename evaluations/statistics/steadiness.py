"""Whether the same name goes on scoring as it did: run means on a control chart, and the runs a confirming one is held against."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from evaluations.statistics.drift import FEWEST_IN_CONTROL, REFERENCE_REPEATS, ewma, in_control
from evaluations.statistics.labelled import UNREAD, Labelled
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.samples import Samples


@dataclass(frozen=True)
class Charted:
    """A run on the chart, in the scorer's unit. mean: None where the run could not be read.

    level: the smoothed mean, low to high: where it may lie; None in the reference and where there is no mean. outside: it lies beyond.
    centre: of the reference, None while it is gathered.
    """

    mean: float | None
    reference: bool = False
    level: float | None = None
    low: float | None = None
    high: float | None = None
    centre: float | None = None

    @property
    def outside(self) -> bool:
        if self.level is None or self.low is None or self.high is None:
            return False
        return self.level < self.low - SLACK or self.level > self.high + SLACK


@dataclass(frozen=True)
class ControlChart:
    """centre, sigma: of the reference, None while it is gathered. needed: readable runs that are still missing to it.

    alarm: whether the newest run that could be read lies outside, and no look at it has found nothing.
    """

    places: tuple[Charted, ...]
    centre: float | None
    sigma: float | None
    needed: int
    alarm: bool = False


def control_chart(means: Sequence[float | None], restarts: Collection[int] = ()) -> ControlChart:
    """Run means in their order: the first 8 that could be read are the reference, the rest is watched by an EWMA.

    restarts: positions after which the level begins anew at the centre, because a confirming run found nothing behind its alarm.
    """
    read = [position for position, mean in enumerate(means) if mean is not None]
    reference, watched = read[:FEWEST_IN_CONTROL], read[FEWEST_IN_CONTROL:]
    places = [Charted(mean, position in reference) for position, mean in enumerate(means)]
    control = in_control([cast(float, means[position]) for position in reference])
    if control is None:
        return ControlChart(tuple(places), None, None, FEWEST_IN_CONTROL - len(reference))
    centre, sigma = control
    places = [replace(place, centre=centre) for place in places]
    for stretch in _stretches(watched, restarts):
        found = ewma([cast(float, means[position]) for position in stretch], centre, sigma)
        for position, level, limit in zip(stretch, found.values, found.limits, strict=True):
            places[position] = replace(places[position], level=level, low=centre - limit, high=centre + limit)
    alarm = places[read[-1]].outside and read[-1] not in restarts
    return ControlChart(tuple(places), centre, sigma, 0, alarm)


def _stretches(positions: Sequence[int], restarts: Collection[int]) -> list[list[int]]:
    stretches: list[list[int]] = [[]]
    for position in positions:
        stretches[-1].append(position)
        if position in restarts:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def pooled(runs: Sequence[Samples]) -> Samples:
    """Runs of the same items as one, their tries side by side as repeats.

    Of 3 tries or more, an item that was scored fewer than 3 times counts as missing: its own mean would be too rough to be held against.
    Raises ValueError for other items.
    """
    first = runs[0]
    if any(run.items != first.items for run in runs):
        raise ValueError("pooled runs are of the same items in the same order")
    numerators = np.concatenate([run.numerators for run in runs], axis=1)
    if numerators.shape[1] >= REFERENCE_REPEATS:
        scored = (~np.isnan(numerators)).sum(axis=1)
        numerators[scored < REFERENCE_REPEATS] = np.nan
    return replace(
        first,
        numerators=numerators,
        denominators=np.concatenate([run.denominators for run in runs], axis=1),
        labelled=_labelled([run.labelled for run in runs if run.labelled is not None]),
    )


def _labelled(runs: Sequence[Labelled]) -> Labelled | None:
    """Their labels in one list: runs that were given other answers have other ones."""
    if not runs:
        return None
    labels = tuple(dict.fromkeys(label for run in runs for label in run.labels))
    places = [np.array([*map(labels.index, run.labels), UNREAD], dtype=np.int32) for run in runs]
    pairs = list(zip(places, runs, strict=True))
    return Labelled(
        metric=runs[0].metric,
        labels=labels,
        truths=np.concatenate([place[run.truths] for place, run in pairs], axis=1),
        predictions=np.concatenate([place[run.predictions] for place, run in pairs], axis=1),
        probabilities=np.concatenate([run.probabilities for run in runs], axis=1),
    )
