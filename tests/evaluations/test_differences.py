from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.differences import MAX_EDITS, word_diff

TEXT = st.text(max_size=60) | st.text(alphabet="ab ,", max_size=40)


def test_words_that_changed_are_shown() -> None:
    changes = word_diff("a rate of 88 %", "a rate of 90 %")
    assert [tuple(change) for change in changes] == [
        ("=", "a rate of"),
        ("-", " 88"),
        ("+", " 90"),
        ("=", " %"),
    ]


def test_what_is_gone_comes_before_what_is_new() -> None:
    assert [change.op for change in word_diff("one two three four", "one 2 3 four")] == ["=", "-", "+", "="]


def test_the_shortest_edit_is_found() -> None:
    """The example of Myers 1986: ABCABBA to CBABAC takes five edits."""
    changes = word_diff(" A B C A B B A", " C B A B A C")
    assert sum(len(change.text.split()) for change in changes if change.op != "=") == 5


@settings(deadline=None)
@given(TEXT, TEXT)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    changes = word_diff(before, after)
    assert "".join(text for op, text in changes if op != "+") == before
    assert "".join(text for op, text in changes if op != "-") == after


@settings(deadline=None)
@given(TEXT)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert [change.op for change in word_diff(text, text)] == (["="] if text else [])


@pytest.mark.parametrize("after", ["b " * 20_000, "a b " * 10_000, "".join(f"{n} " for n in range(20_000))])
def test_very_different_long_texts_take_no_long_time(after: str) -> None:
    start = process_time()
    changes = word_diff("first " + "a " * 20_000, "first " + after)
    assert changes[0].text.startswith("first") and process_time() - start < 60


def test_past_the_most_edits_the_middle_counts_as_changed() -> None:
    before = " ".join(str(number) for number in range(MAX_EDITS))
    after = " ".join(f"x{number}" for number in range(MAX_EDITS))
    assert [change.op for change in word_diff(f"in {before} out", f"in {after} out")] == ["=", "-", "+", "="]
