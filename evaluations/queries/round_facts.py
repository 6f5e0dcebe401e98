"""What a finished round says: who gained and lost, what it took against what was expected, what moved under us and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Count

from evaluations.models import (
    NOT_EVIDENCE,
    UNDER_US,
    EvaluationScorer,
    ModelEvent,
    Round,
    Run,
    ScorerVersion,
    WorkItem,
)
from evaluations.queries.comparison import OPINION, Comparison, as_comparison, outcome_of
from evaluations.queries.comparison_figures import pair_of
from evaluations.queries.differences import differs
from evaluations.queries.vectors import cases_of_each, samples_from, vectors_of
from evaluations.statistics import holm, rejected

MOST_MOVES = 100
WORDS = {"A ahead": "gained", "A behind": "lost"}
RELATED = (
    "model_version__model",
    "prompt_version__prompt",
    "evaluation_version__evaluation",
    "evaluation_version__prompt_version__prompt",
    "evaluation_version__dataset_version__dataset",
)


@dataclass(frozen=True)
class Move:
    """A run of the round beside the run before it, on the same cases by the main scorer. supported: among all moves of the round."""

    run: Run
    before: Run
    comparison: Comparison
    supported: bool

    @property
    def outcome(self) -> str:
        """gained, lost, not distinguishable, too much is missing, for display only, a judge’s opinion or no data."""
        found = self.comparison
        if not found.ok:
            return "for display only"
        if found.result.point is None:
            return "no data"
        if found.opinion:
            return OPINION
        told = outcome_of(found.result, supported=self.supported)
        return WORDS.get(told, told)


@dataclass(frozen=True)
class Taken:
    """What a round took beside what was expected of it. cost: by currency; unpriced: runs whose calls had no known price.

    expected: as Round.preview; empty for rounds from before it was kept.
    """

    calls: int
    reused: int
    perhaps_twice: int
    cost: Mapping[str, Decimal]
    unpriced: int
    expected: Mapping[str, Any]

    @property
    def above(self) -> bool:
        """Whether it took more money than was expected at the most."""
        most, currency = self.expected.get("cost_high"), self.expected.get("currency", "")
        return most is not None and self.cost.get(currency, Decimal(0)) > Decimal(most)


@dataclass(frozen=True)
class Lack:
    """A run that is not whole, and why in words. missing: its samples without an answer."""

    run: Run
    missing: int
    why: str


@dataclass(frozen=True)
class RoundFacts:
    """first: runs with nothing before them to be set beside. left_out: moves beyond MOST_MOVES, not worked out."""

    round: Round
    runs: Sequence[Run]
    moves: Sequence[Move]
    first: Sequence[Run]
    left_out: int
    taken: Taken
    events: Sequence[ModelEvent]
    skipped: Sequence[str]
    lacks: Sequence[Lack]


def round_facts(found: Round) -> RoundFacts:
    """The facts of a round, finished or not (then of the runs that are). Up to eight queries, however many runs."""
    runs = list(found.runs.select_related(*RELATED).order_by("pk"))
    pairs = _pairs(found, [run for run in runs if run.state in (Run.State.DONE, Run.State.PARTIAL)])
    beside = {run.pk for run, _ in pairs}
    events = ModelEvent.objects.filter(run__round=found, kind__in=UNDER_US).select_related(
        "model_version__model"
    )
    return RoundFacts(
        round=found,
        runs=runs,
        moves=_moves(pairs[:MOST_MOVES]),
        first=[run for run in runs if run.pk not in beside and run.done and not run.is_copy],
        left_out=max(len(pairs) - MOST_MOVES, 0),
        taken=_taken(found, runs),
        events=list(events.order_by("pk")),
        skipped=found.summary.get("problems", []),
        lacks=_lacks(runs),
    )


def _pairs(found: Round, runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Each run that called somebody, with the one before it: of the same version, else of its parent, else of an earlier version.

    One query.
    """
    fresh = [run for run in runs if not run.is_copy]
    if not fresh:
        return []
    earlier = (
        Run.objects.finished()
        .exclude(origin__in=NOT_EVIDENCE)
        .exclude(round=found)
        .filter(
            pk__lt=max(run.pk for run in fresh),
            evaluation_version__in={run.evaluation_version_id for run in fresh},
            model_version__model__in={run.model_version.model_id for run in fresh},
        )
        .select_related(*RELATED)
        .last_asked_of_each("evaluation_version_id", "model_version_id")
    )
    known: dict[tuple[int, int], list[Run]] = {}
    for run in earlier:
        known.setdefault((run.evaluation_version_id, run.model_version.model_id), []).append(run)
    pairs = []
    for run in fresh:
        candidates = known.get((run.evaluation_version_id, run.model_version.model_id), [])
        if before := _before(run, [one for one in candidates if one.pk < run.pk]):
            pairs.append((run, before))
    return pairs


