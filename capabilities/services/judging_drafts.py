"""One verdict worked out: a criterion, a version's run and everybody it is set against. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from capabilities.models import Criterion, Trend, Verdict, VerdictLine, Verification
from capabilities.queries.evidence import Book
from capabilities.services.judging_claims import (
    Scope,
    claim_against,
    claim_alone,
    pairing_of,
    unit_name,
    unit_of,
)
from capabilities.services.judging_confirmation import Settled, settle
from capabilities.services.judging_lines import Compared, compared, opponent_line, slice_lines
from capabilities.services.judging_opinions import Judge, Problem
from capabilities.services.judging_results import verdict_of
from capabilities.services.judging_rivals import DECIDING, Kind, Opponent, deciding
from capabilities.services.judging_words import NOT_ALL_ASKED, too_few_pairs
from evaluations.canonical import sha256_of
from evaluations.models import ModelVersion, Run
from evaluations.statistics import Claim, Outcome, Pairing, Reason, Result, Samples, Unit, sentence
from evaluations.statistics.opinions import LEAST_IN_PART

JUDGING = "judging/1"
MISSING_RIVAL = "missing_rival"
MISSING_REFERENCE = "missing_reference"
NO_SET = "No rivals are agreed for this criterion."


@dataclass(frozen=True)
class Draft:
    """A verdict before it is stored. inputs: SHA-256 over everything it was worked out from."""

    verdict: Verdict
    lines: Sequence[VerdictLine]
    inputs: str
    order: Sequence[Run] = ()


@dataclass(frozen=True)
class Matter:
    """What is to be judged: a version's run by a piece of evidence, set against its opponents."""

    verification: Verification
    version: ModelVersion
    run: Run
    looks: int
    opponents: Sequence[Opponent]
    book: Book
    _pairings: dict[int, Pairing] = field(default_factory=dict)

    @property
    def criterion(self) -> Criterion:
        return self.verification.criterion

    @property
    def scorer_id(self) -> int:
        return self.criterion.scorer_id or 0

    @cached_property
    def deciding(self) -> list[Opponent]:
        return deciding(self.criterion, self.opponents)

    @property
    def runs(self) -> list[Run]:
        """The runs the outcome depends on, ours first."""
        return [self.run, *(one.run for one in self.deciding if one.run)]

    @cached_property
    def scope(self) -> Scope:
        return Scope(self.criterion, self.book.cases, self.book.scorers[self.scorer_id])

    @cached_property
    def unit(self) -> Unit:
        return unit_of(self.criterion, self.scope.scorer, self.run.currency)

    @cached_property
    def judge(self) -> Judge | None:
        """How its judge is read; None where scores are computed."""
        calibration = self.book.calibration(self.scorer_id)
        product = self.criterion.revision.requirement.product
        return Judge(self.scope, calibration, product.evidence_max_age_days) if calibration else None

    @cached_property
    def problem(self) -> Problem | None:
        """Why its judge decides nothing; None where it does, or scores are computed."""
        ours = self.samples(self.run)
        if self.judge is None or ours is None:
            return None
        if self.judge.problem is None and any(run.stopped_early for run in self.runs):
            return Problem(NOT_ALL_ASKED, str(Reason.NOT_ALL_ASKED))
        alone = not needs_others(self.criterion)
        return self.judge.problem or (self.judge.lacking(self.run, ours) if alone else None)

    def pairing(self, ours: Samples, opponent: Opponent) -> Pairing:
        """Ours beside an opponent; of a judge's opinions as people would tell it. Worked out once for each."""
        if id(opponent) not in self._pairings:
            self._pairings[id(opponent)] = self._paired(ours, opponent.run)
        return self._pairings[id(opponent)]

    def _paired(self, ours: Samples, other: Run | None) -> Pairing:
        theirs = self.samples(other)
        if self.judge is None or theirs is None or other is None:
            return pairing_of(self.scope, ours, theirs)
        return self.judge.pair(self.run, ours, other, theirs)

    def samples(self, run: Run | None) -> Samples | None:
        return self.book.samples(run, self.scorer_id) if run else None


