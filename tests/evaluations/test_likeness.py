"""Near doubles are found among ten thousand texts; the oracle compares every pair."""

import random
import time
from itertools import combinations

import pytest
from rapidfuzz import fuzz

from evaluations.likeness import NEAR, input_digest, like, near_pairs

WORDS = [
    "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=3 + seed % 7)) for seed in range(900)
]


def text(seed: int, words: int = 30) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def changed(seed: int, edits: int) -> str:
    """The text with so many of its words replaced."""
    chosen = random.Random(-seed - 1)
    words = text(seed).split()
    for place in chosen.sample(range(len(words)), edits):
        words[place] = chosen.choice(WORDS)
    return " ".join(words)


def pairs(texts: list[str], most: int = 5_000) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in near_pairs([like(one) for one in texts], most=most)}


def test_nearly_every_pair_that_is_alike_is_found_and_none_that_is_not() -> None:
    texts = [version for seed in range(150) for version in (text(seed), changed(seed, 1 + seed % 4))]
    alike = {
        (one, other)
        for one, other in combinations(range(len(texts)), 2)
        if fuzz.ratio(texts[one], texts[other]) >= NEAR
    }
    found = pairs(texts)
    assert found <= alike
    assert len(alike) > 80 and len(found) >= 0.97 * len(alike)


def test_the_same_text_is_no_near_pair() -> None:
    assert pairs([text(1), text(1).upper(), text(1).replace(" ", "  ")]) == set()


def test_short_texts_are_never_near() -> None:
    assert pairs(["call mum now", "call mum not"]) == set()


def test_inputs_that_differ_in_a_number_are_not_near() -> None:
    one = {"note": text(1), "speed": 50}
    assert pairs([one, one | {"speed": 51}, one | {"note": changed(1, 1)}]) == {(0, 2)}  # type: ignore[list-item]


def test_ten_thousand_cases_take_seconds_also_when_all_are_of_one_template() -> None:
    texts = [text(seed, 12) for seed in range(5_000)]
    texts += [
        f"Please tell me, as politely as you can, what the capital of country {n} is." for n in range(5_000)
    ]
    started = time.process_time()
    assert len(near_pairs([like(one) for one in texts])) == 200
    assert time.process_time() - started < 120


@pytest.mark.parametrize("other", ["how  ARE you", " How are you\n"])
def test_capital_letters_and_spaces_make_no_other_input(other: str) -> None:
    assert input_digest({"q": other}) == input_digest({"q": "How are you"})


@pytest.mark.parametrize("other", ["How are you?", ["How are you"], {"q": "How are you"}, None])
def test_anything_else_does(other: object) -> None:
    assert input_digest(other) != input_digest("How are you")
