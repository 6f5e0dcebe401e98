import json
from typing import Any

import pytest
import sacrebleu

from evaluations.scorers import NotScorable
from tests.evaluations.scorers.conftest import Grade

SLUG = "bleu"
SENTENCES = [
    ("the cat sat on the mat", ["the cat is on the mat"]),
    ("It is raining.", ["It rains.", "It is raining!"]),
    ("Das ist ein Test", ["Dies ist ein Test, oder?"]),
    ("short", ["a much longer sentence than the answer is"]),
]


@pytest.mark.parametrize(("answer", "right"), SENTENCES)
@pytest.mark.parametrize("tokenize", ["13a", "intl", "char"])
def test_it_is_sacrebleus_sentence_score(grade: Grade, answer: str, right: list[str], tokenize: str) -> None:
    counted = sacrebleu.sentence_bleu(answer, right, tokenize=tokenize, use_effective_order=True).score / 100
    assert grade(answer, right, tokenize=tokenize).numerator == pytest.approx(counted, abs=1e-12)


def test_the_same_words_score_one_and_no_more(grade: Grade) -> None:
    assert grade("the cat sat on the mat", "the cat sat on the mat").numerator == 1.0


@pytest.mark.parametrize("answer", ["", "   ", "xyz"])
def test_an_answer_that_shares_nothing_scores_zero(grade: Grade, answer: str) -> None:
    assert grade(answer, "the cat is on the mat").numerator == 0.0


def test_the_signature_of_the_count_is_kept(grade: Grade) -> None:
    words = grade("ein Test", ["ein Test", "der Test"], lowercase=True).rationale
    assert words == f"nrefs:2|case:lc|eff:yes|tok:13a|smooth:exp|version:{sacrebleu.__version__}"


def test_the_mean_of_sentences_is_not_the_corpus_score(grade: Grade) -> None:
    answers = [answer for answer, _ in SENTENCES]
    corpus = sacrebleu.corpus_bleu(answers, [[right[0] for _, right in SENTENCES]]).score / 100
    mean = sum(grade(answer, right[0]).numerator for answer, right in SENTENCES) / len(SENTENCES)
    assert abs(mean - corpus) > 0.01


def test_a_field_of_a_json_answer_is_read(grade: Grade) -> None:
    answer = json.dumps({"translation": "the cat"})
    assert grade(answer, {"translation": "the cat"}, field="translation").numerator == 1.0
    assert grade("no JSON", {"translation": "the cat"}, field="translation").parsed is False


@pytest.mark.parametrize("target", [None, "", [], "x" * 200_001])
def test_a_target_without_text_is_missing(grade: Grade, target: Any) -> None:
    with pytest.raises(NotScorable):
        grade("a", target)
