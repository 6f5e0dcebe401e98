"""The demo's motors: readings anybody can make again, and classifiers that are what they say."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from evaluations.demo.motors import reading_cases
from evaluations.providers.motor_readings import FEATURES, LABELS, training_readings
from evaluations.providers.process import get_callable
from evaluations.templatetags.labels import features

CASES = reading_cases()
NAMES = ("motor_logistic", "motor_naive_bayes", "motor_vibration_rule")


def answers(name: str) -> list[dict[str, Any]]:
    return [get_callable(name)(case.input, {}) for case in CASES]


def table(rows: list[Any]) -> Any:
    return np.array([[row[name] for name in FEATURES] for row in rows])


def test_the_same_seed_makes_the_same_readings_and_none_is_learnt_from() -> None:
    assert reading_cases() == CASES and reading_cases(seed=1) != CASES
    learnt = {json.dumps(reading) for reading, _ in training_readings()}
    assert not learnt & {json.dumps(case.input) for case in CASES}


def test_every_label_has_enough_cases_to_decide_by() -> None:
    assert min(Counter(case.target for case in CASES).values()) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_the_likeliest_label_and_probabilities_that_add_up(name: str) -> None:
    for answer in answers(name)[:50]:
        chances = answer["probability"]
        assert sum(chances.values()) == pytest.approx(1, abs=2e-4)
        assert chances[answer["label"]] == max(chances.values()) and set(chances) == set(LABELS)


def test_naive_bayes_is_that_of_scikit_learn() -> None:
    readings, labels = zip(*training_readings(), strict=True)
    mean, spread = table(list(readings)).mean(axis=0), table(list(readings)).std(axis=0)
    oracle = GaussianNB(var_smoothing=0).fit((table(list(readings)) - mean) / spread, labels)
    theirs = oracle.predict_proba((table([case.input for case in CASES]) - mean) / spread)
    ours = [
        [answer["probability"][label] for label in oracle.classes_] for answer in answers("motor_naive_bayes")
    ]
    assert np.abs(np.array(ours) - theirs).max() < 1e-3


def test_the_regression_says_what_that_of_scikit_learn_says() -> None:
    readings, labels = zip(*training_readings(), strict=True)
    mean, spread = table(list(readings)).mean(axis=0), table(list(readings)).std(axis=0)

    def wide(rows: Any) -> Any:
        scaled = (rows - mean) / spread
        return np.hstack([scaled, scaled**2])

    oracle = LogisticRegression(C=1.0, max_iter=5000).fit(wide(table(list(readings))), labels)
    theirs = oracle.predict(wide(table([case.input for case in CASES])))
    ours = [answer["label"] for answer in answers("motor_logistic")]
    assert np.mean(np.array(ours) == theirs) > 0.96


@pytest.mark.parametrize("case_input", ["text", {}, {"current_a": "much"}, dict.fromkeys(FEATURES, True)])
def test_a_reading_without_its_features_is_refused_with_words(case_input: Any) -> None:
    with pytest.raises(ValueError, match="needs a number for each"):
        get_callable("motor_logistic")(case_input, {})


def test_an_object_of_plain_values_is_a_table_and_nothing_else_is() -> None:
    assert features({"a": 1, "b": None}) == [("a", 1), ("b", None)]
    assert features('{"label": "x", "p": {"x": 0.5}}') == [("label", "x"), ("p: x", 0.5)]
    assert features({"a": [1]}) == features("plain") == features("{broken") == features([1]) == []
    assert features({str(place): place for place in range(61)}) == []
