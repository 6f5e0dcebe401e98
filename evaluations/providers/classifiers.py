"""Small classifiers that run on this machine: from the features of a case a label, and a probability for every label.

The input is an object of numbers by feature; the answer is `{"label": …, "probability": {label: p}}`. Two of them learn, when they are
first asked, from readings that are in no test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluations.providers.motor_readings import FEATURES, LABELS, training_readings

Floats = NDArray[np.float64]
STEPS, RATE, RIDGE = 400, 0.5, 1e-3


@dataclass(frozen=True)
class Lessons:
    """Features of shape (readings, features), scaled to mean 0 and spread 1; labels as places in LABELS."""

    features: Floats
    labels: NDArray[np.intp]
    means: Floats
    spreads: Floats

    def scaled(self, case_input: Any) -> Floats:
        scaled: Floats = (_features(case_input) - self.means) / self.spreads
        return scaled


def logistic(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Multinomial logistic regression on the features and their squares."""
    scores = _expanded(_lessons().scaled(case_input)) @ _weights()
    return _answer(_softmax(scores))


def naive_bayes(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Gaussian naive Bayes: takes features for independent that are not, so it is too sure of itself."""
    lessons = _lessons()
    scaled = lessons.scaled(case_input)
    scores = []
    for label in range(len(LABELS)):
        mine = lessons.features[lessons.labels == label]
        spread = mine.std(axis=0)
        likely = -0.5 * (((scaled - mine.mean(axis=0)) / spread) ** 2).sum() - np.log(spread).sum()
        scores.append(likely + np.log(len(mine) / len(lessons.labels)))
    return _answer(_softmax(np.array(scores)))


def vibration_rule(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The rule of thumb on the wall: from 3.5 mm/s failing, from 2.2 worn, and always nine tenths sure."""
    vibration = float(_features(case_input)[FEATURES.index("vibration_mm_s")])
    label = "failing" if vibration >= 3.5 else "worn" if vibration >= 2.2 else "sound"
    chances = {other: 0.9 if other == label else 0.05 for other in LABELS}
    return {"label": label, "probability": chances}


def _features(case_input: Any) -> Floats:
    """The features in their order. Raises ValueError with a sentence when one is missing or no number."""
    found = [case_input.get(name) for name in FEATURES] if isinstance(case_input, Mapping) else [None]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        raise ValueError(f"A reading needs a number for each of {', '.join(FEATURES)}.")
    return np.array(found, dtype=np.float64)


@cache
def _lessons() -> Lessons:
    readings = training_readings()
    features = np.array([[reading[name] for name in FEATURES] for reading, _ in readings])
    means, spreads = features.mean(axis=0), features.std(axis=0)
    labels = np.array([LABELS.index(label) for _, label in readings])
    return Lessons((features - means) / spreads, labels, means, spreads)


def _expanded(features: Floats) -> Floats:
    """A constant, the features and their squares."""
    rows = np.atleast_2d(features)
    wide = np.hstack([np.ones((len(rows), 1)), rows, rows**2])
    return wide[0] if features.ndim == 1 else wide


@cache
def _weights() -> Floats:
    """By gradient descent on the cross-entropy with a small ridge, from zero: the same weights every time."""
    lessons = _lessons()
    inputs, wanted = _expanded(lessons.features), np.eye(len(LABELS))[lessons.labels]
    weights = np.zeros((inputs.shape[1], len(LABELS)))
    for _ in range(STEPS):
        gradient = inputs.T @ (_softmax(inputs @ weights) - wanted) / len(inputs) + RIDGE * weights
        weights -= RATE * gradient
    return weights


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _answer(chances: Floats) -> dict[str, Any]:
    label = LABELS[int(np.argmax(chances))]
    return {
        "label": label,
        "probability": {name: round(float(chance), 4) for name, chance in zip(LABELS, chances, strict=True)},
    }
