"""What a verdict and its lines tell on a profile. Neither ever changes, so a process reads each once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from capabilities.models import Verdict, VerdictLine
from capabilities.queries.beyond_doubt import Difference, difference_of
from config.kept import Kept
from evaluations.statistics import ALONE, Claim

MOST_KEPT = 5_000
Kind = VerdictLine.Kind
OTHERS = (Kind.RIVAL, Kind.SIMPLE)
# Claims whose numbers are a version's own.
OF_ONE = (*ALONE, Claim.PASS_ALL)
TOLD = (
    *("verification", "run", "outcome", "lean", "pending_confirmation", "sentence", "unit", "n"),
    *("point", "low", "high", "confidence", "detail", "created_at"),
)
TOLD_LINES = (
    *("verdict", "kind", "label", "outcome", "point", "low", "high", "n"),
    *("run", "sentence", "detail"),
)


@dataclass(frozen=True, slots=True)
class ToldSlice:
    """A slice with its plausible range. corrected_for: how many slices were looked at."""

    label: str
    outcome: str
    point: float | None
    low: float | None
    high: float | None
    n: int
    corrected_for: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A comparison with another model: ours less theirs, in the scorer's unit, as shown. line: its id; run: the other's."""

    line: int
    label: str
    difference: Difference
    point: float | None
    low: float | None
    high: float | None
    n: int
    run: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ToldVerdict:
    """A verdict as shown, with its slices and the models it was compared with. others_ran: when the oldest that can age had ended."""

    outcome: str
    lean: str
    pending: bool
    sentence: str
    point: float | None
    low: float | None
    high: float | None
    unit: str
    n: int
    run: int
    higher_is_better: bool
    others_ran: str
    created_at: datetime
    slices: Sequence[ToldSlice]
    compared: Sequence[Beside]


_TOLD: Kept[int, ToldVerdict] = Kept(MOST_KEPT)


def told_verdicts(ids: Iterable[int]) -> Mapping[int, ToldVerdict]:
    """By id. No query for those that this process has read, else two."""
    return _TOLD.read({pk: pk for pk in ids}, _read)


def _read(ids: Iterable[int]) -> dict[int, ToldVerdict]:
    verdicts = Verdict.objects.only(*TOLD).in_bulk(list(ids))
    lines: dict[int, list[VerdictLine]] = defaultdict(list)
    shown = VerdictLine.objects.filter(verdict__in=verdicts, kind__in=[*OTHERS, Kind.SLICE])
    for line in shown.only(*TOLD_LINES).order_by("pk"):
        line.verdict = verdicts[line.verdict_id]
        lines[line.verdict_id].append(line)
    return {pk: _told(verdict, lines[pk]) for pk, verdict in verdicts.items()}


def _told(verdict: Verdict, lines: Sequence[VerdictLine]) -> ToldVerdict:
    low, high = verdict.shown_ends(difference=verdict.detail.get("claim") not in OF_ONE)
    return ToldVerdict(
        outcome=verdict.outcome,
        lean=verdict.lean,
        pending=verdict.pending_confirmation,
        sentence=verdict.sentence,
        point=verdict.point,
        low=low,
        high=high,
        unit=verdict.unit,
        n=verdict.n,
        run=verdict.run_id,
        higher_is_better=bool(verdict.detail.get("higher_is_better", True)),
        others_ran=verdict.detail.get("ages_from") or "",
        created_at=verdict.created_at,
        slices=tuple([told_slice(line) for line in lines if line.kind == Kind.SLICE]),
        compared=tuple([beside(line) for line in lines if line.kind in OTHERS and line.point is not None]),
    )


def told_slice(line: VerdictLine) -> ToldSlice:
    corrected_for = line.detail.get("corrected_for", 1)
    return ToldSlice(line.label, line.outcome, line.point, line.low, line.high, line.n, corrected_for)


def beside(line: VerdictLine) -> Beside:
    """Of a line whose verdict is loaded."""
    return Beside(
        line=line.pk,
        label=line.label,
        difference=difference_of(line),
        point=line.point,
        low=line.verdict.as_shown(line.low),
        high=line.verdict.as_shown(line.high),
        n=line.n,
        run=line.run_id,
        sentence=line.sentence,
    )
