import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.importers.results import PushedError, PushedResult, parse_result, parse_results
from evaluations.scorers import Scored

FULL = {
    "case": "k1",
    "repeat": 2,
    "output": "é",
    "scores": {"exact": 0, "wer": {"num": 2, "den": 14, "label": "x", "rationale": "y"}},
    "error": None,
    "latency_ms": 812,
    "usage": {"input": 10, "output": 20},
}


def test_every_field_of_the_format_is_read() -> None:
    assert parse_result(json.dumps(FULL).encode()) == PushedResult(
        case="k1",
        repeat=2,
        output="é",
        scores={"exact": Scored(0.0), "wer": Scored(2.0, 14.0, "x", "y")},
        latency_ms=812.0,
        usage={"input": 10, "output": 20},
    )


def test_repeat_is_one_when_left_out() -> None:
    assert parse_result(b'{"case": "k", "output": ""}') == PushedResult("k", output="")


def test_an_error_stands_without_output() -> None:
    line = b'{"case": "k", "error": {"class": "infrastructure", "message": "503"}}'
    assert parse_result(line) == PushedResult("k", error=PushedError("infrastructure", "503"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{", "not JSON"),
        (b'{"case": "k", "output": "\xff"}', "not UTF-8"),
        (b'{"case": "k", "output": "a\\u0000"}', "NUL"),
        (b'{"case": "k", "output": "a\x00"}', "not JSON"),
        (b'{"case": "k", "output": "\\ud800"}', "surrogate"),
        (b'{"case": "k", "scores": {"a\\u0000": 1}}', "NUL"),
        (b'{"case": "k", "scores": {"a": NaN}}', "NaN"),
        (b'{"case": "k", "scores": {"a": 1e999}}', "too large"),
        (b'{"case": "k", "scores": {"a": 1' + b"0" * 400 + b"}}", "too large"),
        (b'{"case": "k", "scores": {"a": true}}', "must be a number"),
        (b'{"case": "k", "scores": {"a": {"den": 1}}}', "scores.a.num"),
        (b'{"case": "k", "scores": {"a": {"num": 1, "den": 0}}}', "more than 0"),
        (b'{"case": "k", "scores": {"a": {"num": 1, "of": 2}}}', "only"),
        (b'{"case": "k", "scores": [1]}', "must be an object"),
        (b'{"case": "k"}', "must be there"),
        (b'{"case": "k", "scores": {}}', "must be there"),
        (b'{"case": "", "output": "a"}', "key of a case"),
        (b'{"case": 4, "output": "a"}', "key of a case"),
        (b'{"output": "a"}', "key of a case"),
        (b'{"case": "k", "output": 4}', "“output” must be a text"),
        (b'{"case": "k", "output": "a", "repeat": 0}', "“repeat”"),
        (b'{"case": "k", "output": "a", "repeat": true}', "“repeat”"),
        (b'{"case": "k", "output": "a", "latency_ms": -1}', "0 or more"),
        (b'{"case": "k", "output": "a", "latency_ms": "1"}', "must be a number"),
        (b'{"case": "k", "output": "a", "usage": {"input": 1.5}}', "“usage.input”"),
        (b'{"case": "k", "output": "a", "usage": [1]}', "“usage” must be an object"),
        (b'{"case": "k", "output": "a", "error": {"class": "user"}}', "“error”"),
        (b'{"case": "k", "output": "a", "error": {"class": []}}', "“error”"),
        (b'{"case": "k", "output": "a", "score": 1}', "Unknown field: score"),
        (b'{"case": ' + b"[" * 100_000, "nested too deep"),
        (b'{"case": "k", "output": "' + b"a" * (5 << 20) + b'"}', "longer than"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(line: bytes, says: str) -> None:
    reason = parse_result(line)
    assert isinstance(reason, str) and says in reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FULL, JSON)))
def test_no_line_makes_it_raise(record: dict[str, Any]) -> None:
    assert isinstance(parse_result(json.dumps(record).encode()), str | PushedResult)


def test_lines_are_numbered_and_empty_ones_passed_over() -> None:
    found = list(parse_results([b'{"case": "a", "output": ""}\n', b"\n", b"x"]))
    assert [number for number, _ in found] == [1, 3]
