"""A rule set as a table that people write: rows of conditions with the answer each gives, and back to the data that runs.

A condition is a field, an operator and a value as it is typed: `120`, `true`, `rain, snow`, `"120"` for the text. What a table has no
column for (and, or, not) stays with its row as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluations.providers.rules import MAX_ROWS, validate

OPERATORS: Mapping[str, str] = {
    "equals": "is",
    "not_equals": "is not",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "in": "is one of",
    "any_of": "has a word of",
    "contains": "contains",
    "matches": "matches",
    "exists": "is given",
}
NUMBERS = frozenset({"lt", "le", "gt", "ge"})
LISTS = frozenset({"in", "any_of"})
COMBINED = frozenset({"and", "or", "not"})


@dataclass(frozen=True)
class Cell:
    """A condition as it is typed."""

    field: str = ""
    operator: str = "equals"
    value: str = ""

    @property
    def empty(self) -> bool:
        return not self.field.strip() and not self.value.strip()


@dataclass(frozen=True)
class TableRow:
    """cells: all must hold. then: the answer, a text or JSON. more: conditions without a column, as JSON."""

    cells: Sequence[Cell] = (Cell(),)
    then: str = ""
    note: str = ""
    more: str = ""

    @property
    def empty(self) -> bool:
        return all(cell.empty for cell in self.cells) and not (self.then or self.note or self.more).strip()


@dataclass(frozen=True)
class Table:
    rows: Sequence[TableRow] = ()
    default: str = ""


@dataclass
class Read:
    """What a table says. problems: sentences by row, from 1; under 0 what is wrong with the whole."""

    rule_set: dict[str, Any]
    problems: dict[int, list[str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems


def table_of(rule_set: Mapping[str, Any]) -> Table:
    """The table of a valid rule set."""
    return Table([_row_of(row) for row in rule_set["rows"]], answer_text(rule_set.get("default", "")))


def _row_of(row: Mapping[str, Any]) -> TableRow:
    cells: list[Cell] = []
    more: dict[str, Any] = {}
    for name, condition in row["when"].items():
        if name in COMBINED:
            more[name] = condition
            continue
        operators = condition if isinstance(condition, Mapping) else {"equals": condition}
        cells += [Cell(name, operator, value_text(operator, value)) for operator, value in operators.items()]
    return TableRow(
        cells or (Cell(),),
        answer_text(row["then"]),
        str(row.get("note", "")),
        json.dumps(more, ensure_ascii=False) if more else "",
    )


def answer_text(answer: Any) -> str:
    """An answer as it is typed: text as it is, anything else as JSON."""
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def value_text(operator: str, value: Any) -> str:
    """A value as it is typed."""
    if operator in LISTS and isinstance(value, list):
        texts = [str(item) if operator == "any_of" else _scalar_text(item) for item in value]
        plain = all("," not in text and not text.startswith("[") and text.strip() == text for text in texts)
        return ", ".join(texts) if plain else json.dumps(value, ensure_ascii=False)
    return str(value) if operator == "matches" else _scalar_text(value)


def _scalar_text(value: Any) -> str:
    if isinstance(value, str) and _scalar(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def read(table: Table) -> Read:
    """The rule set that a table says, its empty rows left out of account, with what cannot run by row."""
    found = Read({"rows": [], "default": answer(table.default)})
    for number, row in enumerate(table.rows, 1):
        rule, problems = _read_row(row)
        found.rule_set["rows"].append(rule)
        if problems:
            found.problems[number] = problems
    if not table.rows:
        found.problems[0] = ["A rule set needs a row: a condition and what follows."]
    if len(table.rows) > MAX_ROWS:
        found.problems[0] = [f"A rule set has at most {MAX_ROWS} rows."]
    return found


def _read_row(row: TableRow) -> tuple[dict[str, Any], list[str]]:
    when, problems = _conditions(row)
    if not row.then.strip():
        problems.append("Say what follows: the answer is empty.")
    rule: dict[str, Any] = {"when": when, "then": answer(row.then)}
    if row.note.strip():
        rule["note"] = row.note.strip()
    if not problems:
        alone = validate({"rows": [rule], "default": ""})
        problems = [problem.removeprefix("Row 1: ") for problem in alone]
    return rule, problems


def _conditions(row: TableRow) -> tuple[dict[str, Any], list[str]]:
    when: dict[str, Any] = {}
    problems: list[str] = []
    for cell in row.cells:
        name = cell.field.strip()
        if cell.empty:
            continue
        if not name:
            problems.append(f"Name the field that {OPERATORS.get(cell.operator, '')} {cell.value.strip()}.")
        elif name in COMBINED:
            problems.append(f"No field can be called {name}: it joins conditions.")
        elif cell.operator in when.get(name, {}):
            problems.append(f"{name} “{OPERATORS[cell.operator]}” is there twice.")
        else:
            value, problem = typed(cell.operator, cell.value)
            problems += [f"{name}: {problem}"] if problem else []
            when.setdefault(name, {})[cell.operator] = value
    if row.more.strip():
        more, problem = _more(row.more)
        problems += [problem] if problem else []
        when |= more
    return when, problems


def _more(text: str) -> tuple[dict[str, Any], str]:
    try:
        more = json.loads(text)
    except ValueError:
        return {}, "Other conditions are no JSON."
    if not isinstance(more, dict) or not set(more) <= COMBINED:
        return {}, "Other conditions are a JSON object of and, or and not."
    return more, ""


def typed(operator: str, text: str) -> tuple[Any, str]:
    """The value that was typed for an operator, and what is wrong with it in words, else empty."""
    text = text.strip()
    if operator not in OPERATORS:
        return None, f"{operator[:40]} is no comparison there is."
    if operator == "exists":
        return _yes_or_no(text)
    if not text:
        return None, f"“{OPERATORS[operator]}” needs a value."
    if operator == "matches":
        return text, ""
    if operator in NUMBERS:
        number = _scalar(text)
        right = isinstance(number, int | float) and not isinstance(number, bool)
        return (
            number,
            "" if right else f"“{text[:40]}” is no number, and {OPERATORS[operator]} compares numbers.",
        )
    return (_list(text, words=operator == "any_of") if operator in LISTS else _scalar(text)), ""


def _yes_or_no(text: str) -> tuple[Any, str]:
    known = {"": True, "true": True, "yes": True, "false": False, "no": False}
    return known.get(text.lower()), "" if text.lower() in known else "“is given” is yes or no."


def _list(text: str, *, words: bool) -> list[Any]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return found
    items = [item.strip() for item in text.split(",") if item.strip()]
    return items if words else [_scalar(item) for item in items]


def _scalar(text: str) -> Any:
    """A number, true, false, null or a quoted text where it reads as one, else the text."""
    try:
        found = json.loads(text, parse_constant=lambda name: name)
    except ValueError:
        return text
    return text if isinstance(found, list | dict) else found


def answer(text: str) -> Any:
    """An answer: an object or a list where it is typed as one, else the text."""
    text = text.strip()
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
