from typing import Any

import pytest

from evaluations.scorers import CaseView, NotScorable, Output, Scored, get_scorer

SCORER = get_scorer("keyword_recall")


def recall(heard: str, keywords: Any, error_class: str = "", **config: Any) -> Scored:
    assert SCORER.validate(config) == []
    case = CaseView("case-1", target="what was said", metadata={"keywords": keywords})
    return SCORER.score(Output(heard, error_class=error_class), case.target, case, config)


@pytest.mark.parametrize(
    ("heard", "keywords", "share"),
    [
        ("Turn on the light in the kitchen.", ["light", "kitchen"], 1),
        ("turn on the line in the kitchen", ["light", "kitchen"], 0.5),
        ("turn on the lighthouse", ["light"], 0),
        ("light house", ["house light"], 0),
        ("the Light, house", ["light house"], 1),
        ("light", ["light", "Light"], 1),
        ("light", "light", 1),
        ("", ["light"], 0),
    ],
)
def test_whole_words_in_order_count_as_heard(heard: str, keywords: Any, share: float) -> None:
    assert recall(heard, keywords).numerator == share


def test_what_was_not_heard_is_named() -> None:
    assert recall("nothing", ["light", "kitchen"]).rationale == "Not heard: light; kitchen"


def test_keywords_may_stand_in_the_target() -> None:
    target = {"text": "call Anna", "names": ["Anna"]}
    scored = SCORER.score(Output("call anna"), target, CaseView("c", target=target), {"keywords": "names"})
    assert scored.numerator == 1


@pytest.mark.parametrize("keywords", [None, [], [3], ["…"], {}])
def test_a_case_without_keywords_is_nobodys_fault(keywords: Any) -> None:
    with pytest.raises(NotScorable, match="keywords"):
        recall("hello", keywords)


def test_a_model_error_heard_none() -> None:
    assert recall("light", ["light"], error_class="refusal").numerator == 0