def _before(run: Run, candidates: Sequence[Run]) -> Run | None:
    version = run.model_version
    ranked = sorted(
        (one for one in candidates if one.model_version_id <= version.pk),
        key=lambda one: (
            one.model_version_id != version.pk,
            one.model_version_id != version.parent_id,
            -one.model_version_id,
        ),
    )
    return next(iter(ranked), None)


def _moves(pairs: Sequence[tuple[Run, Run]]) -> list[Move]:
    """Three queries."""
    runs = [run for pair in pairs for run in pair]
    scorers = _main_scorers({run.evaluation_version_id for run in runs})
    vectors = vectors_of(runs, {scorer.pk for scorer in scorers.values()})
    cases = cases_of_each({run.evaluation_version.dataset_version_id for run in runs})
    found: list[Move] = []
    for run, before in pairs:
        scorer = scorers[run.evaluation_version_id]
        sides = [vectors.get((one.pk, scorer.pk)) for one in (run, before)]
        if None in sides:
            continue
        listed = cases[run.evaluation_version.dataset_version_id]
        ours, theirs = (samples_from(vector, listed, scorer) for vector in sides if vector is not None)
        told = [
            problem.sentence for problem in differs(run, before, (scorer, scorer), "model", "the run before")
        ]
        comparison = as_comparison(run, before, scorer, told, pair_of(ours, theirs, scorer), "model")
        found.append(Move(run, before, comparison, comparison.supported))
    return _corrected(found)


def _main_scorers(evaluation_versions: set[int]) -> dict[int, ScorerVersion]:
    """The first scorer of each evaluation version. One query."""
    rows = EvaluationScorer.objects.filter(evaluation_version__in=evaluation_versions)
    rows = rows.select_related("scorer_version__scorer").order_by("evaluation_version_id", "position")
    return {row.evaluation_version_id: row.scorer_version for row in rows.reverse()}


def _corrected(moves: Sequence[Move]) -> list[Move]:
    """Supported only where it stands among all moves of the round that were tested (Holm 1979)."""
    tested = [place for place, move in enumerate(moves) if move.comparison.result.p is not None]
    stands = rejected(holm([moves[place].comparison.result.p or 0.0 for place in tested]))
    found = list(moves)
    for place, stood in zip(tested, stands, strict=True):
        found[place] = replace(moves[place], supported=moves[place].supported and stood)
    return found


def _taken(found: Round, runs: Sequence[Run]) -> Taken:
    cost: dict[str, Decimal] = {}
    for run in runs:
        if run.cost is not None:
            cost[run.currency] = cost.get(run.currency, Decimal(0)) + run.cost
    return Taken(
        calls=sum(run.calls for run in runs),
        reused=sum(run.reused for run in runs),
        perhaps_twice=sum(run.calls_unknown for run in runs),
        cost=cost,
        unpriced=sum(run.cost is None and run.calls > 0 for run in runs),
        expected=found.preview,
    )


def _lacks(runs: Sequence[Run]) -> list[Lack]:
    """One query; none where every run is whole."""
    broken = [
        run
        for run in runs
        if run.state in (Run.State.FAILED, Run.State.CANCELLED) or (run.failed and run.done)
    ]
    if not broken:
        return []
    items = WorkItem.objects.filter(run__in=broken).exclude(error="")
    reasons: dict[int, tuple[int, str]] = {}
    for run_id, error, count in items.values_list("run_id", "error").annotate(count=Count("pk")).order_by():
        reasons[run_id] = max(reasons.get(run_id, (0, "")), (count, error))
    return [_lack(run, reasons.get(run.pk, (0, ""))[1]) for run in broken]


def _lack(run: Run, most_often: str) -> Lack:
    if run.state == Run.State.CANCELLED:
        return Lack(run, run.wanted - run.done, run.failure or "It was cancelled.")
    return Lack(run, run.wanted - run.done, run.failure or most_often or "The reason was not kept.")
