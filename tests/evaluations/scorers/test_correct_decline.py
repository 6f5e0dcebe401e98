from typing import Any

import pytest

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "correct_decline"


@pytest.mark.parametrize(
    ("text", "answerable", "value", "label"),
    [
        ("Two years.", True, 1, "answered"),
        ("Two years.", False, 0, "wrong answer"),
        ("The documents do not say that.", False, 1, "right decline"),
        ("The documents do not say that.", True, 0, "wrong decline"),
        ("I don’t know.", False, 1, "right decline"),
        ("", True, 0, "wrong decline"),
    ],
)
def test_both_a_made_up_answer_and_a_needless_decline_are_wrong(
    grade: Grade, text: str, answerable: bool, value: float, label: str
) -> None:
    scored = grade(text, {"answerable": answerable})
    assert (scored.numerator, scored.label) == (value, label)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"answer": null}', "right decline"),
        ('{"answer": false}', "right decline"),
        ('{"answer": "cannot tell"}', "right decline"),
        ('{"answer": "blue"}', "wrong answer"),
        ('{"answer": 3}', "wrong answer"),
    ],
)
def test_a_json_answer_may_say_it_in_a_field(grade: Grade, text: str, label: str) -> None:
    assert grade(text, {"answerable": "no"}, field="answer", phrases=["cannot tell"]).label == label


@pytest.mark.parametrize("place", ["metadata", "slices"])
@pytest.mark.parametrize(("word", "value"), [("no", 1), ("False", 1), ("yes", 0), ("true", 0)])
def test_the_case_says_it_in_its_metadata_or_slices_too(place: str, word: str, value: float) -> None:
    facts: dict[str, Any] = {place: {"known": word}}
    case = CaseView(key="c", target="text", **facts)
    scored = get_scorer(SLUG).score(Output(text="I don't know"), "text", case, {"answerable": "known"})
    assert scored.numerator == value


@pytest.mark.parametrize("target", [None, "text", {"answerable": "perhaps"}, {"other": True}])
def test_a_case_that_does_not_say_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable, match="set “answerable”"):
        grade("text", target)


def test_an_answer_that_cannot_be_read_is_unparsed(grade: Grade) -> None:
    assert grade("no JSON", {"answerable": True}, field="answer").parsed is False
