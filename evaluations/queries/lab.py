"""What a sheet of the prompt lab shows: the answers row by row, and each column beside the one chosen as the base."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import Q, QuerySet

from config.people.models import User
from evaluations.differences import Change, word_diff
from evaluations.models import (
    Blob,
    Case,
    DatasetVersionCase,
    EvaluationScorer,
    LabMark,
    LabSheet,
    Response,
    Run,
    Score,
    ScorerVersion,
    WorkItem,
)
from evaluations.providers import UnknownAdapter, get_adapter
from evaluations.providers.process import reads_prompt
from evaluations.queries.media import attachments_of, outputs_by_id
from evaluations.statistics import Interval
from evaluations.statistics.proportions import wilson

LONGEST = 4_000
DIFFED = 6_000


def sheets_for(user: User, product_keys: Sequence[str]) -> QuerySet[LabSheet]:
    """One's own, those of no product, and those of products one may see; the last saved first."""
    rows = LabSheet.objects.filter(Q(owner=user) | Q(product="") | Q(product__in=product_keys))
    return rows.select_related("owner", "round", "dataset_version__dataset").order_by("-saved_at", "-id")


@dataclass(frozen=True)
class LabScore:
    """name: of the check."""

    name: str
    value: float | None
    passed: bool
    rationale: str
    parsed: bool


@dataclass(frozen=True)
class Try:
    """One answer to a row. output: sound and pictures without their bytes."""

    response: Response
    output: Blob | None
    scores: Mapping[int, LabScore]
    mark: LabMark | None = None

    @cached_property
    def text(self) -> str:
        return self.output.text if self.output and self.output.is_text else ""

    @property
    def said(self) -> tuple[str, str]:
        """What two tries must share to be the same answer."""
        return (self.output.sha256 if self.output else "", self.response.error_class)

    @property
    def shown(self) -> str:
        return self.text[:LONGEST]

    @property
    def cut(self) -> bool:
        return len(self.text) > LONGEST

    def passes(self, scorer: int) -> bool | None:
        found = self.scores.get(scorer)
        return None if found is None else found.passed


@dataclass
class Cell:
    """A column's answers to a row, in order of the tries. failure: why one is missing.

    pieces: the first word by word against the base's; flipped: to right or wrong.
    """

    tries: list[Try] = field(default_factory=list)
    pieces: Sequence[Change] = ()
    flipped: str = ""
    failure: str = ""

    @property
    def different(self) -> int:
        """How many different answers there are among the tries."""
        return len(self.sayings)

    @property
    def sayings(self) -> list[tuple[Try, int]]:
        """Each different answer, by the first try that gave it, with how many did; the most frequent first. Sounds by their bytes."""
        first: dict[tuple[str, str], Try] = {}
        count = Counter(one.said for one in self.tries)
        for one in self.tries:
            first.setdefault(one.said, one)
        return [(first[said], times) for said, times in count.most_common()]

    @property
    def same(self) -> int:
        """How many tries gave the most frequent answer."""
        return self.sayings[0][1] if self.tries else 0


@dataclass
class Row:
    number: int
    case: Case
    cells: list[Cell]
    media: Sequence[tuple[str, str | None]] = ()


@dataclass(frozen=True)
class Rate:
    """How many of the scored tries pass a check."""

    scorer: ScorerVersion
    passed: int
    scored: int

    @property
    def share(self) -> float | None:
        return self.passed / self.scored if self.scored else None

    @property
    def range(self) -> Interval | None:
        """Of the share, where each try stands for itself: one row asked several times."""
        return wilson(self.passed, self.scored) if self.scored else None


