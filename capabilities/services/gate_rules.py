"""The gate's truth table over loaded rows: the first row that applies wins. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from capabilities.models import GateDecision, Outcome, Trend, Verdict, VerdictLine
from evaluations.statistics import holm

Decision = GateDecision.Decision
EARLIER = (VerdictLine.Kind.PREVIOUS, VerdictLine.Kind.RELEASED)
SLACK = 1e-12


@dataclass(frozen=True)
class Held:
    """A criterion a version is held to, as it stands. waiting: ids of runs it needs that are not judged yet.

    reasons: why its evidence needs a re-check; settles: what would decide it; compared: its numbers are differences. These three and
    the waiver's reason are told and decide nothing.
    """

    requirement: str
    criterion: str
    criterion_id: int
    fingerprint: str
    must: bool
    verdict: Verdict | None
    lines: Sequence[VerdictLine]
    freshness: str
    coverage: str
    waiver_id: int | None
    waived_until: str | None
    waiting: Sequence[int]
    sentence: str
    reasons: Sequence[str] = ()
    settles: str = ""
    waiver_reason: str = ""
    compared: bool = False

    @property
    def counts(self) -> bool:
        """Whether it can block: a must that nobody waived."""
        return self.must and self.waiver_id is None

    @property
    def outcome(self) -> str:
        return self.verdict.outcome if self.verdict else Outcome.NO_DATA

    @property
    def trend(self) -> str:
        return self.verdict.trend if self.verdict else Trend.UNKNOWN

    @property
    def settled(self) -> bool:
        """Met by fresh evidence."""
        return self.outcome == Outcome.MET and self.freshness == "fresh"


@dataclass(frozen=True)
class Regression:
    """A claim that a criterion got worse than an earlier version. p: after Holm over all claims of the gate."""

    held: Held
    line: VerdictLine
    p: float
    stands: bool

    @property
    def alpha(self) -> float:
        return _alpha(self.held)


def regressions(held: Iterable[Held]) -> list[Regression]:
    """Every regression claim of the criteria that count, corrected together; each earlier version once a criterion."""
    claims: dict[tuple[int, int | None], tuple[Held, VerdictLine]] = {}
    for one in held:
        for line in one.lines if one.counts and not _waits(one) else ():
            if line.kind in EARLIER and line.detail.get("p") is not None:
                claims.setdefault((one.criterion_id, line.model_version_id), (one, line))
    adjusted = holm([line.detail["p"] for _, line in claims.values()])
    return [
        Regression(one, line, p, line.outcome == Trend.REGRESSED and p <= _alpha(one) + SLACK)
        for (one, line), p in zip(claims.values(), adjusted, strict=True)
    ]


def worst_of_each(claims: Iterable[Regression]) -> dict[int, Regression]:
    """What says of a criterion that it got worse, by its id: what stands before what does not, then the smallest p."""
    worse = [claim for claim in claims if claim.line.outcome == Trend.REGRESSED]
    worse.sort(key=lambda claim: (not claim.stands, claim.p))
    return {claim.held.criterion_id: claim for claim in reversed(worse)}


def _waits(held: Held) -> bool:
    """A verdict that waits for a second run claims nothing yet."""
    return held.verdict is not None and held.verdict.pending_confirmation


def _alpha(held: Held) -> float:
    return 1 - held.verdict.confidence if held.verdict else 0.0


def decide(held: Sequence[Held], claims: Sequence[Regression]) -> Decision:
    """pending, fail, undecided or pass; a baseline without a must criterion that counts decides nothing unless all are waived."""
    counting = [one for one in held if one.counts]
    if any(one.waiting for one in counting):
        return Decision.PENDING
    if any(one.outcome == Outcome.NOT_MET for one in counting) or any(claim.stands for claim in claims):
        return Decision.FAIL
    if not any(one.must for one in held) or not all(one.settled for one in counting):
        return Decision.UNDECIDED
    return Decision.PASS
