"""Runs that stop once they are settled: what they did not ask is not missing, and their ranges hold at every look."""

from dataclasses import replace

import numpy as np
import pytest

from evaluations.statistics import (
    Kind,
    Outcome,
    Reach,
    Reason,
    Rule,
    Samples,
    against_every,
    against_rival,
    against_threshold,
    estimate,
    pass_all,
    plain,
    sentence,
    sequence_rate,
    stop_sentences,
)
from evaluations.statistics.wording import RATE

TARGET = Rule(threshold=0.9)


def stopped(samples: Samples, after: int, looks: int = 3) -> Samples:
    """The same run, had it stopped after so many items."""
    asked = np.arange(len(samples.items)) < after
    values = np.where(asked[:, None], samples.numerators, np.nan)
    return replace(samples, numerators=values, asked=asked, looks=looks)


def scores(right: int, wrong: int) -> Samples:
    return plain([1.0] * right + [0.0] * wrong)


def test_what_was_not_needed_is_not_missing() -> None:
    result = against_threshold(stopped(scores(1000, 0), 240), TARGET)
    assert (result.outcome, result.n, result.missing, result.missing_share) == (Outcome.MET, 240, 0, 0.0)
    assert (result.method, result.looks) == ("beta-binomial-sequence/1", 3)
    assert result.interval and result.interval.low == sequence_rate(240, 240).low


def test_what_was_asked_and_broke_is_missing() -> None:
    lost = stopped(plain([1.0] * 220 + [np.nan] * 20 + [1.0] * 760), 240)
    result = against_threshold(lost, TARGET)
    assert (result.outcome, result.reason, result.missing) == (Outcome.INCONCLUSIVE, Reason.ERRORS, 20)
    few = stopped(plain([1.0] * 238 + [np.nan] * 2 + [1.0] * 760), 240)
    assert (against_threshold(few, TARGET).outcome, against_threshold(few, TARGET).missing) == (
        Outcome.MET,
        2,
    )


def test_a_run_that_might_have_stopped_is_judged_at_every_look_even_when_it_did_not() -> None:
    whole = replace(scores(285, 15), looks=14)
    assert against_threshold(scores(285, 15), Rule(threshold=0.915)).outcome is Outcome.MET
    watched = against_threshold(whole, Rule(threshold=0.915))
    assert (watched.outcome, watched.needed_n, watched.mde) == (Outcome.INCONCLUSIVE, None, None)
    assert "plausible range that holds however often one looks" in sentence(watched)


def test_what_needs_every_case_says_so_after_a_stop_and_stands_without_one() -> None:
    here = Rule(threshold=0.5, reach=Reach.THESE_ITEMS)
    tries = plain(np.tile([[1.0, 1.0], [1.0, 0.0]], (50, 1)))
    assert against_threshold(replace(tries, looks=2), here).outcome is Outcome.MET
    result = against_threshold(stopped(tries, 60), here)
    assert (result.outcome, result.reason) == (Outcome.INCONCLUSIVE, Reason.NOT_ALL_ASKED)
    assert "ask the rest" in sentence(result)
    assert pass_all(stopped(scores(100, 0), 60), 1).reason is Reason.NOT_ALL_ASKED
    assert pass_all(stopped(plain([0.0] + [1.0] * 99), 60), 1).outcome is Outcome.NOT_MET


def test_no_error_at_all_is_told_once_every_case_was_asked_and_says_why_not_before() -> None:
    """Errors per word have no upper bound: no number of clean cases bounds their mean, so no look may settle it."""
    rule = Rule(threshold=0.05)
    whole = replace(
        plain([0.0] * 200, kind=Kind.RATIO), denominators=np.full((200, 1), 10.0), higher_is_better=False
    )
    watched, never = against_threshold(replace(whole, looks=9), rule), against_threshold(whole, rule)
    assert (watched.outcome, watched.interval) == (Outcome.MET, never.interval)
    early = against_threshold(stopped(whole, 150), rule)
    assert (early.outcome, early.reason, early.interval) == (
        Outcome.INCONCLUSIVE,
        Reason.NOT_ALL_ASKED,
        None,
    )
    assert "no error in 150 cases" in sentence(early) and "any number of errors" in sentence(early)