@dataclass
class Column:
    """One model under one prompt. key: names it in addresses. reads_prompt: False for programs that read the row alone.

    varied: rows whose tries differed, of the rows with several tries.
    """

    key: str
    letter: str
    run: Run
    answers: int = 0
    latency_ms: float | None = None
    tokens: int | None = None
    cost: Decimal | None = None
    rates: Sequence[Rate] = ()
    flips: tuple[int, int] = (0, 0)
    varied: tuple[int, int] = (0, 0)

    @property
    def varied_range(self) -> Interval | None:
        """Of the share of rows that vary."""
        return wilson(*self.varied) if self.varied[1] else None

    @property
    def label(self) -> str:
        return f"{self.letter} · {self.run.model_version.label}"

    @property
    def waiting(self) -> bool:
        return self.run.state in (Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING)

    @property
    def reads_prompt(self) -> bool:
        provider = self.run.model_version.model.provider
        if provider is not None and provider.adapter == "process":
            return reads_prompt(self.run.model_version.api_id)
        try:
            return provider is not None and get_adapter(provider.adapter).needs_http
        except UnknownAdapter:
            return True

    @property
    def kind(self) -> str:
        return str(self.run.model_version.model.get_kind_display())


@dataclass
class Sheet:
    """The answers of a sheet. base: the column the others are set against; scorer: the check that decides what flipped."""

    columns: list[Column]
    rows: list[Row]
    scorers: Sequence[ScorerVersion]
    base: Column | None
    scorer: ScorerVersion | None

    @property
    def waiting(self) -> bool:
        return any(column.waiting for column in self.columns)

    @property
    def done(self) -> int:
        return sum(column.run.done + column.run.failed for column in self.columns)

    @property
    def total(self) -> int:
        return sum(column.run.total for column in self.columns)


def answers_of(sheet: LabSheet, reader: User, base: str = "", check: str = "") -> Sheet:
    """What the sheet's runs came to so far. Eight queries, nine with attachments, however many rows and columns.

    base: key of a column, else the first; check: slug of a scorer, else the first.
    """
    return answers_of_runs(sheet.runs.all(), LabMark.objects.filter(sheet=sheet, author=reader), base, check)


def answers_of_runs(runs: QuerySet[Run], marks: QuerySet[LabMark], base: str = "", check: str = "") -> Sheet:
    """The same of any runs on the same rows whose evaluations are named by a letter at their slug's end."""
    columns = _columns(runs)
    if not columns:
        return Sheet([], [], (), None, None)
    chosen = next((one for one in columns if one.key == base), columns[0])
    entries = DatasetVersionCase.objects.filter(version=columns[0].run.evaluation_version.dataset_version_id)
    cases = [entry.case for entry in entries.select_related("case__content").order_by("position")]
    scorers = _scorers(columns[0].run)
    scorer = next((one for one in scorers if one.scorer.slug == check), scorers[0] if scorers else None)
    tries = _tries(columns, marks, scorers)
    failures = _failures(columns)
    media = attachments_of(cases)
    rows = [
        Row(
            number,
            case,
            [
                Cell(
                    tries.get((column.run.pk, case.pk), []),
                    failure=failures.get((column.run.pk, case.pk), ""),
                )
                for column in columns
            ],
            media.get(case.pk, ()),
        )
        for number, case in enumerate(cases, start=1)
    ]
    for place, column in enumerate(columns):
        _sum_up(column, [row.cells[place] for row in rows], scorers)
    _set_against(rows, columns, chosen, scorer)
    return Sheet(columns, rows, scorers, chosen, scorer)


def mark_of(reader: User, sheet: LabSheet, answer: Response) -> LabMark | None:
    """What the reader thinks of an answer, also of one that was scored again. One query."""
    marks = LabMark.objects.filter(sheet=sheet, author=reader)
    return marks.filter(answer=answer.reused_from_id or answer.pk).first()


def _columns(runs: QuerySet[Run]) -> list[Column]:
    """By prompt, then by model. One query."""
    rows = runs.select_related(
        "model_version__model__provider",
        "evaluation_version__evaluation",
        "evaluation_version__dataset_version",
        "prompt_version",
    )
    found = []
    for run in rows:
        letter = run.evaluation_version.evaluation.slug.rsplit("-", 1)[-1].upper()
        found.append(Column(f"{letter}-{run.model_version_id}", letter, run))
    return sorted(found, key=lambda one: (one.letter, one.run.model_version.label))


def _scorers(run: Run) -> list[ScorerVersion]:
    rows = EvaluationScorer.objects.filter(evaluation_version=run.evaluation_version_id)
    return [row.scorer_version for row in rows.select_related("scorer_version__scorer").order_by("position")]


