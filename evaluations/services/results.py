"""Results made elsewhere and pushed: checked line by line, stored in bulk, the same line twice counted once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice

from django.db import transaction

from config.errors import Refused
from evaluations.importers.results import PushedResult, parse_results
from evaluations.models import BROUGHT, DatasetVersionCase, Run, ScorerVersion, WorkItem
from evaluations.scorers.types import Scored
from evaluations.services.blobs import store_blobs
from evaluations.services.pushed_rows import (
    Line,
    Place,
    StoredScore,
    copy_responses,
    copy_scores,
    finish_items,
    sample_states,
    score_row,
    stored_answers,
)
from evaluations.services.spend import settle

CHUNK = 2_500
MAX_TOKENS = 2_147_483_647


@dataclass
class PushReport:
    """What became of each line. rejected: (line number from 1, reason)."""

    accepted: int = 0
    duplicate: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Expected:
    """What a run's lines may speak of."""

    cases: Mapping[str, int]
    scorers: Mapping[str, ScorerVersion]
    repeats: int

    def problem(self, result: PushedResult) -> str:
        """Why a line cannot be taken, as a sentence; empty when it can."""
        if result.case not in self.cases:
            return f"There is no case “{result.case[:80]}” in this evaluation."
        if result.repeat > self.repeats:
            return f"Repeat {result.repeat} is more than the {self.repeats} of this evaluation."
        if (
            result.error
            and result.error.kind == "infrastructure"
            and (result.scores or result.output is not None)
        ):
            return "A sample with an infrastructure error has no output and no scores; it is missing."
        if any(count > MAX_TOKENS for count in result.usage.values()):
            return f"A count of usage is more than {MAX_TOKENS:,}."
        return next(filter(None, (self._score_problem(*pair) for pair in result.scores.items())), "")

    def _score_problem(self, slug: str, scored: Scored) -> str:
        scorer = self.scorers.get(slug)
        if scorer is None:
            return f"This evaluation has no scorer “{slug[:80]}”; it has {', '.join(self.scorers)}."
        kind, value = scorer.value_kind, scored.numerator
        if kind == ScorerVersion.ValueKind.SET:
            return f"“{slug}” is worked out from the outputs; push outputs, and leave its scores out."
        if kind != ScorerVersion.ValueKind.RATIO and scored.denominator != 1:
            return f"Scores of “{slug}” have no denominator; leave “den” out."
        if kind == ScorerVersion.ValueKind.BINARY and value not in (0, 1):
            return f"Scores of “{slug}” are 0 or 1, not {value:g}."
        if kind == ScorerVersion.ValueKind.BOUNDED and not scorer.low <= value <= scorer.high:
            return f"Scores of “{slug}” lie from {scorer.low:g} to {scorer.high:g}, not {value:g}."
        if kind == ScorerVersion.ValueKind.RATIO and value < 0:
            return f"Scores of “{slug}” are counts and not negative."
        return ""


def push_results(*, run: Run, lines: Iterable[bytes]) -> PushReport:
    """Store NDJSON lines of a run that is open for results; see the contract for their format.

    Committed in chunks of 2,500 lines: when a push is cut off, what came through stays, and pushing all of it again
    counts that part as duplicate. A line for a sample that is there with other content is rejected; a sample that was
    pushed as an infrastructure error may still get its result. Raises Refused when the run is not open.
    """
    report = PushReport()
    expected = _expected(run)
    numbered = parse_results(lines)
    while chunk := list(islice(numbered, CHUNK)):
        _push_chunk(run, expected, list(_checked(chunk, expected, report)), report)
    report.rejected.sort()
    return report


def _expected(run: Run) -> Expected:
    version = run.evaluation_version
    entries = DatasetVersionCase.objects.filter(version=version.dataset_version_id)
    scorers = version.scorers.select_related("scorer")
    return Expected(
        cases=dict(entries.values_list("key", "case_id")),
        scorers={scorer.scorer.slug: scorer for scorer in scorers},
        repeats=version.repeats,
    )


def _checked(
    chunk: Iterable[tuple[int, PushedResult | str]], expected: Expected, report: PushReport
) -> Iterator[Line]:
    """The lines that may be stored, each sample once; what is wrong with the others goes to the report."""
    seen: dict[Place, PushedResult] = {}
    for number, result in chunk:
        problem = result if isinstance(result, str) else expected.problem(result)
        if isinstance(result, str) or problem:
            report.rejected.append((number, problem))
            continue
        place = (expected.cases[result.case], result.repeat)
        first = seen.setdefault(place, result)
        if first is result:
            digest = "" if result.output is None else sha256(result.output.encode()).hexdigest()
            yield Line(number, place, result, digest)
        elif first == result:
            report.duplicate += 1
        else:
            report.rejected.append((number, _conflict(result)))


def _conflict(result: PushedResult) -> str:
    return f"Case “{result.case}”, repeat {result.repeat} was pushed before with other content (conflict)."


def _push_chunk(run: Run, expected: Expected, lines: Sequence[Line], report: PushReport) -> None:
    outputs = [line.result.output.encode() for line in lines if line.result.output is not None]
    blobs = store_blobs(outputs) if outputs else {}
    with transaction.atomic():
        _check_open(Run.objects.select_for_update(no_key=True).get(pk=run.pk))
        states = sample_states(run, lines)
        new = [line for line in lines if _is_new(line, states[line.place])]
        settled = [line for line in lines if not _is_new(line, states[line.place])]
        _compare(run, expected, settled, states, report)
        answered = [line for line in new if not line.is_missing]
        if answered:
            copy_responses(run, answered, blobs)
            copy_scores(run, answered, {slug: one.pk for slug, one in expected.scorers.items()})
        finish_items(run, new)
        failed = sum(line.is_missing for line in new)
        again = sum(states[line.place][0] == WorkItem.State.FAILED for line in answered)
        settle(run=run, ends=[], done=len(answered), failed=failed - again)
        report.accepted += len(new)


def _check_open(run: Run) -> None:
    if run.origin not in BROUGHT or run.state != Run.State.RUNNING:
        raise Refused(
            f"Run {run.pk} is {run.state} and takes no results. Open a run with the origin “push”.",
            code="state",
        )


def _is_new(line: Line, state: tuple[str, str]) -> bool:
    if state[0] == WorkItem.State.FAILED:
        return not line.is_missing
    return state[0] == WorkItem.State.PENDING


def _compare(
    run: Run,
    expected: Expected,
    lines: Sequence[Line],
    states: Mapping[Place, tuple[str, str]],
    report: PushReport,
) -> None:
    """Lines for samples that are there: the same content again is a duplicate, other content a conflict."""
    if not lines:
        return
    stored = stored_answers(run, lines)
    for line in lines:
        answer = stored.get(line.place)
        if answer is None:
            same = line.is_missing and states[line.place][1] == line.error
        else:
            same = answer.row == line.row and _same_scores(line, answer.scores, expected.scorers)
        if same:
            report.duplicate += 1
        else:
            report.rejected.append((line.number, _conflict(line.result)))


def _same_scores(line: Line, stored: Mapping[int, StoredScore], scorers: Mapping[str, ScorerVersion]) -> bool:
    """Pushed scores must be there as they are; others there may only be those that are made here."""
    for slug, scorer in scorers.items():
        pushed, have = line.result.scores.get(slug), stored.get(scorer.pk)
        if pushed is None:
            if have is not None and scorer.kind == "external" and not line.result.error:
                return False
        elif have != score_row(pushed):
            return False
    return True
