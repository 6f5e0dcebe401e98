"""A gate decision in Markdown, for release notes, pull requests and the page of a CI job. No query."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from capabilities.models import Trend
from capabilities.queries.release_rows import range_words
from capabilities.services.gate_rules import Decision, Held, Regression
from config.words import number, p_text

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


@dataclass(frozen=True)
class Told:
    """What a summary speaks of. site: its address without a slash at the end, for links that hold elsewhere; empty: no links."""

    decision: Decision
    baseline: str
    version: str
    held: Sequence[Held]
    claims: Sequence[Regression]
    site: str = ""

    @property
    def counting(self) -> list[Held]:
        return [one for one in self.held if one.counts]

    @property
    def waived(self) -> list[Held]:
        return [one for one in self.held if one.must and not one.counts]

    def link(self, words: str, name: str, key: str) -> str:
        if not self.site:
            return text(words)
        query = urlencode({"version": self.version})
        return f"[{text(words)}]({self.site}{reverse(name, args=[key])}?{query})"

    def requirement(self, one: Held) -> str:
        return self.link(one.requirement, "capabilities:requirement-detail", one.requirement)


def summary(told: Told) -> str:
    """Heading, why, a line for every criterion with what stands in the way first, and what would help."""
    against = told.link(told.baseline, "capabilities:baseline-detail", told.baseline)
    parts = [f"## {HEADINGS[told.decision]}: {text(told.version)} against {against}", "", _why(told), ""]
    stand = {claim.held.criterion_id for claim in told.claims if claim.stands}
    shown = [one for one in told.held if one.counts or not one.must]
    shown.sort(key=lambda one: _weight(one, stand))
    if shown:
        parts += ["| Requirement | Criterion | Verdict | Plausible range | n | What was found |"]
        parts += ["|---|---|---|---|--:|---|"]
        parts += [_row(told, one) for one in shown]
    parts += _waived(told)
    parts += _worse(told)
    parts += _settling(told)
    parts += _aged(told)
    if any(not one.must for one in told.held):
        parts += ["", "“Should” criteria are listed and decide nothing."]
    return "\n".join(parts) + "\n"


def text(words: str) -> str:
    """Words as they are, with nothing that Markdown or a table cell would read."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(words.split()))


def _why(told: Told) -> str:
    counting = told.counting
    met = sum(one.outcome == "met" for one in counting)
    tally = f"{met} of {len(counting)} must criteria met"
    tally += f", {len(told.waived)} waived" if told.waived else ""
    fallen = sum(claim.stands for claim in told.claims)
    worse = f"; {fallen} got worse than an earlier version" if fallen else ""
    runs = {run for one in counting for run in one.waiting}
    waits = f"; {len(runs)} {'run is' if len(runs) == 1 else 'runs are'} not judged yet" if runs else ""
    return f"{tally}{worse}{waits if told.decision == Decision.PENDING else ''}."


def _weight(one: Held, stand: set[int]) -> int:
    """What stops it comes first, then what holds it up, then what is in order, then what decides nothing."""
    if not one.must:
        return 3
    if one.outcome == "not_met" or one.criterion_id in stand:
        return 0
    return 2 if one.settled and not one.waiting else 1


def _row(told: Told, one: Held) -> str:
    marks = [VERDICTS.get(one.outcome, one.outcome)]
    marks[0] += f", leaning {one.verdict.lean}" if one.verdict and one.verdict.lean else ""
    marks += ["waiting for a run" if one.waiting else "", FRESHNESS.get(one.freshness, "")]
    marks.append("should" if not one.must else "")
    shown = ", ".join(mark for mark in marks if mark)
    cells = (told.requirement(one), text(one.criterion), shown, *_numbers(one), text(one.sentence))
    return f"| {' | '.join(cells)} |"


def _numbers(one: Held) -> tuple[str, str]:
    verdict = one.verdict
    if verdict is None or (verdict.low is None and verdict.high is None):
        return "", number(verdict.n) if verdict and verdict.n else ""
    return range_words(verdict, difference=one.compared), number(verdict.n)


def _waived(told: Told) -> Iterator[str]:
    if told.waived:
        yield from ("", "### Waived for a while", "")
        yield "| Requirement | Criterion | Until | Reason | What was found |"
        yield "|---|---|---|---|---|"
    for one in told.waived:
        found = f"{VERDICTS.get(one.outcome, one.outcome)}. {text(one.sentence)}"
        until, reason = f"waived until {one.waived_until}", text(one.waiver_reason)
        yield f"| {told.requirement(one)} | {text(one.criterion)} | {until} | {reason} | {found} |"


def _worse(told: Told) -> Iterator[str]:
    worse = [claim for claim in told.claims if claim.line.outcome == Trend.REGRESSED]
    for stands, heading in (
        (True, "Worse than before, corrected for many comparisons:"),
        (False, "Worse than before on its own, but not among all that were compared; stops nothing:"),
    ):
        lines = [
            (claim.held, f"{claim.line.sentence} (p {p_text(claim.p, claim.alpha)})")
            for claim in worse
            if claim.stands is stands
        ]
        yield from _list(told, heading, lines)


def _settling(told: Told) -> Iterator[str]:
    lines = [(one, one.settles) for one in told.counting if one.settles]
    yield from _list(told, "What would settle it:", lines)


def _aged(told: Told) -> Iterator[str]:
    recheck = [
        (one, f"{' '.join(one.reasons)} Confirm that it makes no difference, or link and run the new one.")
        for one in told.counting
        if one.freshness == "needs_recheck"
    ]
    yield from _list(told, "Evidence that needs a re-check:", recheck)
    old = [(one, "Run it again.") for one in told.counting if one.freshness == "out_of_date"]
    yield from _list(told, "Evidence that is out of date:", old)


def _list(told: Told, heading: str, lines: Sequence[tuple[Held, str]]) -> Iterator[str]:
    if lines:
        yield from ("", heading, "")
    for one, sentence in lines:
        yield f"- {told.requirement(one)} {text(one.criterion)}: {text(sentence)}"
