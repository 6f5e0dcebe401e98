import io
import json
from typing import Any

import pytest

from evaluations.importers import CaseFile, Limits, read_jsonl


def read(*records: Any, **limits: int) -> CaseFile:
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    return read_jsonl(io.BytesIO(b"\n".join(lines)), Limits(**limits))


def test_every_field_of_the_format_is_read() -> None:
    talk = [{"role": "user", "content": "Hi"}]
    found = read(
        {
            "key": "k",
            "input": talk,
            "target": {"label": 4},
            "slices": {"lang": "de", "long": True, "year": 2024},
            "cluster": "doc 1",
            "metadata": {"source": {"page": 3}},
            "attachments": ["ab" * 32],
        }
    )
    [row] = found.rows
    assert (row.key, row.input, row.target, row.cluster) == ("k", talk, {"label": 4}, "doc 1")
    assert row.slices == {"lang": "de", "long": "true", "year": "2024"}
    assert (row.metadata, row.attachments) == ({"source": {"page": 3}}, ("ab" * 32,))


def test_id_is_taken_for_key() -> None:
    assert [row.key for row in read({"id": "a", "input": "x"}, {"id": 7, "input": "y"}).rows] == ["a", "7"]


def test_empty_lines_are_passed_over() -> None:
    assert [row.line for row in read({"input": "a"}, b"", b"  ", {"input": "b"}).rows] == [1, 4]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(read(b'\xef\xbb\xbf{"input": "a"}').rows) == 1


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"input": "\xff"}', "not UTF-8"),
        (b'{"input": "a", "target": NaN}', "NaN"),
        (b'{"input": "a\\u0000"}', "NUL"),
        (b'{"input": "\\ud800"}', "surrogate"),
        (b'{"input": "a", "input": "b"}', "same key twice"),
        (b'{"input": ' + b"9" * 2000 + b"}", "too large"),
        (b'{"input": ' + b"[" * 50_000, "nested"),
        ({"target": "a"}, "“input” is missing"),
        ({"input": ""}, "“input” is missing or empty"),
        ({"input": 4}, "must be a text"),
        ({"input": "a", "slices": ["de"]}, "“slices” must be an object"),
        ({"input": "a", "slices": {"lang": ["de"]}}, "“slices.lang” must be a text"),
        ({"input": "a", "key": ["k"]}, "“key” must be a text"),
        ({"input": "a", "key": "k", "id": "j"}, "differ"),
        ({"input": "a", "key": "a\nb"}, "cannot be seen"),
        ({"input": "a", "attachments": "x"}, "list of SHA-256 hashes"),
        ({"input": "a", "attachments": ["../a.wav"]}, "no file “../a.wav” with these cases"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(record: Any, says: str) -> None:
    found = read({"input": "good"}, record, {"input": "also good"})
    [problem] = found.problems
    assert problem.line == 2 and says in problem.reason
    assert [row.input for row in found.rows] == ["good", "also good"]


def test_a_json_list_is_refused_once() -> None:
    found = read(b"[", b'{"input": "a"},', b"]")
    assert found.stopped and "one object a line" in found.problems[0].reason


def test_an_unknown_field_is_named_once_and_the_rows_are_kept() -> None:
    found = read({"input": "a", "targt": 1}, {"input": "b", "targt": 2})
    assert len(found.rows) == 2
    assert [(problem.line, problem.row_kept) for problem in found.problems] == [(1, True)]


def test_a_case_pasted_twice_is_said_to_be_there_already() -> None:
    found = read({"input": "a", "target": 1}, {"target": 1.0, "input": "a"})
    assert len(found.rows) == 1 and "in line 1" in found.problems[0].reason


def test_reading_stops_at_the_number_of_rows() -> None:
    found = read(*({"input": str(n)} for n in range(20)), rows=5)
    assert found.stopped and len(found.rows) == 5
