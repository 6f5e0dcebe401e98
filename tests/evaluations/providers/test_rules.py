from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.providers import ProviderError
from evaluations.providers.rule_conditions import holds
from evaluations.providers.rule_conflicts import conflicts
from evaluations.providers.rules import decide, fields_of, validate
from tests.evaluations.providers.calling import make_request, run_local

DRIVING = {
    "rows": [
        {"when": {"speed": {"gt": 120}, "weather": {"in": ["rain", "snow"]}}, "then": "slow down"},
        {"when": {"fuel": {"le": 10}}, "then": "refuel"},
        {"when": {"or": [{"driver.tired": True}, {"hours": {"ge": 4}}]}, "then": {"suggest": "a break"}},
    ],
    "default": "none",
}


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"speed": 130, "weather": "rain", "fuel": 5}, ("slow down", 1)),
        ({"speed": 120, "weather": "rain", "fuel": 5}, ("refuel", 2)),
        ({"speed": 130, "weather": "sun", "driver": {"tired": True}}, ({"suggest": "a break"}, 3)),
        ({"hours": 4}, ({"suggest": "a break"}, 3)),
        ({"hours": 3.9}, ("none", None)),
        ({"speed": "fast", "weather": "rain"}, ("none", None)),
        ("no object at all", ("none", None)),
    ],
)
def test_the_first_row_that_applies_answers(context: Any, expected: tuple[Any, int | None]) -> None:
    assert decide(DRIVING, context) == expected


@pytest.mark.parametrize(
    ("condition", "value", "result"),
    [
        ("rain", "rain", True),
        (True, 1, False),
        (1, 1.0, True),
        (None, None, True),
        ({"equals": [1, 2]}, [1, 2], True),
        ({"not_equals": "rain"}, "sun", True),
        ({"in": ["a", "b"]}, "b", True),
        ({"in": [1]}, True, False),
        ({"lt": 5}, 4.9, True),
        ({"lt": 5}, 5, False),
        ({"ge": 1, "lt": 2}, 1, True),
        ({"ge": 0}, True, False),
        ({"ge": 0}, "7", False),
        ({"contains": "CRASH"}, "it crashed", True),
        ({"contains": 3}, [1, 2, 3], True),
        ({"contains": "x"}, 7, False),
        ({"any_of": ["crash", "bug"]}, "A Bug, again!", True),
        ({"any_of": ["crash"]}, "it crashed", False),
        ({"any_of": ["customer service"]}, "The Customer Service is bad", True),
        ({"any_of": ["rain"]}, ["sun", "rain"], True),
        ({"matches": r"^\d+ km$"}, "12 km", True),
        ({"matches": "a"}, 5, False),
        ({"exists": True}, None, True),
    ],
)
def test_conditions(condition: Any, value: Any, result: bool) -> None:
    assert holds({"field": condition}, {"field": value}) is result


def test_an_absent_field_meets_nothing_but_its_absence() -> None:
    fields = fields_of({"there": 1})
    assert holds({"gone": {"exists": False}}, fields)
    for condition in (None, {"not_equals": 1}, {"lt": 5}, {"in": [None]}, {"contains": ""}):
        assert not holds({"gone": condition}, fields)


def test_conditions_combine() -> None:
    fields = {"a": 1, "b": 2}
    assert holds({"and": [{"a": 1}, {"b": 2}], "not": {"a": 2}}, fields)
    assert not holds({"or": [{"a": 2}, {"b": 3}]}, fields)
    assert holds({}, fields)


def test_text_and_metadata_can_be_named() -> None:
    rule_set = {
        "rows": [{"when": {"text": {"any_of": ["hi"]}, "metadata.lang": "en"}, "then": "x"}],
        "default": "",
    }
    assert decide(rule_set, "Hi there", {"lang": "en"}) == ("x", 1)
    assert decide(rule_set, "Hi there", {"lang": "de"}) == ("", None)


@pytest.mark.parametrize(
    ("rule_set", "problem"),
    [
        (None, 'A rule set is an object with a list "rows".'),
        ({"rows": []}, 'A rule set needs a "default": the answer when no row applies.'),
        ({"rows": [], "default": "", "extra": 1}, "Unknown in a rule set: extra."),
        ({"rows": ["x"], "default": ""}, "Row 1: a row is an object with when and then."),
        ({"rows": [{"when": {}}], "default": ""}, 'Row 1: "then" is missing.'),
        (
            {"rows": [{"when": [], "then": 1}], "default": ""},
            "Row 1: when is an object of fields and conditions.",
        ),
        ({"rows": [{"when": {"a": {"lt": "5"}}, "then": 1}], "default": ""}, "Row 1: a: lt needs a number."),
        ({"rows": [{"when": {"a": {"in": []}}, "then": 1}], "default": ""}, "Row 1: a: in needs a list."),
        (
            {"rows": [{"when": {"a": {"any_of": [1]}}, "then": 1}], "default": ""},
            "Row 1: a: any_of needs words.",
        ),
        (
            {"rows": [{"when": {"or": []}, "then": 1}], "default": ""},
            'Row 1: "or" needs a list of conditions.',
        ),
        ({"rows": [{"when": {"a": {}}, "then": 1}], "default": ""}, "Row 1: a has no condition."),
    ],
)
def test_what_is_wrong_with_a_rule_set_is_said(rule_set: Any, problem: str) -> None:
    assert problem in validate(rule_set)


