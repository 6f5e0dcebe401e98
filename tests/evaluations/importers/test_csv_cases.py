import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.exporters import csv_rows
from evaluations.importers import CaseFile, Limits, read_cases, read_csv


def read(text: str | bytes, **limits: int) -> CaseFile:
    content = text.encode() if isinstance(text, str) else text
    return read_csv(io.BytesIO(content), Limits(**limits))


def reasons(found: CaseFile) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in found.problems]


def test_every_column_of_the_format_is_read() -> None:
    found = read("key,input,target,cluster,slice.lang,meta.source\nk1, Hallo ,de,doc 1,de,forum\n")
    [row] = found.rows
    assert (row.key, row.input, row.target, row.cluster, row.line) == ("k1", " Hallo ", "de", "doc 1", 2)
    assert (row.slices, row.metadata) == ({"lang": "de"}, {"source": "forum"})
    assert found.problems == () and not found.stopped


def test_json_objects_and_lists_in_cells_are_read() -> None:
    found = read('input,target\n"{""speed"": 90}","[1, 2]"\n[laughs] hello,{name}\n007,1\n')
    assert [row.input for row in found.rows] == [{"speed": 90}, "[laughs] hello", "007"]
    assert [row.target for row in found.rows] == [[1, 2], "{name}", "1"]


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    found = read('input,target\n"two\nlines",a\n\nb,c,d\n')
    assert found.rows[0].input == "two\nlines"
    assert reasons(found) == [(5, "The row has 3 cells and the header 2.")]


def test_a_byte_order_mark_and_semicolons_from_a_spreadsheet_are_fine() -> None:
    found = read(b"\xef\xbb\xbfkey;input;target\r\nk;a,b;c\r\n")
    assert [(row.key, row.input) for row in found.rows] == [("k", "a,b")]


def test_a_key_is_made_from_the_content_and_stays_the_same() -> None:
    first, again = read("input,target\na,b\n"), read("target,input\nb,a\n")
    assert first.rows[0].key == again.rows[0].key != read("input\na\n").rows[0].key


def test_a_key_that_is_there_twice_is_a_problem_of_the_later_line() -> None:
    found = read("key,input\nk,a\nk,b\n")
    assert len(found.rows) == 1
    assert reasons(found) == [(3, "The key “k” is there already, in line 2.")]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"key,target\na,b\n", 1, "no column “input”"),
        (b"input,input\na,b\n", 1, "twice"),
        (b"\xff\xfei\x00n\x00", 0, "UTF-16"),
        (b"PK\x03\x04zip", 0, "compressed"),
        (b"", 0, "no case"),
        (b"input\n", 0, "no case"),
        (b"input\n\xe9t\xe9\n", 2, "not UTF-8"),
        (b"input\na\x00b\n", 2, "NUL"),
        (b"input,target\n,b\n", 2, "“input” is empty"),
        (b'input\n"{""a"": NaN}"\n', 2, "NaN"),
        (b'input\n"{""a"": ""\\u0000""}"\n', 2, "NUL"),
        (b"input\n" + b"[" * 30 + b"]" * 30 + b"\n", 2, "nested too deep"),
        (b'input\n"open\nnever\n', 2, "never closed"),
        (b'input\n"a"b\n', 2, "quotation marks"),
        (b"input\na\rb\rc\n", 2, "CSV UTF-8"),
        (b"key,input\n" + b"k" * 121 + b",a\n", 2, "longer than 120"),
        (b"input,cluster\na," + b"c" * 201 + b"\n", 2, "cluster is longer than 200"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content: bytes, line: int, says: str) -> None:
    found = read(content)
    [problem] = found.problems
    assert problem.line == line and says in problem.reason and not problem.row_kept


def test_a_bad_row_does_not_take_others_with_it() -> None:
    found = read(b'input\ngood\n"bad"x\n\xff\nalso good\n')
    assert [row.input for row in found.rows] == ["good", "also good"]
    assert [problem.line for problem in found.problems] == [3, 4]


def test_an_unknown_column_is_named_and_the_rows_are_kept() -> None:
    found = read("input,langauge\na,de\n")
    assert len(found.rows) == 1
    assert found.problems[0].row_kept and "“langauge”" in found.problems[0].reason


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"rows": 10}, "more than 10 cases"),
        ({"file_bytes": 100}, "larger than 100 bytes"),
        ({"row_bytes": 4}, "longer than 4 bytes"),
    ],
)
def test_reading_stops_at_a_limit(limits: dict[str, int], says: str) -> None:
    found = read("input\n" + "\n".join(f"case {n}" for n in range(100)), **limits)
    assert found.stopped and says in found.problems[-1].reason
    assert len(found.rows) <= 15


def test_reading_stops_when_nothing_fits() -> None:
    found = read("input\n" + "a,b\n" * 100, problems=10)
    assert found.stopped and len(found.problems) == 11


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    for name in ("a.csv", "a.jsonl"):
        found = read_cases(io.BytesIO(b"input\n" + content), name)
        assert len(found.rows) + len(found.problems) >= 1


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5, unique=True))
def test_texts_come_back_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    safe = [(f"in: {a}.", f"out: {b}.") for a, b in pairs]
    text = "".join(csv_rows({"input": a, "target": b} for a, b in safe))
    assert [(row.input, row.target) for row in read(text).rows] == safe


def test_a_file_of_another_kind_is_refused_in_a_sentence() -> None:
    found = read_cases(io.BytesIO(b""), "cases.xlsx")
    assert found.stopped and ".xlsx cannot be read; use .csv, .jsonl or .parquet" in found.problems[0].reason


def test_a_large_file_is_read_within_its_time() -> None:
    content = "key,input,target\n" + "".join(f"k{n},{json.dumps('text')},b\n" for n in range(20_000))
    assert len(read(content).rows) == 20_000
