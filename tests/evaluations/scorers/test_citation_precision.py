from typing import Any

import pytest

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "citation_precision"


@pytest.mark.parametrize(
    ("text", "numerator", "denominator"),
    [
        ("Two years [p1].", 1, 1),
        ("Two years [P1][p1].", 1, 1),
        ("Two [p1, p9] years [p2; p7].", 2, 4),
        ("Two years [handbook].", 0, 1),
        ("Two years.", 0, 1),
        ("", 0, 1),
    ],
)
def test_different_right_ones_are_counted_over_different_ones_cited(
    grade: Grade, text: str, numerator: float, denominator: float
) -> None:
    scored = grade(text, ["p1", "p2"])
    assert (scored.numerator, scored.denominator) == (numerator, denominator)


def test_what_is_not_right_is_named(grade: Grade) -> None:
    assert grade("[p1] [p9] [p3]", ["p1"]).rationale == "Not right: p3, p9"


def test_without_a_right_passage_silence_counts_neither_way(grade: Grade) -> None:
    assert grade("Nobody knows.", {"passages": []}).denominator == 0
    assert grade("As [p1] says.", {"passages": []}).numerator == 0
    assert grade("As [p1] says.", {"passages": []}).denominator == 1


def test_an_answer_may_do_without_where_the_settings_say_so(grade: Grade) -> None:
    assert grade("Two years.", ["p1"], needed=False).denominator == 0


def test_a_json_answer_lists_what_it_cites(grade: Grade) -> None:
    scored = grade('{"sources": [1, 2]}', {"passages": [2, 3]}, field="sources")
    assert (scored.numerator, scored.denominator) == (1, 2)
    assert grade('{"sources": 3}', ["p1"], field="sources").parsed is False


@pytest.mark.parametrize("right", [["p1"], "p1, p2"])
def test_the_right_passages_may_stand_in_the_metadata(right: Any) -> None:
    case = CaseView(key="c", target="Two years.", metadata={"passages": right})
    assert get_scorer(SLUG).score(Output(text="[p1]"), case.target, case, {}).numerator == 1


@pytest.mark.parametrize("target", [None, "Two years.", {"passages": 7}])
def test_a_case_without_right_passages_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable, match="list them as “passages”"):
        grade("[p1]", target)