@pytest.mark.parametrize("pattern", ["(", r"(?<=a)b", r"(a)\1", "", "x" * 501, 5])
def test_patterns_that_cannot_be_used_are_said(pattern: Any) -> None:
    rule_set = {"rows": [{"when": {"text": {"matches": pattern}}, "then": 1}], "default": ""}
    assert len(validate(rule_set)) == 1


def test_a_hostile_pattern_is_judged_in_linear_time() -> None:
    rule_set = {"rows": [{"when": {"text": {"matches": "(a+)+$"}}, "then": "hit"}], "default": ""}
    started = time.perf_counter()
    assert decide(rule_set, "a" * 50_000 + "!") == ("", None)
    assert time.perf_counter() - started < 10


def test_deep_nesting_is_refused() -> None:
    when: dict[str, Any] = {"a": 1}
    for _ in range(12):
        when = {"not": when}
    assert "nested" in validate({"rows": [{"when": when, "then": 1}], "default": ""})[0]


def test_a_rule_set_answers_like_a_model() -> None:
    request = make_request(case_input={"hours": 5}, parameters={"rule_set": DRIVING}, api_id="driving-rules")
    reply = run_local("rules", request)
    assert reply.text == '{"suggest": "a break"}'
    assert reply.raw == b'{"output": {"suggest": "a break"}, "row": 3}'
    assert reply.resolved_model == "driving-rules"


def test_without_a_case_input_the_last_message_is_the_text() -> None:
    rule_set = {"rows": [{"when": {"text": {"any_of": ["love"]}}, "then": "positive"}], "default": "?"}
    assert run_local("rules", make_request(parameters={"rule_set": rule_set})).text == "positive"


def test_a_broken_rule_set_is_our_error() -> None:
    with pytest.raises(ProviderError, match='needs a "default"'):
        run_local("rules", make_request(parameters={"rule_set": {"rows": []}}))


def found(*rows: tuple[dict[str, Any], Any]) -> list[tuple[str, int, int, bool]]:
    rule_set = {"rows": [{"when": when, "then": then} for when, then in rows], "default": ""}
    assert validate(rule_set) == []
    return [(item.kind, item.earlier, item.later, item.certain) for item in conflicts(rule_set)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"a": 1}, {"a": 1}, [("unreachable", 1, 2, True)]),
        ({}, {"a": {"matches": "x"}}, [("unreachable", 1, 2, True)]),
        ({"a": {"gt": 5}}, {"a": {"gt": 10}, "b": 1}, [("unreachable", 1, 2, True)]),
        ({"a": {"ge": 5}}, {"a": {"gt": 5}}, [("unreachable", 1, 2, True)]),
        ({"a": {"gt": 5}}, {"a": {"ge": 5}}, [("overlap", 1, 2, True)]),
        ({"a": {"in": [1, 2, 3]}}, {"a": {"in": [1, 3]}}, [("unreachable", 1, 2, True)]),
        ({"a": {"lt": 10}}, {"a": 3}, [("unreachable", 1, 2, True)]),
        ({"a": {"gt": 5}}, {"a": {"lt": 5}}, []),
        ({"a": {"ge": 5}}, {"a": {"le": 5}}, [("overlap", 1, 2, True)]),
        ({"a": {"ge": 5}}, {"a": {"lt": 5}}, []),
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {"b": 1}, [("overlap", 1, 2, True)]),
        ({"a": True}, {"a": 1}, []),
        ({"a": {"contains": "x"}}, {"a": {"contains": "y"}}, [("overlap", 1, 2, False)]),
        ({"a": {"contains": "x"}, "b": 1}, {"a": {"contains": "y"}, "b": 2}, []),
        ({"a": {"contains": "x"}}, {"a": {"contains": "x"}, "b": 2}, [("unreachable", 1, 2, True)]),
        ({"or": [{"a": 1}, {"b": 1}]}, {"a": 1}, [("overlap", 1, 2, False)]),
    ],
)
def test_conflicts_of_two_rows(first: dict[str, Any], second: dict[str, Any], expected: list[Any]) -> None:
    assert found((first, "x"), (second, "y")) == expected


def test_rows_with_the_same_answer_do_not_conflict() -> None:
    assert found(({"a": 1}, "x"), ({"b": 1}, "x")) == []


def test_a_conflict_is_a_sentence() -> None:
    rule_set = {"rows": [{"when": {"a": 1}, "then": "x"}, {"when": {"b": 1}, "then": "y"}], "default": ""}
    expected = "Rows 1 and 2 both apply to some cases, with different answers; row 1 wins."
    assert conflicts(rule_set)[0].sentence == expected


numbers = st.integers(-3, 3)
conditions = st.one_of(
    numbers,
    st.fixed_dictionaries({"in": st.lists(numbers, min_size=1, max_size=3)}),
    st.dictionaries(st.sampled_from(["lt", "le", "gt", "ge"]), numbers, min_size=1, max_size=2),
)
whens = st.dictionaries(st.sampled_from(["a", "b"]), conditions, max_size=2)


@given(whens, whens)
def test_what_is_called_certain_is_true_of_every_case(first: dict[str, Any], second: dict[str, Any]) -> None:
    rule_set = {"rows": [{"when": first, "then": 1}, {"when": second, "then": 2}], "default": 0}
    grid = [{"a": a / 2, "b": b / 2} for a in range(-9, 10) for b in range(-9, 10)]
    both = any(holds(first, case) and holds(second, case) for case in grid)
    second_alone = any(holds(second, case) and not holds(first, case) for case in grid)
    kinds = {item.kind for item in conflicts(rule_set)}
    assert ("unreachable" not in kinds) or not second_alone
    assert kinds or not both
    assert ("overlap" not in kinds) or both
