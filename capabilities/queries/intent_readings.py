"""What an intent claims and what measurements show of it, read from verdicts and their lines. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluations.statistics import Ends, possible_ends

Shown = Literal["contradicted", "open", "unmeasured", "beyond", "backed"]
SHOWN: tuple[Shown, ...] = ("contradicted", "open", "unmeasured", "beyond", "backed")
# What each reading is called beside what is claimed.
WORDS: dict[str, dict[Shown, str]] = {
    "foundation": {
        "contradicted": "Not met",
        "open": "Not proven yet",
        "unmeasured": "No data",
        "backed": "Met",
    },
    "parity": {
        "contradicted": "Behind a rival",
        "open": "Not distinguishable",
        "unmeasured": "Not compared",
        "beyond": "In fact ahead",
        "backed": "Level, proven",
    },
    "lead": {
        "contradicted": "Not ahead",
        "open": "Lead not proven",
        "unmeasured": "Not compared",
        "backed": "Ahead of every rival",
    },
    "exclusive": {
        "contradicted": "Not ours alone",
        "open": "Not proven yet",
        "unmeasured": "Not compared",
        "backed": "Ours alone",
    },
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Ours − theirs turned so that positive is ours ahead, in the scorer's unit; against a rival, or the target.

    ahead, behind: only where the plausible range says so; behind one of several rivals only after correction for their number.
    widest: how far apart two scores can lie, None where they have no bounds.
    reaches: whether the rival reaches our target by its own range: met, not_met, inconclusive, or empty without a target.
    """

    criterion: str
    against: str
    point: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int = 0
    confidence: float = 0.95
    ahead: bool = False
    behind: bool = False
    reaches: str = ""
    model: int | None = None
    runs: tuple[int, int] | None = None
    scorer: str = ""
    widest: float | None = None

    @property
    def shown_ends(self) -> Ends:
        """low and high as they are shown: within what is possible. What decides, and how many cases would, rests on the whole range."""
        return possible_ends(self.low, self.high, self.widest)

    @property
    def supported(self) -> bool:
        return self.ahead or self.behind


