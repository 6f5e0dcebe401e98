"""Figures over labelled samples that are no mean over them: macro-F1, recall at a precision, AUROC, calibration error.

Each takes one row per sample and any number of weightings of those rows, shape (draws, rows), and answers with a figure per
weighting; NaN where a weighting leaves it undefined. A weighting of ones is the plain figure.
"""

import numpy as np

from evaluations.statistics.arrays import Codes, Flags, Floats
from evaluations.statistics.quantiles import SLACK


def macro_f1(truths: Codes, predictions: Codes, weights: Floats) -> Floats:
    """Mean of F1 over the labels that are wanted; any other label predicted is a miss of the wanted one.

    F1 = 2·tp / (wanted + predicted). As scikit-learn's f1_score with average="macro" and the labels of y_true.
    """
    wanted_labels = np.unique(truths[truths >= 0])
    wanted = (truths[:, None] == wanted_labels).astype(np.float64)
    predicted = (predictions[:, None] == wanted_labels).astype(np.float64)
    asked = weights @ wanted
    found = 2 * (weights @ (wanted * predicted)) / np.maximum(asked + weights @ predicted, SLACK)
    return _over((found * (asked > 0)).sum(axis=1), (asked > 0).sum(axis=1))


def recall_at_precision(positive: Flags, scores: Floats, precision: float, weights: Floats) -> Floats:
    """The greatest recall of the positive label among all cut-offs whose precision is reached; 0 where none reaches it."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(weights[:, order] * positive[order], axis=1)
    flagged = np.cumsum(weights[:, order], axis=1)
    reached = (hits >= (precision - SLACK) * flagged) & _last_of_equals(scores[order])
    return _over(np.where(reached, hits, 0.0).max(axis=1), hits[:, -1])


def auroc(positive: Flags, scores: Floats, weights: Floats) -> Floats:
    """The chance that a positive sample is scored above a negative one, equal scores counting half (Mann–Whitney)."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    hits = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
    others = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
    below = np.cumsum(others, axis=1) - others / 2
    return _over((hits * below).sum(axis=1), hits.sum(axis=1) * others.sum(axis=1))


def calibration_error(right: Flags, probabilities: Floats, bins: int, weights: Floats) -> Floats:
    """Expected calibration error over bins of equal width: Σ_b |Σ_{i∈b} (right_i − probability_i)| / n (Guo et al. 2017)."""
    place = bin_of(probabilities, bins)
    gaps = (place[:, None] == np.arange(bins)) * (right - probabilities)[:, None]
    return _over(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def bin_of(probabilities: Floats, bins: int) -> Codes:
    """The bin each probability falls in: bin b holds those above b/bins and up to (b + 1)/bins; 0 is in the first."""
    return np.clip(np.ceil(probabilities * bins - SLACK).astype(np.int32) - 1, 0, bins - 1)


def _last_of_equals(ordered: Floats) -> Flags:
    """Where a cut-off may lie: samples of equal score are on the same side of it."""
    last: Flags = np.append(np.diff(ordered) != 0, True)
    return last


def _over(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Floats = np.where(whole > 0, part / whole, np.nan)
    return shares
