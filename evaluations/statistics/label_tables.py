"""Labelled samples as two tables: which label was said for which, and how often a probability was right."""

from dataclasses import dataclass

import numpy as np

from evaluations.statistics.figures import bin_of
from evaluations.statistics.labelled import UNREAD, Labelled
from evaluations.statistics.samples import Flags

BINS = 10


@dataclass(frozen=True)
class Confusion:
    """counts[wanted][said] over all scored tries; the last column counts answers without a label."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Bin:
    """Tries whose probability lies above low and up to high: their mean probability, and the share that was right."""

    low: float
    high: float
    probability: float
    right: float
    n: int


def confusion(labelled: Labelled, scored: Flags) -> Confusion:
    """Of the tries that are scored, shape (items, repeats); labels by name, wanted ones first."""
    rows = labelled.flat(scored)
    wanted = {labelled.labels[place] for place in np.unique(rows.truths) if place != UNREAD}
    said = {labelled.labels[place] for place in np.unique(rows.predictions) if place != UNREAD}
    names = (*sorted(wanted), *sorted(said - wanted))
    places = {labelled.labels.index(name): row for row, name in enumerate(names)}
    counts = np.zeros((len(names), len(names) + 1), dtype=np.int64)
    for truth, prediction in zip(rows.truths.tolist(), rows.predictions.tolist(), strict=True):
        if truth != UNREAD:
            counts[places[truth], places.get(prediction, len(names))] += 1
    return Confusion(names, tuple(map(tuple, counts.tolist())))


def reliability(labelled: Labelled, scored: Flags, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins of equal width that hold a try with a probability; empty where no probability was given."""
    rows = labelled.flat(scored)
    given = ~np.isnan(rows.probabilities) & (rows.predictions != UNREAD)
    chances, right = rows.probabilities[given], rows.right[given]
    place = bin_of(chances, bins)
    return tuple(
        Bin(
            low=float(one / bins),
            high=float((one + 1) / bins),
            probability=float(chances[place == one].mean()),
            right=float(right[place == one].mean()),
            n=int((place == one).sum()),
        )
        for one in np.unique(place)
    )
