"""A table as requirements: headings become fields as somebody mapped them, and every mistake has its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from capabilities.importers.cells import READERS, checked_text
from capabilities.importers.criteria import read_criterion
from capabilities.importers.markdown_table import item_lines
from capabilities.importers.markdown_text import from_inline
from capabilities.importers.types import Cell, Limits, Mistake, Record, RequirementFile, Table, Written, Wrong
from capabilities.importers.vocabulary import (
    LABELS,
    MOST_CRITERIA,
    MOST_EXAMPLES,
    NUMBERED,
    TEXTS,
    WORDS,
    field_named,
    label_of,
)

KEY = re.compile(r"[A-Z][A-Z0-9]{0,7}-[1-9][0-9]{0,8}")
PART = re.compile(r"(input|good|bad)\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
PARTS = ("input", "good", "bad")


def guessed(table: Table, chosen: Mapping[str, str | None] | None = None) -> dict[str, str | None]:
    """Each heading with its field: as chosen, else as its name says, each field once; None where it says nothing."""
    columns: dict[str, str | None] = {}
    for heading in table.headings:
        if not heading:
            continue
        wanted = chosen[heading] if chosen and heading in chosen else field_named(heading)
        columns[heading] = _once(wanted, columns) if wanted is None or is_field(wanted) else None
    return columns


def _once(name: str | None, columns: Mapping[str, str | None]) -> str | None:
    return None if name and name in columns.values() else name


def is_field(name: str) -> bool:
    """Whether a heading can be read as this; "" leaves it out."""
    return (
        name == "" or name in LABELS or (NUMBERED.fullmatch(name) is not None and field_named(name) == name)
    )


def read_rows(
    table: Table, columns: Mapping[str, str | None], limits: Limits, *, escaped: bool = False
) -> RequirementFile:
    """Rows and mistakes. escaped: lists are written in Markdown."""
    rows: list[Written] = []
    mistakes = [*table.mistakes]
    lines: dict[str, int] = {}
    for record in table.records:
        row = _Row(record, columns, escaped)
        written = row.read()
        mistakes += row.mistakes
        if written.key and (first := lines.setdefault(written.key, record.line)) != record.line:
            mistakes.append(
                Mistake(record.line, f"The key {written.key} is there already, in line {first}.", record.line)
            )
        rows.append(written)
    if not rows and not mistakes:
        mistakes.append(Mistake(0, "The file holds no requirement."))
    ordered = tuple(sorted(mistakes, key=lambda one: one.line)[: limits.mistakes])
    return RequirementFile(tuple(rows), ordered, dict(columns), table.stopped)


@dataclass
class _Row:
    record: Record
    columns: Mapping[str, str | None]
    escaped: bool
    mistakes: list[Mistake] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    criteria: dict[int, dict[str, Any]] = field(default_factory=dict)
    examples: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def read(self) -> Written:
        for heading, cell in self.record.cells.items():
            if name := self.columns.get(heading):
                self.lines[name] = cell.line
                try:
                    self._cell(name, cell)
                except Wrong as wrong:
                    self._mistake(cell.line + wrong.offset, label_of(name), wrong)
        self._lists()
        if not self.key:
            self._needed()
        return Written(self.record.line, self.key, self.fields, self.lines)

    def _mistake(self, line: int, label: str, wrong: Wrong) -> None:
        self.mistakes.append(Mistake(line, f"{label}: {wrong}", self.record.line))

    def _needed(self) -> None:
        for name, reason in (
            ("title", "There is no title."),
            ("shall", "It is not said what the model shall do."),
        ):
            spoken = any(self.columns.get(heading) == name for heading in self.record.cells)
            if not spoken:
                self._mistake(self.record.line, LABELS[name], Wrong(reason))

    def _cell(self, name: str, cell: Cell) -> None:
        if name == "key":
            self.key = _key(cell.text)
        elif name in TEXTS or name in WORDS or name == "tags":
            self.fields[name] = READERS[name](cell.text)
        elif name in {"criteria", "examples"}:
            self._list(name, cell)
        else:
            self._numbered(name, cell)

    def _list(self, name: str, cell: Cell) -> None:
        items = list(item_lines(cell.text))
        shown = [(place, from_inline(text) if self.escaped else text) for place, text in items]
        if name == "examples":
            self.fields["examples"] = _examples(items if self.escaped else shown, escaped=self.escaped)
            return
        self.fields.setdefault("criteria", [])
        for place, text in shown:
            self._criterion(place, cell.line + place, text)

    def _criterion(self, place: int, line: int, text: str) -> None:
        try:
            self.criteria[place] = read_criterion(text)
            self.lines[f"criterion.{len(self.criteria)}"] = line
        except Wrong as wrong:
            self._mistake(line, "Criterion", wrong)

    def _numbered(self, name: str, cell: Cell) -> None:
        kind, number, *part = name.split(".")
        if kind == "criterion":
            self.fields.setdefault("criteria", [])
            if cell.text.strip():
                self.criteria[10_000 + int(number)] = read_criterion(cell.text)
            return
        self.fields.setdefault("examples", [])
        if cell.text:
            self.examples.setdefault(int(number), dict.fromkeys(PARTS, ""))[part[0]] = checked_text(
                "example", cell.text, 20_000
            )

    def _lists(self) -> None:
        if "criteria" in self.fields:
            found = [self.criteria[place] for place in sorted(self.criteria)]
            keys = [one["key"] for one in found if one["key"]]
            self._check_criteria(found, keys)
            self.fields["criteria"] = found
        if self.examples:
            self.fields["examples"] = [self.examples[place] for place in sorted(self.examples)]
        if len(self.fields.get("examples", ())) > MOST_EXAMPLES:
            self._mistake(self.record.line, "Examples", Wrong(f"There are more than {MOST_EXAMPLES}."))

    def _check_criteria(self, found: list[dict[str, Any]], keys: list[str]) -> None:
        if twice := [key for key in keys if keys.count(key) > 1]:
            self._mistake(self.record.line, "Criteria", Wrong(f"{twice[0]} is there twice."))
        if len(found) > MOST_CRITERIA:
            self._mistake(
                self.record.line, "Criteria", Wrong(f"There are {len(found)}; {MOST_CRITERIA} is the most.")
            )


def _key(text: str) -> str:
    key = text.strip().upper()
    if key and not KEY.fullmatch(key):
        raise Wrong(f"“{text.strip()[:40]}” is no key; a key is like VA-12, and a new requirement has none.")
    return key


def _examples(items: list[tuple[int, str]], *, escaped: bool) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for place, item in items:
        named = PART.fullmatch(item)
        if named is None:
            raise Wrong(
                f"“{item[:60]}” is no example; write Input: …, Good: … and Bad: … in lines of their own.",
                place,
            )
        part, value = named[1].lower(), named[2].strip()
        if part == "input" or not found:
            found.append(dict.fromkeys(PARTS, ""))
        found[-1][part] = checked_text("example", from_inline(value) if escaped else value, 20_000)
    return found
