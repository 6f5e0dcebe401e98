import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluations.importers import CaseFile, Limits, read_cases, read_jsonl, read_parquet

CASES: list[dict[str, Any]] = [
    {
        "key": "r1",
        "input": [{"role": "user", "content": "Wie spät?"}],
        "target": {"labels": ["a", "b"], "score": 2.5},
        "slices": {"lang": "de"},
        "cluster": "talk 1",
        "metadata": {"source": "call", "turn": 3},
    },
    {
        "key": "r2",
        "input": [{"role": "user", "content": "Time?"}, {"role": "assistant", "content": "Noon."}],
        "target": {"labels": [], "score": 1.0},
        "slices": {"lang": "en"},
        "cluster": "talk 2",
        "metadata": {"source": "mail", "turn": 4},
    },
]


def written(table: pa.Table | list[dict[str, Any]], **options: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pylist(table), buffer, **options)
    buffer.seek(0)
    return buffer


def read(table: pa.Table | list[dict[str, Any]], limits: Limits | None = None, **options: Any) -> CaseFile:
    return read_parquet(written(table, **options), limits)


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_nested_values_are_those_of_the_same_cases_in_jsonl(compression: str) -> None:
    lines = "\n".join(json.dumps(case) for case in CASES)
    found = read(CASES, compression=compression)
    assert found == read_jsonl(io.BytesIO(lines.encode()))
    assert len(found.rows) == 2 and not found.problems


def test_the_columns_of_a_csv_are_read() -> None:
    [row] = read(
        [
            {
                "input": "Hi",
                "target": "x",
                "slice.lang": "de",
                "slice.year": 2026,
                "meta.by": "Ann",
                "meta.n": None,
            }
        ]
    ).rows
    assert (row.slices, row.metadata) == ({"lang": "de", "year": "2026"}, {"by": "Ann"})
    assert row.key.startswith("case-")


def test_a_map_is_an_object_and_an_empty_field_of_a_struct_is_left_out() -> None:
    table = pa.table(
        {
            "input": ["a", "b"],
            "slices": pa.array([[("lang", "de")], []], pa.map_(pa.string(), pa.string())),
            "metadata": pa.array([{"x": 1, "y": None}, {"x": None, "y": 2}]),
        }
    )
    first, second = read(table).rows
    assert (first.slices, first.metadata) == ({"lang": "de"}, {"x": 1})
    assert (second.slices, second.metadata) == ({}, {"y": 2})


def test_a_text_that_is_a_json_object_is_read_as_in_a_csv() -> None:
    first, second = read([{"input": '{"speed": 5}'}, {"input": "[laughs] hello"}]).rows
    assert (first.input, second.input) == ({"speed": 5}, "[laughs] hello")


def test_what_json_has_no_form_for_is_written_as_people_would() -> None:
    [row] = read(
        [
            {
                "input": "a",
                "metadata": {
                    "day": date(2026, 11, 5),
                    "at": datetime(2026, 11, 5, 12, tzinfo=UTC),
                    "price": Decimal("1.50"),
                    "count": Decimal(3),
                    "took": timedelta(seconds=2),
                },
            }
        ]
    ).rows
    assert row.metadata == {
        "day": "2026-11-05",
        "at": "2026-11-05T12:00:00+00:00",
        "price": 1.5,
        "count": 3,
        "took": 2.0,
    }


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"input": None}, "“input” is missing"),
        ({"input": "\x00"}, "NUL"),
        ({"input": "a", "target": [float("nan")]}, "not finite"),
        ({"input": "a", "metadata": {"sound": b"\x01"}}, "holds bytes"),
        ({"input": "a", "key": "k" * 121}, "longer than 120"),
        ({"input": "a", "attachments": ["x"]}, "SHA-256"),
        ({"input": 3}, "must be a text"),
    ],
)
def test_a_bad_row_is_told_by_its_number_and_the_others_are_kept(bad: dict[str, Any], reason: str) -> None:
    good = dict.fromkeys(bad)
    rows = [bad] if bad.get("input") == 3 else [good | {"input": "first", "key": "first"}, bad]
    found = read(pa.Table.from_pylist([{**dict.fromkeys(bad | {"key": 0}), **row} for row in rows]))
    [problem] = found.problems
    assert problem.line == len(rows) and reason in problem.reason
    assert len(found.rows) == len(rows) - 1


def test_an_unknown_column_is_said_and_left_out() -> None:
    [problem] = read([{"input": "a", "colour": "red"}]).problems
    assert "“colour”" in problem.reason and problem.row_kept


def test_a_key_that_is_there_twice_is_a_problem_of_the_later_row() -> None:
    [problem] = read([{"key": "a", "input": "1"}, {"key": "a", "input": "2"}]).problems
    assert (problem.line, "in line 1" in problem.reason) == (2, True)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"key,input\na,b\n", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_said(data: bytes) -> None:
    found = read_parquet(io.BytesIO(data))
    assert found.stopped and "cannot be read as Parquet" in found.problems[0].reason


def test_a_file_cut_off_anywhere_or_with_broken_bytes_never_raises() -> None:
    data = written([{"input": f"text {number}", "slice.x": "y"} for number in range(500)]).getvalue()
    for place in range(0, len(data), 97):
        assert read_parquet(io.BytesIO(data[:place])).stopped
        broken = read_parquet(io.BytesIO(data[:place] + b"\xff" + data[place + 1 :]))
        assert broken.rows or broken.problems


def test_a_table_without_input_is_refused() -> None:
    assert "no column “input”" in read([{"text": "a"}]).problems[0].reason


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(rows=3), "more than 3 cases"),
        (Limits(file_bytes=50), "larger than 50 bytes"),
        (Limits(row_bytes=20), "longer than 20"),
    ],
)
def test_limits_hold(limits: Limits, reason: str) -> None:
    found = read([{"input": f"a longer text {number}"} for number in range(10)], limits)
    assert any(reason in problem.reason for problem in found.problems)


def test_what_grows_too_large_when_it_is_read_is_stopped() -> None:
    """One long text in a dictionary, pointed to by many rows: a small file that is large in memory."""
    rows = [{"key": str(number), "input": "x" * 50_000} for number in range(200)]
    stream = written(rows, compression="zstd")
    assert len(stream.getvalue()) < 50_000
    found = read_parquet(stream, Limits(file_bytes=100_000))
    assert found.stopped and len(found.rows) <= 3
    assert "the rest was not read" in found.problems[-1].reason


def test_many_row_groups_are_read_in_order() -> None:
    found = read([{"key": f"k{number}", "input": "a"} for number in range(1_000)], row_group_size=70)
    assert [row.key for row in found.rows] == [f"k{number}" for number in range(1_000)]
    assert found.rows[-1].line == 1_000


def test_the_end_of_the_name_says_that_it_is_parquet() -> None:
    assert len(read_cases(written(CASES), "cases.parquet").rows) == 2
