from typing import Any

import pytest
import sacrebleu

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "chrf"


@pytest.mark.parametrize("word_order", [0, 2])
@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("the cat sat on the mat", ["the cat is on the mat"]),
        ("Donaudampfschiff", ["Dampfschiff", "Donauschiff"]),
        ("猫がいます", ["猫がいる"]),
    ],
)
def test_it_is_sacrebleus_sentence_score(
    grade: Grade, answer: str, right: list[str], word_order: int
) -> None:
    counted = sacrebleu.sentence_chrf(answer, right, word_order=word_order).score / 100
    assert grade(answer, right, word_order=word_order).numerator == pytest.approx(counted, abs=1e-12)


def test_the_same_text_scores_one_and_no_more(grade: Grade) -> None:
    assert grade("Dampfschiff", "Dampfschiff").numerator == 1.0


@pytest.mark.parametrize("answer", ["", "zzz"])
def test_an_answer_that_shares_nothing_scores_zero(grade: Grade, answer: str) -> None:
    assert grade(answer, "mat").numerator == 0.0


def test_the_signature_of_the_count_is_kept(grade: Grade) -> None:
    words = grade("cat", "cat", word_order=2).rationale
    assert words == f"nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:{sacrebleu.__version__}"


def test_an_answer_too_long_to_count_is_unparsed(grade: Grade) -> None:
    assert grade("a" * 200_001, "cat").parsed is False


@pytest.mark.parametrize("target", [None, ""])
def test_a_target_without_text_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable):
        grade("a", target)
