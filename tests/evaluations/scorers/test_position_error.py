import json
from typing import Any

import numpy as np
import pytest

from evaluations.scorers import NotScorable, measure_of
from tests.evaluations.scorers.conftest import Grade

SLUG = "position_error"
RANDOM = np.random.default_rng(7)
TRUE = RANDOM.uniform(0, 10, (5, 3, 2))
FOUND = TRUE + RANDOM.normal(0, 0.3, TRUE.shape)


def test_it_is_the_mean_euclidean_distance(grade: Grade) -> None:
    scored = grade(json.dumps(FOUND.tolist()), TRUE.tolist(), cutoff=100)
    assert scored.numerator == pytest.approx(np.linalg.norm(FOUND - TRUE, axis=2).mean())


def test_the_last_step_alone_is_the_final_displacement(grade: Grade) -> None:
    scored = grade(json.dumps(FOUND.tolist()), TRUE.tolist(), cutoff=100, steps="last")
    assert scored.numerator == pytest.approx(np.linalg.norm(FOUND[-1] - TRUE[-1], axis=1).mean())


def test_no_distance_counts_more_than_the_cutoff(grade: Grade) -> None:
    assert grade("[[[0, 0], [0, 100]]]", [[[0, 1], [0, 0]]], cutoff=3).numerator == 2


def test_three_coordinates_and_a_unit(grade: Grade) -> None:
    scored = grade(
        '{"states": [[[0, 0, 0]]]}', {"states": [[[2, 3, 6]]]}, cutoff=9, field="states", length_unit="m"
    )
    assert (scored.numerator, scored.rationale) == (7, "Farthest off: 7 m")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the ball rolls", "not JSON"),
        ("[]", "not a list of steps"),
        ("[3]", "Step 1 is not a list"),
        ("[[[1, 2]]]", "1 steps instead of 2"),
        ("[[[1, 2]], []]", "Step 2 has 0 objects instead of 1"),
        ("[[[1, 2]], [[1, 2], [1, 2]]]", "Step 2 has 2 objects"),
        ("[[[1, 2]], [[1, true]]]", "Object 1 of step 2"),
        ("[[[1, 2]], [[1, 1e300]]]", "Object 1 of step 2"),
        ("[[[1, 2]], [[1, null]]]", "Object 1 of step 2"),
        ("[[[1, 2]], [[1, 2, 3]]]", "number of coordinates"),
        ("[[[1, 2, 3]], [[1, 2, 3]]]", "3 coordinates instead of 2"),
        (json.dumps([[[0, 0]] * 301] * 2), "more than 300 objects"),
    ],
)
def test_states_of_another_shape_are_unparsed_and_count_as_far_off_as_can_be(
    grade: Grade, text: str, reason: str
) -> None:
    scored = grade(text, [[[0, 0]], [[0, 0]]], cutoff=5)
    assert (scored.numerator, scored.parsed) == (5.0, False)
    assert reason in scored.rationale


@pytest.mark.parametrize("target", [None, "text", [[]], [[[1, 2]], [[1, 2], [3, 4]]], [[["a", 2]]]])
def test_a_case_without_true_states_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable):
        grade("[[[0, 0]]]", target, cutoff=5)


def test_the_cutoff_is_the_largest_score() -> None:
    assert measure_of(SLUG, {"cutoff": 4}).high == 4
