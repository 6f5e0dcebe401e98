"""Questions about figures over all samples: labels wanted and said, with their probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluations.statistics.estimation import estimate
from evaluations.statistics.labelled import UNREAD, Figure, Labelled, Metric
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.samples import Kind, Samples
from evaluations.statistics.thresholds import against_threshold
from evaluations.statistics.worked.reading import Answer, Given, clusters_of, ends, rule_of, told

SETTINGS = ("positive", "precision", "bins", "seed", "resamples")


def figure(given: Given) -> Answer:
    """figure (macro_f1, recall_at_precision, auroc, calibration_error); wanted and said labels by item; probabilities, positive,
    precision, bins, seed, resamples, clusters; with a threshold the verdict."""
    samples = _samples(given, given["said"], given.get("probabilities"))
    rule = rule_of(given)
    if rule.threshold is not None:
        return told(against_threshold(samples, rule)) | _drawn(given)
    found = estimate(samples, rule.confidence)
    return {"method": found.method, "point": found.point, "ci": ends(found.interval), "n": found.n} | _drawn(
        given
    )


def difference(given: Given) -> Answer:
    """The same with said and probabilities of ours, and their_said and their_probabilities: ours minus theirs."""
    ours = _samples(given, given["said"], given.get("probabilities"))
    theirs = _samples(given, given["their_said"], given.get("their_probabilities"))
    return told(against_rival(ours, theirs, rule_of(given))) | _drawn(given)


def _drawn(given: Given) -> Answer:
    metric = _metric(given)
    return {"seed": metric.seed, "resamples": metric.resamples}


def _metric(given: Given) -> Metric:
    return Metric(Figure(given["figure"]), **{name: given[name] for name in SETTINGS if name in given})


def _samples(given: Given, said: Sequence[Any], probabilities: Sequence[float] | None) -> Samples:
    wanted, metric = given["wanted"], _metric(given)
    labels = tuple(dict.fromkeys(str(label) for label in (*wanted, *said) if label is not None))
    place = {label: row for row, label in enumerate(labels)}
    shape = (len(wanted), 1)
    truths = np.array([place[str(label)] for label in wanted], dtype=np.int32).reshape(shape)
    told_labels = [UNREAD if label is None else place[str(label)] for label in said]
    predictions = np.array(told_labels, dtype=np.int32).reshape(shape)
    chances = (
        np.full(shape, np.nan) if probabilities is None else np.array(probabilities, float).reshape(shape)
    )
    lower = metric.figure is Figure.CALIBRATION_ERROR
    names = clusters_of(given, len(wanted))
    return Samples(
        items=tuple(map(str, range(len(wanted)))),
        numerators=((truths == predictions) != lower).astype(np.float64),
        denominators=np.ones(shape),
        clusters=None if names is None else tuple(names),
        kind=Kind.SET,
        higher_is_better=not lower,
        labelled=Labelled(metric, labels, truths, predictions, chances),
    )
