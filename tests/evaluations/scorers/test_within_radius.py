import json
from typing import Any

import numpy as np
import pytest

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "within_radius"
RANDOM = np.random.default_rng(11)
TRUE = RANDOM.uniform(0, 10, (6, 4, 3))
FOUND = TRUE + RANDOM.normal(0, 0.3, TRUE.shape)


@pytest.mark.parametrize("radius", [0.2, 0.5, 1.5])
def test_it_is_the_share_of_positions_within_the_radius(grade: Grade, radius: float) -> None:
    share = (np.linalg.norm(FOUND - TRUE, axis=2) <= radius).mean()
    scored = grade(json.dumps(FOUND.tolist()), TRUE.tolist(), radius=radius)
    assert scored.numerator == pytest.approx(share)


def test_a_position_exactly_at_the_radius_is_within(grade: Grade) -> None:
    scored = grade("[[[0.3, 0.4], [3, 4]]]", [[[0, 0], [0, 0]]], radius=0.5)
    assert (scored.numerator, scored.rationale) == (0.5, "1 of 2 positions")


def test_states_of_another_shape_are_unparsed(grade: Grade) -> None:
    assert grade("[[[0, 0]]]", [[[0, 0]], [[0, 0]]], radius=1).parsed is False


@pytest.mark.parametrize("target", [None, "text", [[]]])
def test_a_case_without_true_states_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable):
        grade("[[[0, 0]]]", target, radius=1)
