import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.scorers import CaseView, Output, get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "cer"


@pytest.mark.parametrize(
    ("heard", "said", "errors", "characters"),
    [
        ("今天天气很好", "今天天气很好", 0, 6),
        ("今天天很好", "今天天气很好", 1, 6),
        ("light", "night", 1, 5),
        ("a b", "ab", 1, 2),
        ("Ab!", "ab", 0, 2),
        ("", "ab", 2, 2),
        ("abcdef", "a", 5, 1),
    ],
)
def test_characters_are_counted_after_normalisation(
    grade: Grade, heard: str, said: str, errors: int, characters: int
) -> None:
    scored = grade(heard, said)
    assert (scored.numerator, scored.denominator) == (errors, characters)


@given(st.text("abc d", min_size=1), st.text("abc d"))
def test_the_rate_is_that_of_jiwer(said: str, heard: str) -> None:
    said, heard = " ".join(said.split()) or "a", " ".join(heard.split())
    scored = get_scorer("cer").score(Output(heard), said, CaseView("c", target=said), {})
    assert scored.numerator / scored.denominator == pytest.approx(jiwer.cer(said, heard))


def test_a_model_error_leaves_every_character_out(grade: Grade) -> None:
    scored = grade("x", "abc", error_class="malformed")
    assert (scored.numerator, scored.denominator) == (3, 3)
