"""What is odd in a rule set that can run: rows that never get their turn, and rows that answer otherwise where another holds too.

Rows are read from the top and the first that holds answers. Only what can be shown is said: bounds, lists and equal conditions are
compared; patterns, words and combined conditions (and, or, not) are taken as given. Several rows that together leave nothing to a later
one are not found.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluations.providers.rule_conditions import OPERATORS, holds
from evaluations.providers.rule_tables import COMBINED

Condition = tuple[str, Any]
MOST_PAIRS = 200
FINITE = ("equals", "in")


@dataclass(frozen=True)
class Finding:
    """kind: unreachable (the row never answers), conflict (the same conditions, another answer), never (it cannot hold), overlap (both
    hold somewhere and answer otherwise), unread (its conditions are not compared). row, others: numbers from 1.
    """

    row: int
    kind: Literal["unreachable", "conflict", "never", "overlap", "unread"]
    words: str
    others: Sequence[int] = ()

    @property
    def serious(self) -> bool:
        return self.kind in ("unreachable", "conflict", "never")


@dataclass(frozen=True)
class _Bounds:
    """The numbers that bounds leave; low_open, high_open: the end itself is left out."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


def findings(rule_set: Mapping[str, Any]) -> list[Finding]:
    """Of a valid rule set, by row."""
    rows = rule_set["rows"]
    if len(rows) > MOST_PAIRS:
        rows = rows[:MOST_PAIRS]
    found: list[Finding] = []
    read = [None if COMBINED & set(row["when"]) else _by_field(row["when"]) for row in rows]
    for number, conditions in enumerate(read, 1):
        found += _of_row(number, conditions, rows, read)
    return found


def _of_row(
    number: int,
    conditions: Mapping[str, list[Condition]] | None,
    rows: Sequence[Mapping[str, Any]],
    read: Sequence[Mapping[str, list[Condition]] | None],
) -> Iterator[Finding]:
    if conditions is None:
        yield Finding(number, "unread", "Its conditions are joined by and, or or not: compare it yourself.")
        return
    if not _can_hold(conditions):
        yield Finding(number, "never", "It can never hold: its conditions exclude each other.")
        return
    beside = []
    for earlier, theirs in enumerate(read[: number - 1], 1):
        if theirs is None or not _can_hold(theirs):
            continue
        same_answer = rows[earlier - 1]["then"] == rows[number - 1]["then"]
        if _covers(theirs, conditions):
            yield _hidden(number, earlier, conditions, theirs, same_answer=same_answer)
            return
        if not same_answer and _can_hold(_joined(theirs, conditions)):
            beside.append(earlier)
    if beside:
        yield Finding(
            number,
            "overlap",
            f"May hold together with {_named(beside)} and answers otherwise: the first wins.",
            beside,
        )


def _named(rows: Sequence[int]) -> str:
    """The rows by their numbers, or of many how many there are."""
    if len(rows) > 3:
        return f"{len(rows)} earlier rows"
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"


def _hidden(
    number: int,
    earlier: int,
    ours: Mapping[str, list[Condition]],
    theirs: Mapping[str, list[Condition]],
    *,
    same_answer: bool,
) -> Finding:
    if _covers(ours, theirs) and not same_answer:
        words = f"Holds exactly where row {earlier} does and answers otherwise: row {earlier} always wins. Change one of them."
        return Finding(number, "conflict", words, [earlier])
    twice = " It says the same; take it out." if same_answer else " Move it up, or take it out."
    return Finding(
        number, "unreachable", f"Never answers: row {earlier} holds wherever it does.{twice}", [earlier]
    )


def _by_field(when: Mapping[str, Any]) -> dict[str, list[Condition]]:
    return {
        name: list(condition.items()) if isinstance(condition, Mapping) else [("equals", condition)]
        for name, condition in when.items()
    }


def _joined(
    one: Mapping[str, list[Condition]], other: Mapping[str, list[Condition]]
) -> dict[str, list[Condition]]:
    return {name: [*one.get(name, []), *other.get(name, [])] for name in {*one, *other}}


def _can_hold(conditions: Mapping[str, list[Condition]]) -> bool:
    """False only where it is sure that no case fulfils them."""
    return all(_field_can_hold(listed) for listed in conditions.values())


def _field_can_hold(listed: Sequence[Condition]) -> bool:
    absent = [value is False for operator, value in listed if operator == "exists"]
    if any(absent):
        return all(operator == "exists" and value is False for operator, value in listed)
    values = _values(listed)
    if values is not None:
        return bool(values)
    return not _bounds(listed).empty


def _values(listed: Sequence[Condition]) -> list[Any] | None:
    """The only values that fulfil the conditions of a field; None where there may be any number of them."""
    finite = [value if operator == "in" else [value] for operator, value in listed if operator in FINITE]
    if not finite:
        return None
    return [
        value
        for value in finite[0]
        if all(holds({"value": {operator: wanted}}, {"value": value}) for operator, wanted in listed)
    ]


def _bounds(listed: Sequence[Condition]) -> _Bounds:
    found = _Bounds()
    for operator, value in listed:
        if operator in ("gt", "ge") and value >= found.low:
            is_open = operator == "gt" or (found.low_open and value == found.low)
            found = _Bounds(value, found.high, is_open, found.high_open)
        elif operator in ("lt", "le") and value <= found.high:
            is_open = operator == "lt" or (found.high_open and value == found.high)
            found = _Bounds(found.low, value, found.low_open, is_open)
    return found


def _covers(one: Mapping[str, list[Condition]], other: Mapping[str, list[Condition]]) -> bool:
    """Whether `one` surely holds wherever `other` does."""
    return all(
        _implied(condition, other.get(name, [])) for name, listed in one.items() for condition in listed
    )


def _implied(condition: Condition, given: Sequence[Condition]) -> bool:
    operator, wanted = condition
    if any(name == operator and _same(value, wanted) for name, value in given):
        return True
    if operator == "exists":
        return bool(wanted) and bool(given) and not any(name == "exists" for name, _ in given)
    values = _values(given)
    if values is not None:
        return all(OPERATORS[operator](value, wanted) for value in values)
    if operator == "any_of":
        ours = {word.casefold() for word in wanted}
        return any(name == "any_of" and {word.casefold() for word in value} <= ours for name, value in given)
    return _bounds_imply(operator, wanted, _bounds(given))


def _bounds_imply(operator: str, wanted: Any, given: _Bounds) -> bool:
    if operator in ("lt", "le"):
        inside = given.high < wanted or (given.high == wanted and (operator == "le" or given.high_open))
        return inside and given.high < math.inf
    if operator in ("gt", "ge"):
        inside = given.low > wanted or (given.low == wanted and (operator == "ge" or given.low_open))
        return inside and given.low > -math.inf
    return False


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON: true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
