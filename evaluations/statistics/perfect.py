"""The range of a figure over all samples at its best: no resample differs from it, so exact bounds on what was not seen take over.

Of G clusters none of which went wrong, a share of at most 1 − a^(1/G) goes wrong, at confidence 1 − a (Clopper & Pearson 1934); the
same holds for the share beyond the lowest of G scores (Wilks 1941). Where several such shares enter, each gets an equal part of a
(Bonferroni). docs/decisions/0010-figures-over-all-cases.md says which.
"""

from collections.abc import Sequence

import numpy as np

from evaluations.statistics.arrays import Codes, Flags
from evaluations.statistics.labelled import Figure, LabelledRows
from evaluations.statistics.proportions import clopper_pearson
from evaluations.statistics.results import Interval

METHOD = "perfect-figure/1"


def perfect_interval(rows: LabelledRows, codes: Codes, confidence: float) -> Interval | None:
    """The range of a figure with nothing wrong in it; None where something is, or where one label alone is wanted.

    codes: the cluster of each try. Both ends are in the figure's unit; the end at its best is that best.
    """
    tail = (1 - confidence) / 2
    figure = rows.metric.figure
    if figure is Figure.CALIBRATION_ERROR:
        if not (rows.right & (rows.confidences == 1)).all():
            return None
        return Interval(0.0, _share_unseen(len(np.unique(codes)), tail), confidence)
    low = _macro_f1(rows, codes, tail) if figure is Figure.MACRO_F1 else _separated(rows, codes, tail)
    return None if low is None else Interval(low, 1.0, confidence)


def _share_unseen(clusters: int, tail: float) -> float:
    """The largest share that goes wrong where none of these clusters did."""
    return float(1 - tail ** (1 / clusters))


def _macro_f1(rows: LabelledRows, codes: Codes, tail: float) -> float | None:
    """Precision and recall of each label are at least 1 − u, so its F1, their harmonic mean, is too; the labels share the tail."""
    sizes = _clusters_by(rows.truths, codes)
    if not rows.right.all() or len(sizes) < 2:
        return None
    part = tail / (2 * len(sizes))
    return float(np.mean([1 - _share_unseen(size, part) for size in sizes]))


def _separated(rows: LabelledRows, codes: Codes, tail: float) -> float | None:
    """Every positive above every other: of new ones at most u and v lie beyond the lowest positive and the highest other.

    AUROC is then at least (1 − u)(1 − v). A recall of at least 1 − u stands where the precision that this leaves reaches the one asked
    for, with the smallest share of positives that the cases allow; else nothing is known of it.
    """
    positive, scores = rows.positive, rows.scores
    if positive.all() or not positive.any() or scores[positive].min() <= scores[~positive].max():
        return None
    ours, others = _count(codes, positive), _count(codes, ~positive)
    if rows.metric.figure is Figure.AUROC:
        return (1 - _share_unseen(ours, tail / 2)) * (1 - _share_unseen(others, tail / 2))
    recall, wrong = 1 - _share_unseen(ours, tail / 3), _share_unseen(others, tail / 3)
    share = _least_share(ours, ours + others, tail / 3)
    precision = share * recall / (share * recall + (1 - share) * wrong)
    return recall if precision >= rows.metric.precision else 0.0


def _least_share(ours: int, clusters: int, tail: float) -> float:
    """The Clopper–Pearson low end of ours among clusters, at this tail."""
    return clopper_pearson(ours, clusters, 1 - 2 * tail).low


def _clusters_by(labels: Codes, codes: Codes) -> Sequence[int]:
    """How many clusters each label has."""
    pairs = np.unique(np.stack([labels, codes]), axis=1)
    return [int(size) for size in np.unique(pairs[0], return_counts=True)[1]]


def _count(codes: Codes, where: Flags) -> int:
    return len(np.unique(codes[where]))
