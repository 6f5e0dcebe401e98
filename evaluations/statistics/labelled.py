"""Labelled samples: what was wanted, what was said and with which probability, and the figure that is read from all of them."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from evaluations.statistics.arrays import Codes, Flags, Floats
from evaluations.statistics.figures import auroc, calibration_error, macro_f1, recall_at_precision

UNREAD = -1


class Figure(StrEnum):
    """A number over all samples that is no mean over them."""

    MACRO_F1 = "macro_f1"
    RECALL_AT_PRECISION = "recall_at_precision"
    AUROC = "auroc"
    CALIBRATION_ERROR = "calibration_error"


@dataclass(frozen=True)
class Metric:
    """A figure with its settings, and the seed and number of the resamples its interval is made from.

    positive: the label that recall, precision and AUROC are about; precision: the one to reach; bins: of the calibration error.
    """

    figure: Figure
    positive: str = ""
    precision: float = 0.9
    bins: int = 10
    seed: int = 1
    resamples: int = 2000


@dataclass(frozen=True, eq=False)
class Labelled:
    """Of each item and repeat the wanted label, the label said and the probability given to it.

    truths, predictions: places in labels, shape (items, repeats); UNREAD where no label could be read, or none is known.
    probabilities: of the label said, 0 to 1, NaN where none was given.
    """

    metric: Metric
    labels: tuple[str, ...]
    truths: Codes
    predictions: Codes
    probabilities: Floats

    def select(self, rows: NDArray[np.intp]) -> Self:
        """The items at these positions."""
        return replace(
            self,
            truths=self.truths[rows],
            predictions=self.predictions[rows],
            probabilities=self.probabilities[rows],
        )

    def filled(self, places: Flags, *, right: bool) -> Self:
        """The same with these tries right, or wrong, with a probability of 1."""
        said = self.truths if right else np.full_like(self.predictions, UNREAD)
        return replace(
            self,
            predictions=np.where(places, said, self.predictions),
            probabilities=np.where(places, 1.0, self.probabilities),
        )

    def flat(self, places: Flags) -> "LabelledRows":
        """One row per try that is counted."""
        return LabelledRows(
            self.metric,
            self.labels,
            self.truths[places],
            self.predictions[places],
            self.probabilities[places],
        )


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Tries in one line, as a figure takes them; arrays of shape (tries,)."""

    metric: Metric
    labels: tuple[str, ...]
    truths: Codes
    predictions: Codes
    probabilities: Floats

    def figure(self, weights: Floats) -> Floats:
        """The figure under each weighting of the tries, shape (draws, tries); NaN where it is undefined."""
        metric = self.metric
        if metric.figure is Figure.MACRO_F1:
            return macro_f1(self.truths, self.predictions, weights)
        if metric.figure is Figure.CALIBRATION_ERROR:
            return calibration_error(self.right, self.confidences, metric.bins, weights)
        if metric.figure is Figure.AUROC:
            return auroc(self.positive, self.scores, weights)
        return recall_at_precision(self.positive, self.scores, metric.precision, weights)

    @property
    def right(self) -> Flags:
        right: Flags = (self.truths == self.predictions) & (self.truths != UNREAD)
        return right

    @property
    def confidences(self) -> Floats:
        """The probability given to what was said; an answer without one, or that says nothing, was wrongly sure."""
        return np.where(self._unsaid, 1.0, self.probabilities)

    @property
    def positive(self) -> Flags:
        """Where the positive label is wanted."""
        wanted: Flags = self.truths == self._place(self.metric.positive)
        return wanted

    @property
    def scores(self) -> Floats:
        """The probability given to the positive label; an answer that says nothing is as wrong as can be."""
        said = self.predictions == self._place(self.metric.positive)
        scores = np.where(said, self.confidences, 1 - self.confidences)
        return np.where(self._unsaid, np.where(self.positive, 0.0, 1.0), scores)

    @property
    def _unsaid(self) -> Flags:
        unsaid: Flags = np.isnan(self.probabilities) | (self.predictions == UNREAD)
        return unsaid

    def _place(self, label: str) -> int:
        return self.labels.index(label) if label in self.labels else UNREAD - 1

    def groups_of(self) -> Codes:
        """The group each try counts for: its wanted label, or positive and not; calibration looks at all alike."""
        if self.metric.figure is Figure.CALIBRATION_ERROR:
            return np.zeros_like(self.truths)
        if self.metric.figure is Figure.MACRO_F1:
            return self.truths
        return self.positive.astype(np.int32)
