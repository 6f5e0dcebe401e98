from typing import Any

import pytest

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "consistency"
BOUNDS = {"x": [0, 10], "y": [0, 5]}


@pytest.mark.parametrize(
    ("text", "config", "share", "words"),
    [
        ("[[[1, 1]], [[2, 1]]]", {"v_max": 1}, 1, ""),
        ("[[[1, 1]], [[9, 1]], [[9, 1]], [[9, 2]]]", {"v_max": 1}, 0.75, "step 2: a jump"),
        ("[[[1, 1]], [[1, 5.1]]]", {"bounds": BOUNDS}, 0.5, "step 2: outside"),
        ("[[[-1, 1]], [[1, 9]]]", {"bounds": BOUNDS}, 0, "step 1: outside; step 2: outside"),
        ("[[[1, 1], [1.2, 1]], [[1, 1], [2, 1]]]", {"min_distance": 0.5}, 0.5, "step 1: an overlap"),
        ("[[[1, 1], [2, 2]], [[1, 1]]]", {}, 0.5, "step 2: another number of objects"),
        ("[[[1, 1], [2, 2]], [[1, 1]]]", {"count": False}, 1, ""),
        ("[[[1, 1]], [[9, 9]]]", {"v_max": 1, "bounds": BOUNDS}, 0.5, "step 2: a jump, outside"),
    ],
)
def test_it_is_the_share_of_steps_that_hold_every_rule(
    grade: Grade, text: str, config: dict[str, Any], share: float, words: str
) -> None:
    scored = grade(text, **config)
    assert (scored.numerator, scored.rationale) == (share, words)


def test_the_first_step_is_held_against_the_history() -> None:
    case = CaseView(key="c", input={"history": [[[0, 0]], [[5, 5]]]})
    near = get_scorer(SLUG).score(Output(text="[[[5, 6]]]"), None, case, {"v_max": 1})
    far = get_scorer(SLUG).score(Output(text="[[[0, 0]]]"), None, case, {"v_max": 1})
    gone = get_scorer(SLUG).score(Output(text="[[[5, 5], [6, 6]]]"), None, case, {})
    assert (near.numerator, far.numerator, gone.numerator) == (1, 0, 0)


def test_a_target_says_how_many_steps_were_asked_for(grade: Grade) -> None:
    assert grade("[[[1, 1]]]", [[[1, 1]], [[1, 1]]]).parsed is False
    assert grade('{"states": [[[1, 1]]]}', {"states": [[[1, 1]]]}, field="states").numerator == 1


def test_a_limit_missed_by_rounding_alone_holds(grade: Grade) -> None:
    assert grade("[[[0, 0]], [[1.0000004, 0]]]", v_max=1).numerator == 1


@pytest.mark.parametrize("text", ["a scene", "[]", "[[[1]]]", '{"states": 3}'])
def test_what_is_no_list_of_states_is_unparsed(grade: Grade, text: str) -> None:
    assert grade(text).parsed is False


def test_a_broken_history_is_nobodys_fault() -> None:
    case = CaseView(key="c", input={"history": [["x"]]})
    with pytest.raises(NotScorable):
        get_scorer(SLUG).score(Output(text="[[[5, 6]]]"), None, case, {})


@pytest.mark.parametrize(
    ("bounds", "problem"),
    [({"w": [0, 1]}, "names the axis w"), ({"x": [2, 1]}, "lowest x is not below"), ({"x": [2]}, "bounds")],
)
def test_edges_that_cannot_be_are_refused(bounds: dict[str, Any], problem: str) -> None:
    assert problem in get_scorer(SLUG).validate({"bounds": bounds})[0]
