"""The demo's scenes are physics that anybody can check, and the models that foresee them do what they say."""

import json
from collections import Counter
from typing import Any

import pytest

from evaluations.demo.scenes import HEIGHT, RADIUS, WIDTH, scene_cases
from evaluations.providers.process import get_callable
from evaluations.scorers import CaseView, Output, get_scorer

CASES = scene_cases()
ROOM = {"width": 10, "height": 6, "radius": 0.5}


def asked(history: list[Any], action: Any = None, steps: int = 2) -> dict[str, Any]:
    return {"room": ROOM, "history": history, "action": action, "steps": steps}


def states(name: str, case_input: Any) -> Any:
    return get_callable(name)(case_input, {})["states"]


def test_the_same_seed_makes_the_same_cases() -> None:
    assert scene_cases() == CASES
    assert scene_cases(seed=1) != CASES


def test_there_are_sixty_cases_a_third_of_each_situation() -> None:
    spread = Counter(case.slices["situation"] for case in CASES)
    assert len(CASES) == 60 and set(spread.values()) == {20}
    assert len({json.dumps(case.input) for case in CASES}) == 60


def test_what_truly_happens_is_possible() -> None:
    config = {
        "v_max": 2.5,
        "bounds": {"x": [RADIUS, WIDTH - RADIUS], "y": [RADIUS, HEIGHT - RADIUS]},
        "min_distance": 2 * RADIUS - 0.05,
        "field": "states",
        "slack": 0.05,
    }
    for case in CASES:
        view = CaseView(case.key, case.input, case.target)
        scored = get_scorer("consistency").score(Output(json.dumps(case.target)), case.target, view, config)
        assert scored.numerator == 1, (case.key, scored.rationale)


def test_only_a_push_comes_with_an_action() -> None:
    assert all((case.input["action"] is not None) == (case.slices["situation"] == "push") for case in CASES)


def test_going_straight_on_knows_no_walls() -> None:
    assert states("scene_still_velocity", asked([[[7, 3]], [[9, 3]]])) == [[[11, 3]], [[13, 3]]]


def test_a_ball_is_thrown_back_by_a_wall_with_nine_tenths_of_its_speed() -> None:
    assert states("scene_bouncing", asked([[[7, 3]], [[9, 3]]])) == [[[8.15, 3]], [[6.35, 3]]]


def test_a_push_is_added_to_the_ball_it_names() -> None:
    history = [[[2, 2], [4, 4]], [[2, 2], [4, 4]]]
    action = {"object": 1, "push": [0.5, -0.5]}
    assert states("scene_bouncing", asked(history, action, 1)) == [[[2, 2], [4.5, 3.5]]]
    assert states("scene_damped", asked(history, action, 1)) == [[[2, 2], [4, 4]]]


def test_the_damped_one_slows_down() -> None:
    assert states("scene_damped", asked([[[2, 2]], [[3, 2]]])) == [[[3.85, 2]], [[4.572, 2]]]


@pytest.mark.parametrize("name", ["scene_still_velocity", "scene_bouncing", "scene_damped"])
@pytest.mark.parametrize(
    "case_input", ["text", {}, {"history": []}, asked([[[1, 2]]]), asked([[[1]], [[2]]])]
)
def test_an_input_that_is_no_scene_is_refused_with_words(name: str, case_input: Any) -> None:
    with pytest.raises(ValueError, match="needs a scene"):
        states(name, case_input)
