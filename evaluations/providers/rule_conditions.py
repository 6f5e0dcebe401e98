"""Conditions of rule sets: what may be written, and whether they hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import re2

MAX_DEPTH = 10
MAX_PATTERN = 500
_ABSENT = object()
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def condition_errors(when: Any, depth: int = 0) -> list[str]:
    """Sentences that say what is wrong with a `when`; empty when it can be judged."""
    if not isinstance(when, Mapping):
        return ["when is an object of fields and conditions."]
    if depth > MAX_DEPTH:
        return [f"conditions are nested more than {MAX_DEPTH} deep."]
    problems: list[str] = []
    for name, condition in when.items():
        if name in ("and", "or"):
            problems += _list_errors(name, condition, depth)
        elif name == "not":
            problems += condition_errors(condition, depth + 1)
        elif isinstance(condition, Mapping):
            problems += _operator_errors(name, condition)
    return problems


def _list_errors(name: str, conditions: Any, depth: int) -> list[str]:
    if not isinstance(conditions, list) or not conditions:
        return [f'"{name}" needs a list of conditions.']
    return [problem for item in conditions for problem in condition_errors(item, depth + 1)]


def _operator_errors(field: str, operators: Mapping[str, Any]) -> list[str]:
    if not operators:
        return [f"{field} has no condition."]
    problems = []
    for operator, wanted in operators.items():
        if operator not in OPERATORS:
            problems.append(f"{field}: {operator} is not one of {', '.join(sorted(OPERATORS))}.")
        elif reason := _value_error(operator, wanted):
            problems.append(f"{field}: {operator} {reason}.")
    return problems


def _value_error(operator: str, wanted: Any) -> str:
    if operator in ("lt", "le", "gt", "ge") and not _is_number(wanted):
        return "needs a number"
    if operator in ("in", "any_of") and (not isinstance(wanted, list) or not wanted):
        return "needs a list"
    if operator == "any_of" and not all(isinstance(word, str) and word.strip() for word in wanted):
        return "needs words"
    if operator == "exists" and not isinstance(wanted, bool):
        return "is true or false"
    return _pattern_error(wanted) if operator == "matches" else ""


def _pattern_error(pattern: Any) -> str:
    if not isinstance(pattern, str) or not 0 < len(pattern) <= MAX_PATTERN:
        return f"needs a pattern of at most {MAX_PATTERN} characters"
    try:
        _compiled(pattern)
    except re2.error:
        return "is not a pattern that can be used (look-behind and back-references are not possible)"
    return ""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def holds(when: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """True when every condition of a valid `when` holds; an empty one always does."""
    return all(_holds_one(name, condition, fields) for name, condition in when.items())


def _holds_one(name: str, condition: Any, fields: Mapping[str, Any]) -> bool:
    if name == "and":
        return all(holds(item, fields) for item in condition)
    if name == "or":
        return any(holds(item, fields) for item in condition)
    if name == "not":
        return not holds(condition, fields)
    value = value_at(fields, name)
    operators = condition if isinstance(condition, Mapping) else {"equals": condition}
    return all(_operator_holds(operator, value, wanted) for operator, wanted in operators.items())


def _operator_holds(operator: str, value: Any, wanted: Any) -> bool:
    if operator == "exists":
        return (value is not _ABSENT) is wanted
    return value is not _ABSENT and OPERATORS[operator](value, wanted)


def value_at(fields: Mapping[str, Any], path: str) -> Any:
    """The value a dotted path names, or a marker that equals nothing when there is none."""
    if path in fields:
        return fields[path]
    value: Any = fields
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _ABSENT
        value = value[part]
    return value


def words_of(value: Any) -> set[str]:
    """Lower-case words of a text, or of the texts in a list."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return {word.casefold() for word in _WORD.findall(text)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _equal(value: Any, wanted: Any) -> bool:
    """Equality of JSON: true is not 1."""
    return bool(isinstance(value, bool) == isinstance(wanted, bool) and value == wanted)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: _is_number(value) and compare(value, wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(_equal(item, wanted) for item in value)
    return isinstance(value, str) and str(wanted).casefold() in value.casefold()


def _any_of(value: Any, wanted: Any) -> bool:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    words = words_of(value)
    phrases = [word.casefold() for word in wanted if " " in word.strip()]
    return not words.isdisjoint(word.casefold() for word in wanted) or any(
        re2.search(rf"(?i)\b{re2.escape(phrase)}\b", text) for phrase in phrases
    )


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equal,
    "not_equals": lambda value, wanted: not _equal(value, wanted),
    "in": lambda value, wanted: any(_equal(value, item) for item in wanted),
    "lt": _ordered(lambda value, wanted: value < wanted),
    "le": _ordered(lambda value, wanted: value <= wanted),
    "gt": _ordered(lambda value, wanted: value > wanted),
    "ge": _ordered(lambda value, wanted: value >= wanted),
    "contains": _contains,
    "any_of": _any_of,
    "matches": lambda value, wanted: isinstance(value, str) and _compiled(wanted).search(value) is not None,
    "exists": lambda value, wanted: True,
}
