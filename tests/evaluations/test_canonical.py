import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.canonical import (
    CanonicalError,
    JsonRefused,
    canonical_json,
    parse_json,
    sha256_of,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def test_keys_are_sorted_as_rfc_8785_sorts_them() -> None:
    """The example of RFC 8785, section 3.2.3."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = list(json.loads(canonical_json(dict.fromkeys(names))))
    assert ordered == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_the_form_has_no_spaces_and_escapes_nothing_it_need_not() -> None:
    assert canonical_json({"b": [1.0, True, None], "a": "é\n\"'"}) == '{"a":"é\\n\\"\'","b":[1,true,null]}'


@settings(deadline=None)
@given(JSON)
def test_reading_the_canonical_form_gives_the_same_form(value: Any) -> None:
    text = canonical_json(value)
    assert canonical_json(parse_json(text)) == text


def test_a_whole_float_and_the_integer_are_one_value() -> None:
    assert sha256_of({"x": 1.0}) == sha256_of({"x": 1}) != sha256_of({"x": "1"})
    assert canonical_json(-0.0) == "0"


def test_the_order_of_keys_does_not_change_the_hash() -> None:
    assert sha256_of({"a": 1, "b": 2}) == sha256_of({"b": 2, "a": 1})


def test_the_hash_is_the_one_of_the_text() -> None:
    assert sha256_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert sha256_of(b"{}") == sha256_of({})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": [float("nan")]}, r"value\.a\[0\] is nan"),
        (float("inf"), "is inf"),
        ({"a": "\x00"}, "NUL"),
        ({"\x00": 1}, "NUL"),
        ("\ud800", "surrogate"),
        ({1: 2}, "not text"),
        ({"a": {1}}, "set"),
        (10**2000, "bits"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, says: str) -> None:
    with pytest.raises(CanonicalError, match=says):
        canonical_json(value)


def test_endless_nesting_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(CanonicalError, match="levels deep"):
        canonical_json(value)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        '{"a": Infinity}',
        "1e999",
        '"\\u0000"',
        '{"\\u0000": 1}',
        '"\\ud800"',
        '{"a":1,"a":2}',
        "9" * 5000,
    ]
    + ["[" * 100 + "]" * 100, "[" * 200_000],
)
def test_reading_refuses_what_cannot_be_stored(text: str) -> None:
    with pytest.raises(JsonRefused):
        parse_json(text)


def test_text_that_is_no_json_is_an_ordinary_value_error() -> None:
    with pytest.raises(ValueError, match="Expecting") as caught:
        parse_json("hello")
    assert not isinstance(caught.value, JsonRefused)
