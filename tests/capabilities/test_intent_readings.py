"""What counts as backing a claim, contradicting it or leaving it open; plain values, no database."""

import pytest

from capabilities.queries.intent_readings import Claimed, Gap, Measured, Shown, shown, telling
from capabilities.queries.intent_words import what_it_takes


def gap(point: float | None, low: float, high: float, against: str = "Rival", **fields: object) -> Gap:
    sides = {"ahead": low > 0, "behind": high < 0} if point is not None else {}
    known = {"point": point, "low": low, "high": high, "n": 400, "unit": "rate", **sides, **fields}
    return Gap(criterion="AC-1", against=against, **known)  # type: ignore[arg-type]


AHEAD, BEHIND, LEVEL = gap(0.05, 0.02, 0.08), gap(-0.05, -0.08, -0.02), gap(0.01, -0.02, 0.04)
ABSENT = Gap("AC-1", "Away", None)


def measured(*rivals: Gap, outcome: str = "met", margin: float = 0.0, **fields: object) -> Measured:
    known = {
        "key": "AC-1", "equivalence": False, "any_rival": False, "compared": bool(margin), "target": None, **fields
    }  # fmt: skip
    return Measured(outcome=outcome, margin=margin, rivals=rivals, **known)  # type: ignore[arg-type]


def claim(intent: str, *found: Measured, outcome: str = "met", absent: tuple[str, ...] = ()) -> Claimed:
    return Claimed(intent, outcome, found, absent)


@pytest.mark.parametrize(
    ("intent", "rivals", "expected"),
    [
        ("lead", [AHEAD], "backed"),
        ("lead", [AHEAD, LEVEL], "open"),
        ("lead", [AHEAD, BEHIND], "contradicted"),
        ("lead", [AHEAD, ABSENT], "open"),
        ("lead", [], "unmeasured"),
        ("lead", [ABSENT], "unmeasured"),
        ("parity", [AHEAD], "beyond"),
        ("parity", [AHEAD, ABSENT], "open"),
        ("parity", [LEVEL], "open"),
        ("parity", [BEHIND], "contradicted"),
    ],
)
def test_a_claim_about_rivals_is_held_to_every_one_of_them(
    intent: str, rivals: list[Gap], expected: Shown
) -> None:
    assert shown(claim(intent, measured(*rivals))) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("met", "backed"), ("not_met", "contradicted"), ("inconclusive", "open"), ("no_data", "unmeasured")],
)
def test_a_foundation_is_held_to_its_verdict(outcome: str, expected: Shown) -> None:
    assert shown(claim("foundation", measured(BEHIND), outcome=outcome)) == expected


def test_a_rival_of_the_agreed_set_that_was_not_compared_keeps_a_lead_open() -> None:
    found = claim("lead", measured(AHEAD), absent=("Newcomer",))
    assert shown(found) == "open"
    assert "Newcomer" in what_it_takes(found, "open")


def test_no_worse_within_the_agreed_margin_backs_parity_and_not_a_lead() -> None:
    within = measured(gap(-0.01, -0.015, -0.005), margin=-0.02)
    assert shown(claim("parity", within)) == "backed"
    assert shown(claim("lead", within)) == "contradicted"


def test_proven_equality_contradicts_a_lead() -> None:
    equal = measured(LEVEL, margin=0.05, equivalence=True)
    assert shown(claim("lead", equal)) == "contradicted"
    assert shown(claim("parity", equal)) == "backed"


def test_a_lead_by_a_margin_is_held_to_the_margin() -> None:
    ahead = gap(0.02, 0.01, 0.03)
    assert shown(claim("lead", measured(ahead, outcome="met", margin=0.01))) == "backed"
    assert shown(claim("lead", measured(ahead, outcome="inconclusive", margin=0.02))) == "open"
    refused = claim("lead", measured(ahead, outcome="not_met", margin=0.05))
    assert shown(refused) == "contradicted"
    assert "AC-1 has to get better by 3.0\u00a0points (plausibly 2.0 to 4.0)" in what_it_takes(
        refused, "contradicted"
    )


def test_the_weakest_criterion_decides() -> None:
    assert shown(claim("lead", measured(AHEAD), measured(LEVEL))) == "open"
    assert shown(claim("lead", measured(AHEAD), measured(BEHIND))) == "contradicted"


@pytest.mark.parametrize(
    ("outcome", "reaches", "expected"),
    [
        ("met", ["not_met", "not_met"], "backed"),
        ("met", ["not_met", "inconclusive"], "open"),
        ("met", ["not_met", "met"], "contradicted"),
        ("inconclusive", ["not_met", "not_met"], "open"),
        ("not_met", ["not_met", "not_met"], "contradicted"),
    ],
)
def test_what_is_ours_alone_is_met_by_us_and_missed_by_every_rival(
    outcome: str, reaches: list[str], expected: Shown
) -> None:
    rivals = [gap(0.1, 0.05, 0.15, f"Rival {place}", reaches=word) for place, word in enumerate(reaches)]
    assert shown(claim("exclusive", measured(*rivals, outcome=outcome), outcome=outcome)) == expected


def test_a_rival_that_misses_one_of_two_targets_does_not_have_it() -> None:
    first, second = (measured(gap(0.1, 0.05, 0.15, reaches=word)) for word in ("met", "not_met"))
    assert shown(claim("exclusive", first, second)) == "backed"


def test_who_reaches_our_target_is_named() -> None:
    found = claim("exclusive", measured(gap(0.01, -0.02, 0.04, "Copycat", reaches="met")))
    assert "Copycat reaches our target as well" in what_it_takes(found, "contradicted")


def test_the_gap_told_is_to_the_rival_that_is_ahead_beyond_doubt() -> None:
    wide = gap(-0.2, -0.5, 0.1, "Wide")
    found = telling(claim("lead", measured(wide, BEHIND, AHEAD)))
    assert found is BEHIND


def test_a_lead_not_proven_says_how_many_more_cases_would_prove_it() -> None:
    found = claim("lead", measured(LEVEL))
    said = what_it_takes(found, "open")
    # SE = 0.03 / 1.96, s² = 400·SE²; n = ((1.96 + 0.84)·s / 0.01)² = 7,356 in all.
    assert said.startswith("About 6,956 more cases would prove it against Rival")
    behind = claim("lead", measured(gap(-0.01, -0.04, 0.02)))
    assert "would show that Rival keeps us from it" in what_it_takes(behind, "open")


def test_a_gap_of_nothing_is_settled_by_no_number_of_cases() -> None:
    assert "No number of cases" in what_it_takes(claim("lead", measured(gap(0.0, -0.03, 0.03))), "open")


def test_parity_without_a_margin_asks_for_one() -> None:
    assert "Say how much worse still counts as level" in what_it_takes(
        claim("parity", measured(LEVEL)), "open"
    )


def test_what_is_not_measured_says_what_is_lacking() -> None:
    nothing = claim("lead")
    assert "drafts are not judged" in what_it_takes(nothing, "unmeasured", agreed=False)
    assert "Link an evaluation" in what_it_takes(nothing, "unmeasured", coverage="not_linked")
    assert "Name the rivals" in what_it_takes(nothing, "unmeasured")
    assert "on Newcomer" in what_it_takes(claim("lead", absent=("Newcomer",)), "unmeasured")
