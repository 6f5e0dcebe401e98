"""The words a reader gets, outcome by outcome."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from evaluations.models import ScorerVersion
from evaluations.statistics import (
    Claim,
    Counts,
    Estimate,
    Floats,
    Interval,
    Kind,
    Outcome,
    Reason,
    Result,
    Rule,
    Trend,
    Unit,
    against_rival,
    against_threshold,
    allowance,
    estimate,
    plain,
    sentence,
    shown,
    trade_off,
)

MET = Result(
    outcome=Outcome.MET,
    reason=Reason.NONE,
    method="clopper-pearson/1",
    claim=Claim.THRESHOLD,
    point=0.93,
    interval=Interval(0.904, 0.949, 0.95),
    n=600,
    clusters=600,
    target=0.9,
)
RIVAL = replace(
    MET, claim=Claim.RIVAL, point=0.012, interval=Interval(-0.009, 0.033, 0.95), n=1025, target=0.0
)
OPEN = replace(MET, outcome=Outcome.INCONCLUSIVE, reason=Reason.STRADDLES, lean="yes", needed_n=840)
FACTS = "point 93.0 %, n 600, 95 % plausible range 90.4–94.9"


def blocked(reason: Reason, missing_share: float = 0.0) -> Result:
    return replace(OPEN, reason=reason, missing_share=missing_share)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (MET, f"Met: at least 90.4 % even at the pessimistic end ({FACTS})."),
        (
            replace(MET, these_items_only=True),
            f"Met on these cases only: at least 90.4 % even at the pessimistic end ({FACTS}).",
        ),
        (
            replace(MET, outcome=Outcome.NOT_MET, target=0.96),
            f"Not met: at most 94.9 % even at the optimistic end, below the target of 96 % ({FACTS}).",
        ),
        (
            replace(MET, higher_is_better=False, target=0.95),
            f"Met: at most 94.9 % even at the pessimistic end ({FACTS}).",
        ),
        (
            replace(MET, higher_is_better=False, outcome=Outcome.NOT_MET, target=0.9),
            f"Not met: at least 90.4 % even at the optimistic end, above the target of 90 % ({FACTS}).",
        ),
        (
            OPEN,
            "Not proven yet, leaning yes: about 240 more cases would settle it if the true rate is what we saw"
            f" ({FACTS}, target 90 %).",
        ),
        (
            replace(OPEN, lean="", needed_n=None, never_settles=True),
            "Not proven yet: no number of cases will settle this while the true value lies on the target"
            f" ({FACTS}, target 90 %).",
        ),
        (
            replace(OPEN, repeats=4),
            "Not proven yet, leaning yes: about 240 more cases, not more tries of the same ones, would settle it"
            f" if the true rate is what we saw ({FACTS}, target 90 %).",
        ),
        (
            blocked(Reason.SMALL_N),
            "Not proven yet, leaning yes: 600 cases are too few; about 840 in all would do if the true value is"
            " what we saw.",
        ),
        (
            blocked(Reason.ONE_CLUSTER),
            "Not proven yet, leaning yes: all 600 cases come from one source, which says nothing about others.",
        ),
        (
            blocked(Reason.ERRORS, missing_share=0.109),
            "Not proven yet, leaning yes: 10.9 % of the tries are missing, too many for an answer; run the missing cases"
            " again.",
        ),
        (
            blocked(Reason.ERRORS, missing_share=0.0503),
            "Not proven yet, leaning yes: 5.03 % of the tries are missing, too many for an answer; run the missing cases"
            " again.",
        ),
        (
            blocked(Reason.ONE_EPOCH),
            "Not proven yet, leaning yes: the cases were tried too few times (1 so far); repeat them.",
        ),
        (
            blocked(Reason.ZERO_VARIANCE),
            "Not proven yet, leaning yes: all 600 cases gave the same value, so how much it varies is unknown.",
        ),
        (
            blocked(Reason.PENDING_CONFIRMATION),
            "Not proven yet: this run disagrees with the standing verdict, which changes once a second run agrees.",
        ),
        (
            blocked(Reason.NOT_COMPARABLE),
            "Not comparable: the two sides were not measured in the same way.",
        ),
        (
            replace(MET, outcome=Outcome.NO_DATA, point=None, interval=None, n=0),
            "No data: nothing has been scored.",
        ),
        (
            replace(MET, outcome=Outcome.NO_DATA, reason=Reason.ALL_ERRORED, n=0, missing=50),
            "No data: all 50 cases ended in errors; run them again.",
        ),
        (
            replace(MET, claim=Claim.PASS_ALL, n=40, repeats=3, these_items_only=True),
            "Met on these cases only: each of 40 was right in all 3 tries.",
        ),
        (
            replace(MET, claim=Claim.PASS_ALL, n=40, repeats=3, point=0.95, outcome=Outcome.NOT_MET),
            "Not met on these cases only: 2 of 40 were not right in all 3 tries.",
        ),
    ],
)
def test_one_sentence_for_each_outcome_against_a_target(result: Result, words: str) -> None:
    assert sentence(result) == words


SEEN = "+1.2 points (−0.9 to +3.3, n 1,025)"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (replace(RIVAL, outcome=Outcome.INCONCLUSIVE), f"Not distinguishable from Rival X: {SEEN}."),
        (
            replace(RIVAL, outcome=Outcome.INCONCLUSIVE, target=0.03, lean="no", needed_n=3925),
            f"Not proven yet, leaning no, that we lead Rival X by at least 3 points: {SEEN}; about 2,900 more cases"
            " would settle it if the true gap is what we saw.",
        ),
        (RIVAL, f"Ahead of Rival X: {SEEN}."),
        (replace(RIVAL, target=0.01), f"Leads Rival X by at least 1 point: {SEEN}."),
        (replace(RIVAL, target=-0.02), f"No more than 2 points worse than Rival X: {SEEN}."),
        (replace(RIVAL, outcome=Outcome.NOT_MET), f"Behind Rival X: {SEEN}."),
        (replace(RIVAL, outcome=Outcome.NOT_MET, target=0.03), f"Does not lead Rival X by 3 points: {SEEN}."),
        (
            replace(RIVAL, outcome=Outcome.NOT_MET, target=-0.03),
            f"More than 3 points worse than Rival X: {SEEN}.",
        ),
        (
            replace(RIVAL, claim=Claim.EQUIVALENCE, target=0.05),
            f"Practically equal to Rival X, within 5 points either way: {SEEN}.",
        ),
        (
            replace(RIVAL, claim=Claim.EVERY, lines=(RIVAL, RIVAL)),
            f"Ahead of every rival (2 of 2): closest gap {SEEN}.",
        ),
        (
            replace(RIVAL, claim=Claim.ANY, lines=(RIVAL, RIVAL), target=0.01),
            f"Leads at least one rival by at least 1 point (2 of 2): widest gap {SEEN}.",
        ),
        (replace(RIVAL, claim=Claim.EARLIER, trend=Trend.IMPROVED), f"Improved on Rival X: {SEEN}."),
        (
            replace(RIVAL, claim=Claim.EARLIER, trend=Trend.NO_WORSE, target=-0.01),
            f"No worse than Rival X, within the tolerance of 1 point: {SEEN}.",
        ),
        (
            replace(RIVAL, claim=Claim.EARLIER, trend=Trend.WITHIN_TOLERANCE, target=-0.01),
            f"Slightly worse than Rival X, within the tolerance of 1 point: {SEEN}.",
        ),
        (replace(RIVAL, claim=Claim.EARLIER, trend=Trend.REGRESSED), f"Regressed against Rival X: {SEEN}."),
        (
            replace(RIVAL, claim=Claim.EARLIER, trend=Trend.UNKNOWN, outcome=Outcome.INCONCLUSIVE),
            f"Not known yet whether it got worse than Rival X: {SEEN}.",
        ),
    ],
)
def test_one_sentence_for_each_outcome_of_a_comparison(result: Result, words: str) -> None:
    assert sentence(result, other="Rival X") == words


@pytest.mark.parametrize(
    ("claim", "margin", "words"),
    [
        (Claim.EVERY, 0.0, "Not ahead of every rival (1 of 2)"),
        (Claim.EVERY, 0.03, "Does not lead every rival by 3 points (1 of 2)"),
        (Claim.EVERY, -0.03, "More than 3 points worse than a rival (1 of 2)"),
        (Claim.ANY, 0.0, "Ahead of no rival (1 of 2)"),
        (Claim.ANY, 0.03, "Leads no rival by 3 points (1 of 2)"),
        (Claim.ANY, -0.03, "More than 3 points worse than every rival (1 of 2)"),
    ],
)
def test_a_miss_against_a_set_of_rivals_reads_as_a_sentence(claim: Claim, margin: float, words: str) -> None:
    lines = (RIVAL, replace(RIVAL, outcome=Outcome.NOT_MET))
    result = replace(RIVAL, claim=claim, outcome=Outcome.NOT_MET, lines=lines, target=margin)
    assert sentence(result, other="").startswith(f"{words}: ")


def test_other_units_follow_their_number() -> None:
    cost = replace(
        MET,
        higher_is_better=False,
        point=0.009018,
        interval=Interval(0.007544, 0.009492, 0.9),
        target=0.01,
    )
    assert sentence(cost, Unit(rate=False, text="USD", cases="requests")) == (
        "Met: at most 0.00949 USD even at the pessimistic end"
        " (point 0.00902 USD, n 600, 90 % plausible range 0.00754–0.00949)."
    )


def test_a_share_names_its_limit() -> None:
    share = replace(MET, claim=Claim.SHARE, limit=1200.0)
    assert sentence(share, Unit(limit_text="ms")) == (
        f"Met: at least 90.4 % of requests take 1,200 ms or less, even at the pessimistic end ({FACTS})."
    )


def test_a_fine_target_is_shown_with_its_digits() -> None:
    result = replace(MET, point=0.99972, interval=Interval(0.99951, 0.99985, 0.95), target=0.9995)
    assert "at least 99.95 %" in sentence(result)


def test_the_direction_is_told_where_lower_is_better() -> None:
    result = replace(RIVAL, point=-0.02, interval=Interval(-0.031, -0.009, 0.95), higher_is_better=False)
    assert sentence(result, other="Rival X") == (
        "Ahead of Rival X: −2.0 points (−3.1 to −0.9, n 1,025; lower is better)."
    )


def test_what_the_cases_at_hand_could_decide() -> None:
    eighty = against_threshold(plain([1.0] * 74 + [0.0] * 6), Rule(threshold=0.9))
    assert allowance(eighty) == "With these 80 cases a 90 % target allows at most 2 failures."
    twenty = against_threshold(plain([1.0] * 20), Rule(threshold=0.9))
    assert allowance(twenty) == "Even if all pass, proving a target of 90 % takes 36 cases."
    assert allowance(RIVAL) == ""


def test_same_quality_for_less_money_is_said_only_when_both_are_proven() -> None:
    random = np.random.default_rng(1)
    theirs = random.uniform(0.9, 1.1, 200)
    ours = theirs * random.uniform(0.42, 0.82, 200)

    def cost(values: Floats) -> Estimate:
        column = replace(plain(values, kind=Kind.UNBOUNDED), kind=Kind.RATIO)
        return estimate(replace(column, denominators=theirs.reshape(-1, 1)))

    equal = replace(RIVAL, claim=Claim.EQUIVALENCE, target=0.05)
    assert trade_off(equal, cost(ours)) == "Same quality, 39 % cheaper (38 to 41 %)."
    assert (
        trade_off(equal, cost(theirs**2 / ours), "Nova") == "Same quality as Nova, 71 % dearer (67 to 76 %)."
    )
    assert trade_off(equal, cost(theirs * 0.5)) == "Same quality, 50 % cheaper."
    assert trade_off(replace(equal, outcome=Outcome.INCONCLUSIVE), cost(ours)) == ""
    assert trade_off(equal, cost(theirs * random.uniform(0.9, 1.1, 200))) == ""


@pytest.mark.parametrize("claim", list(Claim))
@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("reason", list(Reason))
def test_whatever_comes_there_is_one_sentence(claim: Claim, outcome: Outcome, reason: Reason) -> None:
    bare = Result(outcome=outcome, reason=reason, method="none/1", claim=claim)
    full = replace(OPEN, outcome=outcome, reason=reason, claim=claim, lines=(RIVAL,), trend=Trend.UNKNOWN)
    for result in (bare, full):
        words = sentence(result)
        assert re.fullmatch(r"[A-Z].*\.", words)
        assert "None" not in words and "nan" not in words and "  " not in words


def test_every_number_of_a_sentence_stands_in_the_result() -> None:
    result = against_threshold(plain([1.0] * 558 + [0.0] * 42), Rule(threshold=0.9))
    held = [getattr(result, field.name) for field in fields(result)]
    held += [result.interval.low, result.interval.high, result.interval.confidence] if result.interval else []
    numbers = {float(value) for value in held if isinstance(value, int | float)}
    shown = {f"{value * 100:.1f}" for value in numbers} | {f"{value:g}" for value in numbers} | {"95"}
    assert set(re.findall(r"\d+\.?\d*", sentence(result))) <= shown
    assert result.counts is None or isinstance(result.counts, Counts)


def test_a_difference_is_never_shown_beyond_what_is_possible() -> None:
    ours, theirs = plain([1.0, 1.0, 0.0], clusters="aab"), plain([0.0, 0.0, 0.0], clusters="aab")
    result = against_rival(ours, theirs, Rule())
    assert result.interval is not None
    assert result.interval.low < -1
    bounded, words = Unit(widest=1.0), Unit(rate=True)
    seen = shown(result, bounded)
    assert seen.interval is not None
    assert (seen.interval.low, seen.interval.high, seen.outcome) == (-1.0, 1.0, result.outcome)
    assert "−100.0 to +100.0" in sentence(result, bounded)
    assert shown(result, words).interval == result.interval
    assert [ScorerVersion(value_kind=kind, low=0, high=4).widest for kind in ("bounded", "ratio")] == [
        4,
        None,
    ]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (blocked(Reason.ONE_CLUSTER), "there is but 1 case, which says nothing about others"),
        (blocked(Reason.SMALL_N), "1 case is too few"),
        (blocked(Reason.ONE_LABEL), "only one label is wanted in this 1 case"),
        (replace(OPEN, needed_n=2), "about 1 more case would settle it"),
        (replace(OPEN, outcome=Outcome.NO_DATA, reason=Reason.ALL_ERRORED, missing=1), "the only case ended in an error"),
        (replace(OPEN, claim=Claim.PASS_ALL, reason=Reason.ONE_EPOCH), "not each of 1 case has had 1 try"),
    ],
)  # fmt: skip
def test_one_case_is_no_plural(result: Result, words: str) -> None:
    assert words in sentence(replace(result, n=1))
    assert words.replace("case", "request") in sentence(replace(result, n=1), Unit(cases="requests"))


def test_a_plan_and_an_allowance_of_one_case() -> None:
    one = against_threshold(plain([1.0]), Rule(threshold=0.1, confidence=0.5))
    assert allowance(one).startswith("With this 1 case a 10 % target")
    failed = replace(MET, claim=Claim.PASS_ALL, n=2, repeats=3, point=0.5, outcome=Outcome.NOT_MET)
    assert "1 of 2 was not right" in sentence(failed)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (replace(OPEN, interval=Interval(0.89962, 0.95, 0.95)), "plausible range 89.96–95.00, target 90 %"),
        (
            replace(MET, outcome=Outcome.NOT_MET, interval=Interval(0.8, 0.89996, 0.95)),
            "at most 89.996 % even at the optimistic end, below the target of 90 %",
        ),
        (replace(RIVAL, interval=Interval(0.0004, 0.033, 0.95)), "Ahead of the rival: +1.20 points (+0.04 to +3.30,"),
        (
            replace(RIVAL, point=-0.01, interval=Interval(-0.02, -0.00004, 0.95), higher_is_better=False),
            "Ahead of the rival: −1.000 points (−2.000 to −0.004,",
        ),
        (replace(MET, interval=Interval(0.9, 0.95, 0.95)), "at least 90.0 % even at the pessimistic end"),
    ],
)  # fmt: skip
def test_rounding_never_contradicts_the_verdict(result: Result, words: str) -> None:
    assert words in sentence(result)


def test_sentences_of_many_runs_agree_with_what_they_tell() -> None:
    random = np.random.default_rng(5)
    for _ in range(400):
        n, target = int(random.choice([1, 2, 20, 80, 300])), float(random.choice([0.5, 0.8, 0.9, 0.99]))
        higher = bool(random.random() < 0.7)
        run = plain((random.random(n) < target).astype(float), higher_is_better=higher)
        result = against_threshold(run, Rule(threshold=target, confidence=0.9))
        words, aim = sentence(result), target * 100
        assert "\N{MINUS SIGN}0" not in words and not re.search(r"\b1 cases\b", words)
        found = re.search(r"point ([\d.]+) %.* plausible range ([\d.]+)–([\d.]+)", words)
        assert found is not None
        point, low, high = map(float, found.groups())
        assert low <= point <= high
        near, far = (low, high) if higher else (-high, -low)
        goal = aim if higher else -aim
        assert (near >= goal) == (result.outcome is Outcome.MET)
        assert (far < goal) == (result.outcome is Outcome.NOT_MET)
