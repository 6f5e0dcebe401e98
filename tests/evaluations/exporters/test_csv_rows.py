import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.exporters import csv_rows


def written(rows: list[dict[str, Any]], columns: tuple[str, ...] = ()) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(csv_rows(rows, columns)), newline="")))


def test_the_first_row_names_the_columns() -> None:
    assert written([{"a": 1, "b": None}, {"b": "x", "c": 2}]) == [["a", "b"], ["1", ""], ["", "x"]]


def test_columns_can_be_chosen_and_an_empty_table_has_a_header() -> None:
    assert written([], ("a", "b")) == [["a", "b"]]
    assert "".join(csv_rows([{"a": 1, "b": 2}], ("b",))) == "b\r\n2\r\n"


def test_values_are_written_as_people_and_machines_read_them() -> None:
    when = datetime(2024, 5, 1, 12, tzinfo=UTC)
    row = {"t": when, "ok": True, "cost": Decimal("0.10"), "x": -1.5, "o": {"b": 1, "a": [2]}}
    cells = written([row])[1]
    assert cells == ["2024-05-01T12:00:00+00:00", "true", "0.10", "-1.5", '{"a":[2],"b":1}']


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", " =1", "%0a=1", "|x", "\u00a0=1"],
)
def test_a_formula_is_made_harmless(text: str) -> None:
    assert written([{"a": text}])[1][0].startswith("'")
    assert written([{text: 1}])[0][0].startswith("'")


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_text_begins_as_a_formula(text: str) -> None:
    cell = written([{"a": text, "b": "end"}])[1][0]
    assert (
        cell.lstrip()[:1] not in tuple("=+-@")
        or cell.lstrip("-.,").isdecimal()
        or set(cell) <= set("-.,0123456789")
    )


def test_a_long_export_comes_in_pieces() -> None:
    pieces = list(csv_rows({"a": "x" * 1000} for _ in range(500)))
    assert len(pieces) > 5 and max(map(len, pieces)) < 70_000