def _failures(columns: Sequence[Column]) -> dict[tuple[int, int], str]:
    """What stood in the way of a missing answer, by run and case; of answers scored again by the run that called. One query."""
    called = {column.run.scored_from_id or column.run.pk: column.run.pk for column in columns}
    given_up = WorkItem.objects.filter(run__in=called, state=WorkItem.State.FAILED)
    rows = given_up.values_list("run_id", "case_id", "error")
    return {(called[run], case): error for run, case, error in rows}


def _tries(
    columns: Sequence[Column], marks: QuerySet[LabMark], scorers: Sequence[ScorerVersion]
) -> dict[tuple[int, int], list[Try]]:
    """By run and case, with the reader's marks. Four queries."""
    runs = [column.run for column in columns]
    responses = list(Response.objects.filter(run__in=runs).order_by("repeat", "id"))
    outputs = outputs_by_id({one.output_id for one in responses if one.output_id is not None})
    names = {scorer.pk: scorer.scorer.name for scorer in scorers}
    scores: dict[int, dict[int, LabScore]] = defaultdict(dict)
    rows = Score.objects.filter(response__in=[one.pk for one in responses], scorer_version__in=names)
    for score in rows.select_related("scorer_version"):
        scores[score.response_id][score.scorer_version_id] = _score(score, names[score.scorer_version_id])
    by_answer = {mark.answer_id: mark for mark in marks}
    found: dict[tuple[int, int], list[Try]] = defaultdict(list)
    for one in responses:
        mark = by_answer.get(one.reused_from_id or one.pk)
        found[one.run_id, one.case_id].append(Try(one, outputs.get(one.output_id or 0), scores[one.pk], mark))
    return found


def _score(score: Score, name: str) -> LabScore:
    version = score.scorer_version
    value = score.numerator / score.denominator if score.denominator else None
    lower = version.direction == ScorerVersion.Direction.LOWER
    passed = value is not None and (value <= version.pass_mark if lower else value >= version.pass_mark)
    return LabScore(name, value, passed, score.rationale, score.parsed)


def _sum_up(column: Column, cells: Sequence[Cell], scorers: Sequence[ScorerVersion]) -> None:
    tries = [one for cell in cells for one in cell.tries]
    responses = [one.response for one in tries]
    times = [one.latency_ms for one in responses if one.latency_ms is not None]
    costs = [one.cost for one in responses if one.cost is not None]
    tokens = [one.output_tokens for one in responses if one.output_tokens is not None]
    column.answers = len(responses)
    column.latency_ms = statistics.median(times) if times else None
    column.cost = sum(costs, Decimal(0)) if costs else None
    column.tokens = sum(tokens) if tokens else None
    column.rates = [_rate(scorer, tries) for scorer in scorers]
    several = [cell for cell in cells if len(cell.tries) > 1]
    column.varied = sum(cell.different > 1 for cell in several), len(several)


def _rate(scorer: ScorerVersion, tries: Sequence[Try]) -> Rate:
    told = [passed for one in tries if (passed := one.passes(scorer.pk)) is not None]
    return Rate(scorer, sum(told), len(told))


def _set_against(
    rows: Sequence[Row], columns: Sequence[Column], base: Column, scorer: ScorerVersion | None
) -> None:
    """Marks in every other column what it says otherwise than the base, and where it turned right or wrong."""
    origin = columns.index(base)
    for place, column in enumerate(columns):
        if place == origin:
            continue
        for row in rows:
            before, after = row.cells[origin], row.cells[place]
            if not before.tries or not after.tries:
                continue
            first, second = before.tries[0], after.tries[0]
            if len(first.text) + len(second.text) <= DIFFED:
                after.pieces = word_diff(first.text, second.text)
            after.flipped = _flip(before, after, scorer.pk) if scorer else ""
        cells = [row.cells[place] for row in rows]
        column.flips = (
            sum(cell.flipped == "right" for cell in cells),
            sum(cell.flipped == "wrong" for cell in cells),
        )


def _flip(before: Cell, after: Cell, scorer: int) -> str:
    """Which way the row turned, by every try; empty when it did not or was not the same in every try."""
    old, new = ({one.passes(scorer) for one in cell.tries} for cell in (before, after))
    if old == {False} and new == {True}:
        return "right"
    return "wrong" if old == {True} and new == {False} else ""
