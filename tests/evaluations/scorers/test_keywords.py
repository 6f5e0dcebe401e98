from typing import Any

import pytest

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "keywords"


@pytest.mark.parametrize(
    ("text", "target", "config", "share"),
    [
        ("price, battery", ["battery", "price"], {}, 1),
        ("battery", ["battery", "price"], {}, 0.5),
        ("Battery life", ["battery"], {}, 0),
        ("Battery life", ["battery"], {"contains": True}, 1),
        ("bat", ["battery"], {"contains": True}, 0),
        ("- battery\n- Price!\n3. screen", "battery, price, screen", {}, 1),
        ('{"keywords": ["a", "b", "c"]}', ["c", "b", "x"], {"field": "keywords"}, 2 / 3),
        ('{"keywords": ["a", "b", "c"]}', {"keywords": ["a"]}, {"field": "keywords", "exactly": 3}, 1),
        ('{"keywords": ["a", "b"]}', ["a"], {"field": "keywords", "exactly": 3}, 0),
        ('{"keywords": ["a", "A", "b"]}', ["a"], {"field": "keywords", "exactly": 3}, 0),
        ("", ["a"], {}, 0),
    ],
)
def test_the_share_of_the_targets_keywords_is_counted(
    grade: Grade, text: str, target: Any, config: dict[str, Any], share: float
) -> None:
    assert grade(text, target, **config).numerator == pytest.approx(share)


def test_missing_keywords_are_named(grade: Grade) -> None:
    assert grade("a", ["a", "b c", "d"]).rationale == "Missing: b c; d"


@pytest.mark.parametrize("text", ["no JSON", '{"keywords": 3}', '{"other": []}'])
def test_an_answer_without_a_list_is_unparsed(grade: Grade, text: str) -> None:
    assert grade(text, ["a"], field="keywords").parsed is False


@pytest.mark.parametrize("target", [[], "", " , ", 4])
def test_a_target_without_keywords_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable):
        grade("a", target)