@dataclass(frozen=True, slots=True)
class Measured:
    """A must criterion with a verdict. margin: as the criterion asks (0 beside a target). target: our distance to a target of its own."""

    key: str
    outcome: str
    margin: float
    equivalence: bool
    any_rival: bool
    compared: bool
    target: Gap | None
    rivals: Sequence[Gap]
    needed_n: int | None = None
    n: int = 0
    never_settles: bool = False

    @property
    def known(self) -> list[Gap]:
        return [one for one in self.rivals if one.point is not None]

    @property
    def absent(self) -> list[str]:
        return [one.against for one in self.rivals if one.point is None]

    @property
    def ahead(self) -> bool:
        """Of every rival by what is asked, or of one where one is enough."""
        if self.any_rival or (self.compared and self.margin > 0):
            return self.margin >= 0 and self.outcome == "met" and not self.equivalence
        return bool(self.known) and not self.absent and all(one.ahead for one in self.known)

    @property
    def behind(self) -> bool:
        if self.any_rival:
            return self.margin >= 0 and self.outcome == "not_met" and not self.equivalence
        return any(one.behind for one in self.known)

    @property
    def equal(self) -> bool:
        return self.compared and self.equivalence and self.outcome == "met"

    @property
    def no_worse(self) -> bool:
        return self.compared and self.margin < 0 and self.outcome == "met"

    @property
    def refuted(self) -> bool:
        """A lead by the margin asked is ruled out."""
        return self.compared and self.margin > 0 and not self.equivalence and self.outcome == "not_met"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A requirement as it stands. outcome: without the help of waivers; measured: its must criteria that have a verdict."""

    intent: str
    outcome: str
    measured: Sequence[Measured]
    absent: Sequence[str] = ()

    @property
    def compared(self) -> list[Measured]:
        return [one for one in self.measured if one.known]

    @property
    def missing(self) -> list[str]:
        """Rivals of the agreed set that were not compared."""
        named = [*self.absent, *(name for one in self.measured for name in one.absent)]
        return list(dict.fromkeys(named))


def shown(claimed: Claimed) -> Shown:
    """Whether what is measured backs the claim, contradicts it, goes beyond it or leaves it open."""
    if claimed.intent == "foundation":
        return _foundation(claimed.outcome)
    if not claimed.compared:
        return "unmeasured"
    return {"parity": _parity, "lead": _lead, "exclusive": _exclusive}[claimed.intent](claimed)


def _foundation(outcome: str) -> Shown:
    found: dict[str, Shown] = {"met": "backed", "not_met": "contradicted", "no_data": "unmeasured"}
    return found.get(outcome, "open")


def _lead(claimed: Claimed) -> Shown:
    compared = claimed.compared
    if any(one.behind or one.refuted or (one.equal and not one.ahead) for one in compared):
        return "contradicted"
    return "backed" if _all_ahead(claimed) else "open"


def _parity(claimed: Claimed) -> Shown:
    compared = claimed.compared
    if any(one.behind and not (one.equal or one.no_worse) for one in compared):
        return "contradicted"
    if _all_ahead(claimed):
        return "beyond"
    level = all(one.equal or one.no_worse or one.ahead for one in compared) and not claimed.missing
    return "backed" if level else "open"


def _all_ahead(claimed: Claimed) -> bool:
    return all(one.ahead for one in claimed.compared) and not claimed.missing


def _exclusive(claimed: Claimed) -> Shown:
    theirs = holders(claimed)
    if claimed.outcome == "not_met" or "met" in theirs.values():
        return "contradicted"
    if not theirs:
        return "contradicted" if any(one.behind for one in claimed.compared) else "open"
    alone = all(outcome == "not_met" for outcome in theirs.values()) and not claimed.missing
    return "backed" if alone and claimed.outcome == "met" else "open"


def holders(claimed: Claimed) -> dict[str, str]:
    """By rival whether it reaches our targets: every one of them, or misses one; inconclusive otherwise."""
    with_target = [one for one in claimed.measured if any(gap.reaches for gap in one.rivals)]
    names = dict.fromkeys(gap.against for one in with_target for gap in one.known)
    return {name: _reaches_all(with_target, name) for name in names}


def _reaches_all(measured: Sequence[Measured], name: str) -> str:
    found = [
        next((gap.reaches for gap in one.known if gap.against == name), "inconclusive") for one in measured
    ]
    if "not_met" in found:
        return "not_met"
    return "met" if set(found) == {"met"} else "inconclusive"


def telling(claimed: Claimed) -> Gap | None:
    """The one gap that says most: to the rival that is strongest where it counts; for a foundation the target missed most."""
    if claimed.intent == "foundation":
        ours = [one.target for one in claimed.measured if one.target and one.target.point is not None]
        if ours:
            return _worst(ours)
    return _worst(_candidates(claimed)) if claimed.compared else None


def _candidates(claimed: Claimed) -> list[Gap]:
    gaps = [gap for one in claimed.compared for gap in one.known]
    if claimed.intent != "exclusive":
        return gaps
    has = {name for name, outcome in holders(claimed).items() if outcome == "met"}
    return [gap for gap in gaps if gap.against in has] or gaps


def _worst(gaps: Iterable[Gap]) -> Gap:
    """Proven behind, then not proven, then ahead; the furthest behind of those, by the spread where units differ."""
    return min(gaps, key=lambda gap: (_side(gap), _in_spreads(gap)))


def _side(gap: Gap) -> int:
    return 0 if gap.behind else 2 if gap.ahead else 1


def _in_spreads(gap: Gap) -> float:
    if gap.low is None or gap.high is None or gap.high <= gap.low:
        return gap.point or 0.0
    return (gap.point or 0.0) / (gap.high - gap.low)
