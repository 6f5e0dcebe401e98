"""Contrasting examples: rows of an input, an answer that is meant and one that is not, added and taken out by buttons that post."""

from collections.abc import Mapping
from typing import Any

from django import forms

NAMES = ("input", "good", "bad")
MOST = 20
LONGEST = 4_000
EMPTY = dict.fromkeys(NAMES, "")
Row = dict[str, str]


class ExamplesWidget(forms.Widget):
    """Reads `examples-0-input`, … in their order; the page draws the rows itself."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        rows = []
        for number in range(MOST):
            if not any(f"{name}-{number}-{part}" in data for part in NAMES):
                break
            rows.append({part: str(data.get(f"{name}-{number}-{part}") or "") for part in NAMES})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class ExamplesField(forms.Field):
    """A list of rows without the empty ones. A row needs its input, and an answer to contrast."""

    widget = ExamplesWidget

    def clean(self, value: Any) -> list[Row]:
        text = forms.CharField(required=False, max_length=LONGEST)
        rows = [{part: text.clean(row.get(part, "")) for part in NAMES} for row in value or []]
        filled = [row for row in rows if any(row.values())]
        for row in filled:
            if not row["input"] or not (row["good"] or row["bad"]):
                raise forms.ValidationError(
                    "An example needs its input, and a good answer, a bad one, or both."
                )
        return filled


def after_press(rows: list[Row], press: str) -> list[Row]:
    """The rows after the button `add` or `remove-2` was pressed; one of a page that knows other buttons changes nothing."""
    verb, _, number = press.partition("-")
    if verb == "add" and len(rows) < MOST:
        return [*rows, dict(EMPTY)]
    if verb == "remove" and number.isdecimal():
        return [row for place, row in enumerate(rows) if place != int(number)]
    return rows
