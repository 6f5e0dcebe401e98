"""A gate decision in Markdown, for release notes and pull requests. No query."""

import re
from collections.abc import Iterator, Sequence

from capabilities.models import Trend
from capabilities.services.gate_rules import Decision, Held, Regression

HEADINGS = {
    Decision.PASS: "Go",
    Decision.FAIL: "No go",
    Decision.UNDECIDED: "Undecided",
    Decision.PENDING: "Waiting for runs",
}
VERDICTS = {
    "met": "✓ met",
    "not_met": "✕ not met",
    "inconclusive": "◐ not proven yet",
    "no_data": "○ no data",
}
FRESHNESS = {"needs_recheck": "needs re-check", "out_of_date": "out of date"}


def summary(
    decision: Decision, baseline: str, version: str, held: Sequence[Held], claims: Sequence[Regression]
) -> str:
    """Heading, why, and a line for every criterion."""
    parts = [
        f"## {HEADINGS[decision]}: {text(version)} against {text(baseline)}",
        "",
        _why(decision, held, claims),
        "",
    ]
    parts += ["| Requirement | Criterion | Verdict | What was found |", "|---|---|---|---|"]
    parts += [_row(one) for one in held]
    parts += _notes(held, claims)
    return "\n".join(parts) + "\n"


def text(words: str) -> str:
    """Words as they are, with nothing that Markdown or a table cell would read."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(words.split()))


def _why(decision: Decision, held: Sequence[Held], claims: Sequence[Regression]) -> str:
    counting = [one for one in held if one.counts]
    met = sum(one.outcome == "met" for one in counting)
    tally = f"{met} of {len(counting)} must criteria met"
    waived = sum(one.must and not one.counts for one in held)
    tally += f", {waived} waived" if waived else ""
    fallen = sum(claim.stands for claim in claims)
    worse = f"; {fallen} got worse than an earlier version" if fallen else ""
    runs = {run for one in counting for run in one.waiting}
    waits = f"; {len(runs)} {'run is' if len(runs) == 1 else 'runs are'} not judged yet" if runs else ""
    return f"{tally}{worse}{waits if decision == Decision.PENDING else ''}."


def _row(one: Held) -> str:
    verdict = VERDICTS.get(one.outcome, one.outcome)
    marks = [verdict, FRESHNESS.get(one.freshness, ""), "should" if not one.must else ""]
    marks.append(f"waived until {one.waived_until}" if one.waived_until else "")
    shown = ", ".join(mark for mark in marks if mark)
    return f"| {text(one.requirement)} | {text(one.criterion)} | {shown} | {text(one.sentence)} |"


def _notes(held: Sequence[Held], claims: Sequence[Regression]) -> Iterator[str]:
    worse = [claim for claim in claims if claim.line.outcome == Trend.REGRESSED]
    yield from _list(
        "Worse than before, corrected for many comparisons:", [one for one in worse if one.stands]
    )
    yield from _list(
        "Worse than before on its own, but not among all that were compared; stops nothing:",
        [one for one in worse if not one.stands],
    )
    if any(not one.must for one in held):
        yield ""
        yield "“Should” criteria are listed and decide nothing."


def _list(heading: str, claims: Sequence[Regression]) -> Iterator[str]:
    if claims:
        yield from ("", heading, "")
    for claim in claims:
        yield f"- {text(claim.held.requirement)} {text(claim.held.criterion)}: {text(claim.line.sentence)}"