def test_two_runs_are_paired_on_what_both_were_asked() -> None:
    ours, theirs = stopped(scores(900, 100), 300), plain([0.0, 1.0] * 500)
    result = against_rival(ours, theirs, Rule())
    assert (result.outcome, result.n, result.missing, result.missing_share) == (Outcome.MET, 300, 0, 0.0)
    assert (result.method, result.needed_n) == ("normal-mixture-sequence/1", None)
    assert "however often one looks, n 300" in sentence(result)
    every = against_every(ours, [theirs, theirs], Rule())
    assert (every.outcome, every.n) == (Outcome.MET, 300)


def test_a_few_pairs_that_differ_are_bounded_exactly() -> None:
    ours = stopped(plain([1.0] * 1000), 300)
    theirs = plain([0.0] + [1.0] * 999)
    result = against_rival(ours, theirs, Rule(margin=-0.05))
    assert (result.outcome, result.method) == (Outcome.MET, "beta-binomial-pairs-sequence/1")
    one, none = (sequence_rate(k, 300, 0.975) for k in (1, 0))
    assert result.interval and result.interval.low == one.low - none.high
    assert result.p is not None and result.p > 0.05


def test_means_wait_for_thirty_sources() -> None:
    marks = plain(np.linspace(0.8, 1.0, 400), kind=Kind.BOUNDED)
    assert against_threshold(stopped(marks, 20), Rule(threshold=0.1)).reason is Reason.SMALL_N
    assert estimate(stopped(marks, 40)).method == "normal-mixture-sequence/1"


def first_word(stream: Samples, rule: Rule) -> Outcome:
    """What is said by who looks every 20 items and stops at the first word."""
    for n in range(20, len(stream.items) + 1, 20):
        outcome = against_threshold(stopped(stream, n), rule).outcome
        if outcome is not Outcome.INCONCLUSIVE:
            return outcome
    return Outcome.INCONCLUSIVE


@pytest.mark.parametrize("kind", ["rates", "marks", "clusters"])
def test_looking_every_twenty_items_is_seldom_wrong_on_the_border(kind: str) -> None:
    """200 streams whose truth is the target: of 2.5 % a side 5 may be wrong; more than 11 are beyond chance."""
    random = np.random.default_rng(15)
    said = [first_word(_stream(kind, random), Rule(threshold=0.8)) for _ in range(200)]
    assert said.count(Outcome.MET) <= 11
    assert said.count(Outcome.NOT_MET) <= 11
    assert said.count(Outcome.INCONCLUSIVE) >= 180


def _stream(kind: str, random: np.random.Generator) -> Samples:
    if kind == "rates":
        return plain((random.random(240) < 0.8).astype(float))
    if kind == "marks":
        return plain(random.beta(4, 1, 400), kind=Kind.BOUNDED)
    groups = np.repeat(random.beta(8, 2, 100), 4)
    names = [str(place // 4) for place in range(400)]
    return plain((random.random(400) < groups).astype(float), clusters=names)


def test_what_stopping_was_worth_is_said_in_words() -> None:
    assert (
        stop_sentences.stopped(240, 1000, 760, "$3.10")
        == "Settled after 240 of 1,000 cases; 760 calls not needed, about $3.10 saved."
    )
    assert stop_sentences.stopped(19, 20, 1) == "Settled after 19 of 20 cases; 1 call not needed."
    assert stop_sentences.beside("ours@2", 240, 1000) == (
        "ours@2 stopped early when its targets were settled: 240 of 1,000 cases asked."
    )


@pytest.mark.parametrize(
    ("right", "wrong", "higher", "said"),
    [(57, 3, True, "too far to call it met"), (53, 7, True, "too far to call it not met"),
     (57, 3, False, "too far to call it not met"), (600, 0, True, "")],
)  # fmt: skip
def test_an_open_target_says_how_far_it_is_from_settled(
    right: int, wrong: int, higher: bool, said: str
) -> None:
    samples = replace(scores(right, wrong), looks=1, higher_is_better=higher)
    result = against_threshold(samples, Rule(threshold=0.9))
    assert said in stop_sentences.short_of(result, RATE)