def draft(matter: Matter, newest: Verdict | None, standing: Verdict | None) -> Draft | None:
    """The verdict on a matter, None when its run has no scores. newest, standing: earlier verdicts of the same pair."""
    ours = matter.samples(matter.run)
    if ours is None:
        return None
    result = _claim(matter, ours)
    settled = settle(result, matter.runs, newest, standing)
    lines = _lines(matter, ours, result)
    verdict = verdict_of(settled.result, matter.criterion, matter.unit)
    verdict.verification, verdict.model_version, verdict.run = matter.verification, matter.version, matter.run
    verdict.generation, verdict.looks = matter.run.generation, matter.looks
    verdict.unit = unit_name(matter.criterion, matter.scope.scorer)
    _explain(verdict, matter, settled)
    if matter.judge:
        verdict.detail["labelling"] = matter.judge.queue(matter.runs)
    verdict.trend = Trend.UNKNOWN if settled.awaiting else _trend(lines)
    _suspect(verdict, matter.runs)
    _hold(verdict, settled, result)
    inputs = _inputs(matter, [result.method, *(line.detail.get("method", "") for line in lines)])
    verdict.detail |= {
        "inputs": inputs,
        "runs": [run.pk for run in matter.runs],
        "looks_within": matter.run.looks,
        "ages_from": _ages_from(matter.runs),
    }
    return Draft(verdict, lines, inputs, settled.order)


def so_far(matter: Matter) -> Result | None:
    """What a matter comes to, whoever has to confirm it; None without scores."""
    ours = matter.samples(matter.run)
    return None if ours is None else _claim(matter, ours)


def _lines(matter: Matter, ours: Samples, result: Result) -> list[VerdictLine]:
    """None by a judge nobody checked. Slices want labels of their own: a checked judge has criteria about them instead."""
    runs = [matter.run, *(one.run for one in matter.opponents if one.run)]
    if matter.judge is not None and (matter.judge.problem or any(run.stopped_early for run in runs)):
        return []
    return [*_opponent_lines(matter, ours, result), *slice_lines(matter.scope, ours)]


def _claim(matter: Matter, ours: Samples) -> Result:
    if matter.judge is not None and matter.problem is not None:
        return matter.judge.nothing(ours)
    if matter.deciding:
        theirs = [matter.samples(opponent.run) for opponent in matter.deciding]
        pairings = [matter.pairing(ours, opponent) for opponent in matter.deciding]
        return _open_where_missing(claim_against(matter.criterion, pairings), theirs)
    if needs_others(matter.criterion):
        return Result(Outcome.INCONCLUSIVE, Reason.NOT_COMPARABLE, "none/1", Claim.RIVAL)
    return matter.judge.alone(matter.run, ours) if matter.judge else claim_alone(matter.scope, ours)


def needs_others(criterion: Criterion) -> bool:
    return criterion.against in DECIDING and criterion.statistic != Criterion.Statistic.PASS_ALL


def _open_where_missing(result: Result, theirs: Sequence[Samples | None]) -> Result:
    """An opponent without a run leaves open what nobody else decides; n counts the pairs there are."""
    if None not in theirs or (result.lines and result.outcome in (Outcome.MET, Outcome.NOT_MET)):
        return result
    known = [line.n for line, other in zip(result.lines, theirs, strict=False) if other is not None]
    result = replace(result, n=min(known, default=0), missing=0, missing_share=0.0)
    return replace(result, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOT_COMPARABLE, needed_n=None)


def _opponent_lines(matter: Matter, ours: Samples, result: Result) -> list[VerdictLine]:
    parts = dict(zip(map(id, matter.deciding), result.lines or (result,), strict=False))
    return [
        opponent_line(matter.scope, one, _compared(matter, ours, one), parts.get(id(one)), matter.unit)
        for one in matter.opponents
    ]


def _compared(matter: Matter, ours: Samples, opponent: Opponent) -> Compared | None:
    theirs = matter.samples(opponent.run)
    if theirs is None:
        return None
    pairing = matter.pairing(ours, opponent)
    return (
        compared(matter.scope, pairing, theirs)
        if matter.judge is None
        else Compared(pairing, pairing.points[1])
    )


