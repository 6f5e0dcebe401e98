"""Reads a label and its probability out of an answer, for the figures over all samples.

The answer is a label alone, or JSON with the label in one field and its probability in another: one number, or one for each label.
"""

import math
from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD
from evaluations.scorers.reading import (
    ModelFailed,
    Unreadable,
    answer_text,
    find_field,
    read_json,
    wanted_texts,
    whole_text,
)
from evaluations.scorers.types import CaseView, NotScorable, Output, Scored
from evaluations.statistics.labelled import Figure, Metric

SEED = {
    "type": "integer",
    "minimum": 0,
    "maximum": 2**31 - 1,
    "default": 1,
    "title": "Seed",
    "description": "Of the resamples behind the plausible range; the same seed gives the same range.",
}
PROBABILITY_FIELD = {
    "type": "string",
    "maxLength": 200,
    "default": "probability",
    "title": "Field of the probability",
    "description": "Where the JSON output gives the probability of its label, or of every label, from 0 to 1.",
}
POSITIVE = {
    "type": "string",
    "minLength": 1,
    "maxLength": 120,
    "title": "Positive label",
    "description": "The label to be found, e.g. fraud; every other label counts as not that.",
}
LABEL_SETTINGS = {"field": FIELD, "target_field": TARGET_FIELD, "seed": SEED}
OTHER = "any other label"


def metric_with(figure: Figure, config: Mapping[str, Any]) -> Metric:
    """The figure with what its settings say."""
    chosen = {key: config[key] for key in ("positive", "precision", "bins", "seed") if key in config}
    return Metric(figure, **chosen)


def score_label(
    output: Output, target: Any, case: CaseView, config: Mapping[str, Any], *, probable: bool
) -> Scored:
    """1 when the label said is the one wanted, else 0; with both labels and, when probable, the probability.

    With a positive label in config all others are one, and the probability is that of "it is" or "it is not". An answer that
    cannot be read says no label. Raises NotScorable where the case wants none.
    """
    wanted = _wanted(target, case, config)
    positive = config.get("positive", "")
    wanted = _folded(wanted, positive)
    try:
        said = _said(output, config)
        chance = _probability(output, said, positive, config) if probable else None
    except Unreadable as problem:
        return Scored(0.0, rationale=str(problem), parsed=False, expected=wanted)
    except ModelFailed as failure:
        return Scored(0.0, rationale=f"The model failed: {failure}.", expected=wanted)
    said = _folded(said, positive)
    right = float(said == wanted)
    return Scored(
        right, label=said, expected=wanted, probability=chance, rationale=_words(said, wanted, chance)
    )


def _wanted(target: Any, case: CaseView, config: Mapping[str, Any]) -> str:
    found = wanted_texts(target, case, config)
    if len(found) != 1 or not found[0].strip():
        raise NotScorable(f"The target of case “{case.key}” must be exactly one label.")
    return found[0].strip()[:120]


def _said(output: Output, config: Mapping[str, Any]) -> str:
    text = answer_text(output, config).strip()
    if not text:
        raise Unreadable("The answer names no label.")
    return text[:120]


def _folded(label: str, positive: str) -> str:
    return label if not positive or label == positive else OTHER


def _probability(output: Output, said: str, positive: str, config: Mapping[str, Any]) -> float:
    path = config.get("probability_field", "probability")
    try:
        given = find_field(read_json(whole_text(output)), path)
    except LookupError:
        raise Unreadable(f"The answer's JSON has no field “{path}” with a probability.") from None
    if isinstance(given, dict):
        asked = positive or said
        if asked not in given:
            raise Unreadable(f"The answer gives no probability for “{asked[:60]}”.")
        chance = _fraction(given[asked])
        return chance if not positive or said == positive else 1 - chance
    return _fraction(given)


def _fraction(given: Any) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not math.isfinite(given) or not 0 <= given <= 1:
        raise Unreadable("The probability must be a number from 0 to 1.")
    return float(given)


def _words(said: str, wanted: str, chance: float | None) -> str:
    sure = "" if chance is None else f" with a probability of {chance:.3g}"
    return f"Said {said}{sure}." if said == wanted else f"Said {said}{sure}; {wanted} was wanted."
