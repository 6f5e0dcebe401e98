"""A rule set as a table: there and back, what cannot run by row, and rows that never get their turn."""

import json
from pathlib import Path
from typing import Any

import pytest

import evaluations.demo
from evaluations.providers.rule_checks import findings
from evaluations.providers.rule_tables import Cell, Table, TableRow, read, table_of
from evaluations.providers.rules import decide, validate

DATA = Path(evaluations.demo.__file__).parent / "data"
FILES = sorted(DATA.glob("rules_*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_rule_set_comes_back_from_its_table_as_it_was(path: Path) -> None:
    rule_set = json.loads(path.read_text())
    found = read(table_of(rule_set))
    assert found.ok
    assert found.rule_set["rows"] == rule_set["rows"]
    assert decide(found.rule_set, {}) == decide(rule_set, {})


@pytest.mark.parametrize(
    ("operator", "typed", "kept"),
    [
        ("equals", "true", True),
        ("equals", '"true"', "true"),
        ("equals", "rain", "rain"),
        ("gt", "120", 120),
        ("le", "0.5", 0.5),
        ("in", "rain, snow", ["rain", "snow"]),
        ("in", "1, 2", [1, 2]),
        ("in", '["a, b", "c"]', ["a, b", "c"]),
        ("any_of", "5, great", ["5", "great"]),
        ("exists", "no", False),
        ("matches", "^a.*b$", "^a.*b$"),
    ],
)
def test_values_are_read_as_they_are_meant(operator: str, typed: str, kept: Any) -> None:
    row = TableRow([Cell("field", operator, typed)], "go")
    found = read(Table([row]))
    assert found.ok
    assert found.rule_set["rows"] == [{"when": {"field": {operator: kept}}, "then": "go"}]
    assert read(table_of(found.rule_set)).rule_set == found.rule_set


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (TableRow([Cell("speed", "gt", "fast")], "slow"), "“fast” is no number"),
        (TableRow([Cell("", "gt", "3")], "slow"), "Name the field that > 3."),
        (TableRow([Cell("speed", "gt", "")], "slow"), "“>” needs a value"),
        (TableRow([Cell("speed", "gt", "3")], " "), "Say what follows"),
        (TableRow([Cell("a", "gt", "3"), Cell("a", "gt", "4")], "x"), "is there twice"),
        (TableRow([Cell("a", "matches", "(?<=x)y")], "x"), "not a pattern that can be used"),
        (TableRow([Cell("a", "nonsense", "1")], "x"), "is no comparison there is"),
        (TableRow([Cell("and", "equals", "1")], "x"), "No field can be called and"),
        (TableRow([Cell("a", "exists", "perhaps")], "x"), "is yes or no"),
        (TableRow([], "x", more="{"), "no JSON"),
    ],
)
def test_what_cannot_run_is_said_by_row(row: TableRow, told: str) -> None:
    found = read(Table([TableRow([Cell("fine", "equals", "1")], "ok"), row]))
    assert list(found.problems) == [2]
    assert told in " ".join(found.problems[2])


def test_joined_conditions_stay_with_their_row() -> None:
    rule_set = {"rows": [{"when": {"a": {"gt": 1}, "or": [{"b": 1}, {"c": 2}]}, "then": "x"}], "default": ""}
    assert read(table_of(rule_set)).rule_set == rule_set


def odd(*rows: tuple[dict[str, Any], str]) -> list[tuple[int, str, list[int]]]:
    rule_set = {"rows": [{"when": when, "then": then} for when, then in rows], "default": "none"}
    assert validate(rule_set) == []
    return [(one.row, one.kind, list(one.others)) for one in findings(rule_set)]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ({"speed": {"gt": 120}}, {"speed": {"gt": 120}}, "conflict"),
        ({"weather": "rain"}, {"weather": {"equals": "rain"}}, "conflict"),
        ({"weather": {"in": ["rain", "snow"]}}, {"weather": {"in": ["snow", "rain"]}}, "conflict"),
        ({"speed": {"gt": 100}}, {"speed": {"gt": 120}}, "unreachable"),
        ({"speed": {"ge": 120}}, {"speed": {"gt": 120}}, "unreachable"),
        ({"speed": {"gt": 100}}, {"speed": {"equals": 130}}, "unreachable"),
        ({"speed": {"gt": 100}}, {"speed": {"gt": 120}, "parked": False}, "unreachable"),
        ({}, {"speed": {"gt": 120}}, "unreachable"),
        ({"text": {"any_of": ["Good", "fine"]}}, {"text": {"any_of": ["fine"]}}, "unreachable"),
        ({"speed": {"exists": True}}, {"speed": {"lt": 3}}, "unreachable"),
        ({"speed": {"gt": 120}}, {"speed": {"gt": 100}}, "overlap"),
        ({"speed": {"gt": 120}}, {"weather": "rain"}, "overlap"),
        ({"text": {"any_of": ["good"]}}, {"text": {"any_of": ["bad"]}}, "overlap"),
        ({"speed": {"gt": 120}}, {"speed": {"ge": 120}}, "overlap"),
    ],
)
def test_rows_that_meet_and_answer_otherwise_are_flagged(
    first: dict[str, Any], second: dict[str, Any], kind: str
) -> None:
    assert odd((first, "a"), (second, "b")) == [(2, kind, [1])]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"speed": {"gt": 120}}, {"speed": {"le": 120}}),
        ({"speed": {"lt": 120}}, {"speed": {"equals": 120}}),
        ({"weather": "rain"}, {"weather": {"in": ["snow", "ice"]}}),
        ({"weather": "rain"}, {"weather": {"not_equals": "rain"}}),
        ({"parked": True}, {"parked": 1}),
        ({"speed": {"exists": False}}, {"speed": {"gt": 3}}),
    ],
)
def test_rows_that_never_meet_are_not(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert odd((first, "a"), (second, "b")) == []


def test_a_row_that_excludes_itself_is_flagged_and_hides_nothing() -> None:
    assert odd(({"speed": {"gt": 5, "lt": 3}}, "a"), ({"speed": 4}, "b")) == [(1, "never", [])]


def test_the_same_answer_twice_is_no_conflict_but_useless() -> None:
    assert odd(({"speed": {"gt": 3}}, "a"), ({"speed": {"gt": 3}}, "a")) == [(2, "unreachable", [1])]
    assert odd(({"speed": {"gt": 3}}, "a"), ({"speed": {"gt": 1}}, "a")) == []


def test_what_is_flagged_as_never_answering_never_answers() -> None:
    """On every case of a grid, for the demo's rules in every order of two of them."""
    cases = [{"speed": speed / 2, "rain": rain} for speed in range(20) for rain in (True, False)]
    conditions = [{}, {"speed": {"gt": 4}}, {"speed": {"ge": 5}}, {"speed": {"lt": 5}}, {"rain": True}]
    conditions += [{"speed": {"in": [5, 6]}}, {"speed": 6, "rain": False}, {"speed": {"gt": 2, "lt": 8}}]
    for first in conditions:
        for second in conditions:
            rule_set = {"rows": [{"when": first, "then": "a"}, {"when": second, "then": "b"}], "default": ""}
            kinds = {one.kind for one in findings(rule_set)}
            answered = {decide(rule_set, case)[1] for case in cases}
            met = any(
                decide({"rows": [{"when": first, "then": ""}]}, case)[1]
                and decide({"rows": [{"when": second, "then": ""}]}, case)[1]
                for case in cases
            )
            if kinds & {"unreachable", "conflict"}:
                assert 2 not in answered, (first, second)
            assert bool(kinds & {"unreachable", "conflict", "overlap"}) == met, (first, second)