def _trend(lines: Sequence[VerdictLine]) -> str:
    """Against the previous version, else against the released one."""
    for kind in (Kind.PREVIOUS, Kind.RELEASED):
        found = next((line for line in lines if line.kind == kind and line.point is not None), None)
        if found:
            return found.outcome
    return Trend.UNKNOWN


def _explain(verdict: Verdict, matter: Matter, settled: Settled) -> None:
    """The sentence; a missing opponent is named where it keeps the outcome open."""
    if matter.problem is not None:
        verdict.reason = matter.problem.reason
        verdict.sentence = f"Not proven yet: {matter.problem.sentence}"
        return
    other = matter.deciding[0].label if matter.deciding else ""
    unlabelled = _unlabelled(matter, settled.result)
    missing = [one for one in matter.deciding if matter.samples(one.run) is None]
    none_agreed = needs_others(matter.criterion) and not matter.deciding
    if verdict.outcome == Outcome.INCONCLUSIVE and (missing or none_agreed):
        earlier = matter.criterion.against in (Criterion.Against.PREVIOUS, Criterion.Against.RELEASED)
        verdict.reason = MISSING_REFERENCE if earlier else MISSING_RIVAL
        why = [one.note or f"{one.label} has no scores to compare with." for one in missing] or [NO_SET]
        verdict.sentence = f"Not proven yet: {' '.join(why)}"
        verdict.detail["missing_opponents"] = [one.label for one in missing]
    elif verdict.outcome == Outcome.INCONCLUSIVE and unlabelled:
        verdict.reason = Reason.FEW_LABELS
        verdict.sentence = f"Not proven yet: {too_few_pairs(matter.criterion, unlabelled, LEAST_IN_PART)}"
    else:
        verdict.sentence = sentence(settled.result, matter.unit, other)


def _unlabelled(matter: Matter, result: Result) -> list[str]:
    """Whose answers, or ours beside them, too few people labelled to correct a judge by."""
    parts = zip(matter.deciding, result.lines or (result,), strict=False)
    return [one.label for one, part in parts if part.reason is Reason.FEW_LABELS]


def _suspect(verdict: Verdict, runs: Sequence[Run]) -> None:
    """Mark what rests on a model that gave the canary away: it has seen the cases, so it tells little of others."""
    seen = [run for run in runs if (run.canary_seen or {}).get("answers")]
    if seen:
        verdict.detail["contaminated"] = [run.pk for run in seen]
        named = " and ".join(run.model_version.label for run in seen)
        verdict.sentence += (
            f" Suspect: {named} gave away the canary of these cases, so it has seen them before."
        )


def _hold(verdict: Verdict, settled: Settled, result: Result) -> None:
    """Keep what a pending verdict waits for."""
    verdict.detail["computed"] = str(result.outcome)
    if settled.awaiting:
        verdict.pending_confirmation = True
        verdict.detail["awaiting"] = list(settled.awaiting)


def _ages_from(runs: Sequence[Run]) -> str | None:
    """When the oldest deciding run on a floating version finished: from then on the verdict grows old."""
    ends = [run.finished_at for run in runs if run.model_version.floating and run.finished_at]
    return min(ends).isoformat() if ends else None


def _inputs(matter: Matter, methods: Sequence[str]) -> str:
    return sha256_of(
        {
            "judging": JUDGING,
            "verification": matter.verification.origin_id or matter.verification.pk,
            "criterion": matter.criterion.fingerprint,
            "version": matter.version.pk,
            "run": _input(matter, matter.run),
            "looks": matter.looks,
            "opponents": [
                [str(one.kind), one.label, one.note, _input(matter, one.run)] for one in matter.opponents
            ],
            "methods": list(methods),
            **({"labels": _labels(matter)} if matter.judge else {}),
        }
    )


def _labels(matter: Matter) -> list[str]:
    """What people said, or why it does not matter yet."""
    ours = matter.samples(matter.run)
    if matter.judge is None or matter.problem is not None or ours is None:
        return ["", matter.problem.sentence if matter.problem else ""]
    return [matter.judge.digest(matter.run, ours, [one.run for one in matter.opponents if one.run]), ""]


def _input(matter: Matter, run: Run | None) -> list[object] | None:
    vector_hash = matter.book.hash_of(run, matter.scorer_id) if run else None
    return [run.pk, run.generation, vector_hash] if run else None
