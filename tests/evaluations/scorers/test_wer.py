from typing import Any

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer, measure_of
from tests.evaluations.scorers.conftest import Grade

SLUG = "wer"
TEXTS = st.lists(st.sampled_from(["go", "stop", "left", "right", "now"]), min_size=1, max_size=12).map(
    " ".join
)


@pytest.mark.parametrize(
    ("heard", "said", "config", "errors", "words"),
    [
        ("turn on the light", "turn on the light", {}, 0, 4),
        ("Turn on the light!", "turn on, the light", {}, 0, 4),
        ("Turn on the light", "turn on the light", {"lower_case": False}, 1, 4),
        ("turn on the light.", "turn on the light", {"drop_punctuation": False}, 1, 4),
        ("turn of light", "turn on the light", {}, 2, 4),
        ("a b c d e", "a", {}, 4, 1),
        ("", "turn on the light", {}, 4, 4),
        ("dont", "don't", {}, 1, 1),
        ("don’t", "don't", {}, 0, 1),
        ("well known", "well-known", {}, 0, 2),
        ("at 7:30 for 3.50", "At 7:30, for 3.50.", {}, 0, 4),
        ("five", "5", {}, 1, 1),
        ("cafe\u0301", "café", {}, 0, 1),
        ("colour red", ["color red", "colour red"], {}, 0, 2),
        ("a b", ["x y z", "a c"], {}, 1, 2),
    ],
)
def test_errors_and_words_are_counted_apart(
    grade: Grade, heard: str, said: Any, config: dict[str, Any], errors: int, words: int
) -> None:
    scored = grade(heard, said, **config)
    assert (scored.numerator, scored.denominator) == (errors, words)


@given(TEXTS, TEXTS)
def test_the_rate_is_that_of_jiwer(said: str, heard: str) -> None:
    scored = get_scorer("wer").score(Output(heard), said, CaseView("c", target=said), {})
    assert scored.numerator / scored.denominator == pytest.approx(jiwer.wer(said, heard))


@pytest.mark.parametrize(
    ("heard", "label", "rationale"),
    [
        ("turn on the line", "1 wrong, 0 left out, 0 added", "“light” heard as “line”"),
        ("turn the light", "0 wrong, 1 left out, 0 added", "“on” left out"),
        ("turn on the light now", "0 wrong, 0 left out, 1 added", "“now” added"),
        ("turn on the light", "", ""),
    ],
)
def test_what_was_heard_instead_is_named(grade: Grade, heard: str, label: str, rationale: str) -> None:
    scored = grade(heard, "turn on the light")
    assert (scored.label, scored.rationale) == (label, rationale)


def test_a_model_error_heard_nothing_and_says_so(grade: Grade) -> None:
    scored = grade("", "turn on the light", error_class="refusal")
    assert (scored.numerator, scored.denominator, scored.label) == (4, 4, "refusal")


def test_an_answer_that_is_no_json_counts_as_unread(grade: Grade) -> None:
    scored = grade("turn on the light", "turn on the light", field="text")
    assert (scored.numerator, scored.denominator, scored.parsed) == (4, 4, False)


def test_a_target_without_words_is_nobodys_fault(grade: Grade) -> None:
    with pytest.raises(NotScorable, match="holds no word"):
        grade("hello", "…")
    with pytest.raises(NotScorable, match="no target"):
        grade("hello", "")


def test_a_runaway_answer_counts_the_most_errors_there_can_be(grade: Grade) -> None:
    scored = grade("so " * 30_000, "turn on the light")
    assert (scored.numerator, scored.denominator) == (30_000, 4)


def test_fewer_errors_are_better_and_words_are_summed() -> None:
    measure = measure_of("wer", {"pass_mark": 0.1})
    assert (measure.direction, measure.kind, measure.pass_mark) == ("lower", "ratio", 0.1)
