"""Rows of a rule set that contradict or hide each other.

Exact for rows that are a conjunction of equals, in, lt, le, gt, ge on single fields. Anything else (contains,
matches, any_of, and, or, not …) might hold together with anything, so such pairs are reported as possible only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from evaluations.providers.rule_conditions import OPERATORS

EXACT = frozenset({"equals", "in", "lt", "le", "gt", "ge"})
MAX_CONFLICTS = 100


@dataclass(frozen=True)
class Conflict:
    """Two rows (numbers from 1, the earlier first). kind: "unreachable" (the later row can never answer) or
    "overlap" (both can apply and their answers differ; the earlier one wins). certain: proven, not just possible.
    """

    kind: str
    earlier: int
    later: int
    certain: bool
    sentence: str


@dataclass
class _Limits:
    """What a field may be: one of some values (None: any), a number between bounds; other conditions kept."""

    values: list[Any] | None = None
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    numeric: bool = False
    other: list[tuple[str, Any]] = field(default_factory=list)


def conflicts(rule_set: Mapping[str, Any]) -> list[Conflict]:
    """Conflicts of a valid rule set, in order of rows; at most 100."""
    found: list[Conflict] = []
    rows = [(number, row, _limits_of(row["when"])) for number, row in enumerate(rule_set["rows"], 1)]
    hidden: set[int] = set()
    for first, second in combinations(rows, 2):
        if first[0] in hidden or second[0] in hidden:
            continue
        conflict = _conflict(first, second)
        if conflict is not None:
            found.append(conflict)
            if conflict.kind == "unreachable":
                hidden.add(second[0])
    return found[:MAX_CONFLICTS]


_Row = tuple[int, Mapping[str, Any], dict[str, _Limits] | None]


def _conflict(first: _Row, second: _Row) -> Conflict | None:
    (early, early_row, early_limits), (late, late_row, late_limits) = first, second
    if _same(early_row["when"], late_row["when"]) or _covers(early_limits, late_limits):
        sentence = f"Row {late} never applies: row {early} takes every case it would."
        return Conflict("unreachable", early, late, True, sentence)
    if _same(early_row["then"], late_row["then"]):
        return None
    together = _can_hold_together(early_limits, late_limits)
    if together is False:
        return None
    verb = "both apply" if together else "may both apply"
    sentence = f"Rows {early} and {late} {verb} to some cases, with different answers; row {early} wins."
    return Conflict("overlap", early, late, bool(together), sentence)


def _same(a: Any, b: Any) -> bool:
    """Equality as JSON sees it: true is not 1."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def _limits_of(when: Mapping[str, Any]) -> dict[str, _Limits] | None:
    """Limits by field, or None for a row with and, or, not."""
    if {"and", "or", "not"} & set(when):
        return None
    return {name: _limits(condition) for name, condition in when.items()}


def _limits(condition: Any) -> _Limits:
    operators = condition if isinstance(condition, Mapping) else {"equals": condition}
    limits = _Limits()
    for operator, wanted in operators.items():
        if operator not in EXACT:
            limits.other.append((operator, wanted))
        elif operator in ("equals", "in"):
            _narrow_values(limits, [wanted] if operator == "equals" else wanted)
        else:
            _narrow_bounds(limits, operator, wanted)
    return limits


def _narrow_values(limits: _Limits, wanted: list[Any]) -> None:
    limits.values = [item for item in wanted if limits.values is None or _among(item, limits.values)]


def _narrow_bounds(limits: _Limits, operator: str, wanted: float) -> None:
    limits.numeric = True
    is_open = operator in ("lt", "gt")
    if operator in ("lt", "le") and (wanted, not is_open) < (limits.high, not limits.high_open):
        limits.high, limits.high_open = wanted, is_open
    if operator in ("gt", "ge") and (wanted, is_open) > (limits.low, limits.low_open):
        limits.low, limits.low_open = wanted, is_open


def _among(value: Any, values: list[Any]) -> bool:
    return OPERATORS["in"](value, values)


def _within(value: Any, limits: _Limits) -> bool:
    """True when the value keeps the exact limits."""
    if limits.values is not None and not _among(value, limits.values):
        return False
    return all(OPERATORS[operator](value, bound) for operator, bound in _bounds(limits))


def _bounds(limits: _Limits) -> Iterator[tuple[str, float]]:
    if limits.numeric:
        yield ("gt" if limits.low_open else "ge"), limits.low
        yield ("lt" if limits.high_open else "le"), limits.high


def _covers(wide: dict[str, _Limits] | None, narrow: dict[str, _Limits] | None) -> bool:
    """True when every case that meets `narrow` is proven to meet `wide`."""
    if wide is None:
        return False
    if narrow is None:
        return not wide
    return all(name in narrow and _limits_cover(limits, narrow[name]) for name, limits in wide.items())


def _limits_cover(wide: _Limits, narrow: _Limits) -> bool:
    if any(not any(_same(item, other) for other in narrow.other) for item in wide.other):
        return False
    if narrow.values is not None:
        return all(_within(value, wide) for value in narrow.values if _within(value, narrow))
    if wide.values is not None or (wide.numeric and not narrow.numeric):
        return False
    low_fits = (narrow.low, narrow.low_open) >= (wide.low, wide.low_open)
    high_fits = (narrow.high, not narrow.high_open) <= (wide.high, not wide.high_open)
    return low_fits and high_fits


def _can_hold_together(a: dict[str, _Limits] | None, b: dict[str, _Limits] | None) -> bool | None:
    """True: proven that some case meets both. False: proven that none does. None: not known."""
    if a is None or b is None:
        return None
    certain = not any(limits.other for limits in (*a.values(), *b.values()))
    for name in a.keys() | b.keys():
        if not _satisfiable(_both(a.get(name, _Limits()), b.get(name, _Limits()))):
            return False
    return True if certain else None


def _both(a: _Limits, b: _Limits) -> _Limits:
    both = _Limits(a.values, a.low, a.high, a.low_open, a.high_open, a.numeric or b.numeric)
    if b.values is not None:
        _narrow_values(both, b.values)
    for operator, bound in _bounds(b):
        _narrow_bounds(both, operator, bound)
    return both


def _satisfiable(limits: _Limits) -> bool:
    if limits.values is not None:
        return any(_within(value, limits) for value in limits.values)
    if limits.low == limits.high:
        return not limits.low_open and not limits.high_open
    return limits.low < limits.high
