"""The gate's table against a second reading of it, over random states."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from capabilities.models import Verdict, VerdictLine
from capabilities.services.gate_rules import Held, decide, regressions

OUTCOMES = ("met", "not_met", "inconclusive", "no_data")
TRENDS = ("regressed", "no_worse", "within_tolerance", "unknown", "improved")
CONFIDENCES = (0.9, 0.95, 0.99)
P_VALUES = (0.0, 0.0001, 0.004, 0.01, 0.03, 0.049, 0.2, 1.0)


@dataclass(frozen=True)
class Told:
    """A criterion as a person would tell it. earlier: p and trend beside each earlier version."""

    must: bool
    waived: bool
    outcome: str | None
    freshness: str
    waiting: bool
    confirming: bool
    confidence: float
    earlier: tuple[tuple[float, str], ...]


def states(seed: int, count: int) -> list[list[Told]]:
    """Baselines of up to six criteria, most of them in order, so that every row of the table gets its turn."""
    random = Random(seed)
    return [[criterion(random) for _ in range(random.randint(0, 6))] for _ in range(count)]


def criterion(random: Random) -> Told:
    pick = random.choice
    return Told(
        must=random.random() < 0.8,
        waived=random.random() < 0.2,
        outcome=pick(["met"] * 8 + [*OUTCOMES, None]),
        freshness=pick(["fresh"] * 8 + ["needs_recheck", "out_of_date"]),
        waiting=random.random() < 0.05,
        confirming=random.random() < 0.1,
        confidence=pick(CONFIDENCES),
        earlier=tuple((pick(P_VALUES), pick(TRENDS)) for _ in range(random.randint(0, 2))),
    )


def by_holm(p: list[float]) -> list[float]:
    """Each p beside those that are not larger, as Holm's paper has it: the largest of (m − rank + 1)·p so far."""
    ranks = sorted(range(len(p)), key=lambda place: p[place])
    return [
        min(1.0, max((len(p) - rank) * p[ranks[rank]] for rank in range(ranks.index(place) + 1)))
        for place in range(len(p))
    ]


def second_reading(told: list[Told]) -> str:
    """The table of the gate, row by row: the first that applies wins."""
    counting = [one for one in told if one.must and not one.waived]
    if any(one.waiting for one in counting):
        return "pending"
    claims = [
        (p, trend, one)
        for one in counting
        for p, trend in one.earlier
        if one.outcome is not None and not one.confirming
    ]
    adjusted = by_holm([p for p, _, _ in claims])
    worse = any(
        trend == "regressed" and p <= 1 - one.confidence + 1e-12
        for (_, trend, one), p in zip(claims, adjusted, strict=True)
    )
    if worse or any(one.outcome == "not_met" for one in counting):
        return "fail"
    settled = all(one.outcome == "met" and one.freshness == "fresh" for one in counting)
    return "pass" if settled and any(one.must for one in told) else "undecided"


def held(number: int, told: Told) -> Held:
    verdict = None
    lines: list[VerdictLine] = []
    if told.outcome is not None:
        confidence, waits = told.confidence, told.confirming
        verdict = Verdict(
            outcome=told.outcome, confidence=confidence, pending_confirmation=waits, trend="unknown"
        )
        kinds = (VerdictLine.Kind.PREVIOUS, VerdictLine.Kind.RELEASED)
        lines = [
            VerdictLine(kind=kind, outcome=trend, model_version_id=place, label=str(place), detail={"p": p})
            for place, (kind, (p, trend)) in enumerate(zip(kinds, told.earlier, strict=False))
        ]
        lines.append(VerdictLine(kind=VerdictLine.Kind.RIVAL, outcome="regressed", detail={"p": 0.0}))
    return Held(
        requirement=f"VA-{number}",
        criterion="AC-1",
        criterion_id=number,
        fingerprint="",
        must=told.must,
        verdict=verdict,
        lines=lines,
        freshness=told.freshness if verdict else "",
        coverage="measured" if verdict else "never_run",
        waiver_id=1 if told.waived else None,
        waived_until="2999-01-01" if told.waived else None,
        waiting=[7] if told.waiting else [],
        sentence="",
    )


def decision(told: list[Told]) -> str:
    found = [held(number, one) for number, one in enumerate(told, start=1)]
    return str(decide(found, regressions(found)))


def test_the_gate_decides_as_a_second_reading_of_its_table() -> None:
    seen: Counter[str] = Counter()
    for told in states(seed=20260101, count=2_000):
        assert decision(told) == second_reading(told), told
        seen[decision(told)] += 1
    assert min(seen[word] for word in ("pass", "fail", "undecided", "pending")) > 50


def test_the_order_of_requirements_decides_nothing() -> None:
    for told in states(seed=7, count=500):
        assert decision(told) == decision(told[::-1]), told


def test_what_is_not_met_stays_a_fail_whatever_else_is_asked() -> None:
    more = states(seed=8, count=500)
    for told, others in zip(states(seed=9, count=500), more, strict=True):
        if any(one.outcome == "not_met" and one.must and not one.waived for one in told):
            assert decision([*told, *others]) in ("fail", "pending"), told
