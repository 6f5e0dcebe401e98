"""The table of a rule set as a form: rows and conditions added, moved and taken out by buttons that post, and nothing typed is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from evaluations.forms.fields import NamedForm
from evaluations.models import Model, Side
from evaluations.providers.rule_tables import OPERATORS, Cell, Table, TableRow

MOST_CELLS = 12
# What a select sends is what it shows.
BY_WORDS = {words: operator for operator, words in OPERATORS.items()}
LONGEST = 4_000
# A form has only so many fields; longer tables are brought in as JSON.
MOST_ROWS = 150


class RuleSetForm(NamedForm):
    """A new rule set: what it is called. Its rows come next."""

    owner = Model
    side = forms.ChoiceField(
        choices=Side.choices,
        initial=Side.SIMPLE,
        help_text="The simple alternative that models must be worth more than, or rules of ours or a competitor's.",
    )


class SaveForm(forms.Form):
    """The name under which a table becomes a version."""

    name = forms.CharField(
        max_length=120, label="Version", help_text="It never changes afterwards; no @ in it, e.g. 3."
    )

    def __init__(self, *args: Any, model: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "@" in name:
            raise forms.ValidationError("A version's name has no @; it is written after one: model@name.")
        if self.model.versions.filter(name=name).exists():
            raise forms.ValidationError(f"{self.model.slug}@{name} is registered; choose another name.")
        return name


@dataclass(frozen=True)
class Press:
    """What a button asked for: `add`, or a verb with the row, and of a condition its place: `up-3`, `less-2-1`."""

    verb: str
    row: int = -1
    cell: int = -1

    @classmethod
    def of(cls, text: str) -> "Press":
        verb, *numbers = text[:40].split("-")
        places = [int(number) if number.isdecimal() else -1 for number in numbers[:2]]
        return cls(verb, *places)


def posted_table(data: Mapping[str, Any]) -> Table:
    """The table as it was typed: fields `row-0-cell-0-field`, `-operator`, `-value`, `row-0-then`, `-note`, `-more`, and `default`."""
    rows = []
    for number in range(MOST_ROWS):
        prefix = f"row-{number}-"
        if f"{prefix}then" not in data:
            break
        cells = []
        for place in range(MOST_CELLS):
            at = f"{prefix}cell-{place}-"
            if f"{at}field" not in data:
                break
            cells.append(
                Cell(
                    _text(data, f"{at}field"),
                    BY_WORDS.get(_text(data, f"{at}operator"), _text(data, f"{at}operator")),
                    _text(data, f"{at}value"),
                )
            )
        parts = (_text(data, f"{prefix}{name}") for name in ("then", "note", "more"))
        rows.append(TableRow(cells or [Cell()], *parts))
    return Table(rows, _text(data, "default"))


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name) or "").replace("\x00", "")[:LONGEST]


def after_press(table: Table, press: Press) -> Table:
    """The table after a button; one that means nothing here changes nothing."""
    rows, at = list(table.rows), press.row
    if press.verb == "add":
        return replace(table, rows=[*rows, TableRow()][:MOST_ROWS])
    if not 0 <= at < len(rows):
        return table
    if press.verb == "remove":
        del rows[at]
    elif press.verb == "copy":
        rows[at + 1 : at + 1] = [rows[at]]
    elif press.verb in ("up", "down"):
        to = at + (1 if press.verb == "down" else -1)
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
    elif press.verb in ("more", "less"):
        rows[at] = replace(rows[at], cells=_cells(rows[at].cells, press))
    return replace(table, rows=rows[:MOST_ROWS])


def _cells(cells: Sequence[Cell], press: Press) -> list[Cell]:
    if press.verb == "more":
        return [*cells, Cell()][:MOST_CELLS]
    return [cell for place, cell in enumerate(cells) if place != press.cell] or [Cell()]


def operator_choices() -> list[tuple[str, str]]:
    return list(OPERATORS.items())
