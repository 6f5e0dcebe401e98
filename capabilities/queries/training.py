"""A training run as a series: each criterion over its checkpoints, with what changed between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from capabilities.models import Criterion, Product, Trend, Verdict, VerdictLine
from capabilities.queries.criterion_words import criterion_words, newest_scorers, unit_of_criterion
from capabilities.queries.expectations import LINE, Line, line_of
from capabilities.queries.release_rows import is_difference
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, Model, ModelVersion, Run
from evaluations.statistics import holm, possible_ends

SLACK = 1e-12
MOST_STEPS = 1_000


@dataclass(frozen=True)
class TrainingRun:
    """One training run of a model by its name: how many checkpoints, and the last step."""

    name: str
    checkpoints: int
    last_step: int | None


@dataclass(frozen=True)
class Change:
    """From one checkpoint to a later one. trend: one of Trend; p: of a regression; adjusted, stands: after correction.

    low, high: as they are shown. since: the earlier checkpoint; why: in words, where nothing can be said.
    """

    since: ModelVersion
    trend: str
    point: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    p: float | None = None
    adjusted: float | None = None
    stands: bool = False
    why: str = ""


@dataclass(frozen=True)
class Step:
    """A criterion at one checkpoint. event: what of its measure changed since the step before; verdict_id None: nothing measured."""

    version: ModelVersion
    verdict_id: int | None = None
    run_id: int | None = None
    point: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    unit: str = ""
    outcome: str = "no_data"
    lean: str = ""
    confidence: float = 0.95
    evaluation_id: int | None = None
    evaluation: str = ""
    event: str = ""
    change: Change | None = None

    @property
    def measured(self) -> bool:
        return self.point is not None


@dataclass(frozen=True)
class Series:
    """A criterion over all checkpoints; compared: how many changes its marks were corrected for together."""

    criterion: Criterion
    words: str
    unit: str
    difference: bool
    higher_is_better: bool
    steps: Sequence[Step]
    compared: int = 0

    @property
    def key(self) -> str:
        return f"{self.criterion.revision.requirement.key}/{self.criterion.key}"

    @property
    def measured(self) -> list[Step]:
        return [step for step in self.steps if step.measured]

    @property
    def latest(self) -> Step:
        return self.steps[-1]

    @property
    def before(self) -> Step | None:
        """The last checkpoint before the latest that was measured."""
        return next((step for step in reversed(self.steps[:-1]) if step.measured), None)


@dataclass(frozen=True)
class Training:
    """versions: the checkpoints in the order of their steps. criteria: those measured on any of them; unmeasured: asked of this kind of
    model and not measured. moving: runs of them under way. cut: how many early checkpoints are left out.
    """

    model: Model
    name: str
    versions: Sequence[ModelVersion]
    criteria: Sequence[Criterion]
    unmeasured: Sequence[Criterion]
    moving: Sequence[Run]
    cut: int = 0

    @property
    def latest(self) -> ModelVersion | None:
        return self.versions[-1] if self.versions else None

    def last(self, count: int) -> "Training":
        """The same with its last checkpoints only."""
        return replace(self, versions=self.versions[-count:])


def training_runs(model: Model) -> list[TrainingRun]:
    """Every training run of a model, the newest first. Two queries."""
    named = model.versions.exclude(training_run="").values("training_run")
    rows = {
        row["training_run"]: row for row in named.annotate(n=Count("pk"), last=Max("step"), newest=Max("pk"))
    }
    pushed = Run.objects.filter(model_version__model=model).exclude(training_run="")
    others = pushed.exclude(training_run__in=rows).order_by().values("training_run")
    for row in others.annotate(
        n=Count("model_version", distinct=True), last=Max("model_version__step"), newest=Max("model_version")
    ):
        rows[row["training_run"]] = row
    newest_first = sorted(rows.values(), key=lambda row: -row["newest"])
    return [TrainingRun(row["training_run"], row["n"], row["last"]) for row in newest_first]


def training_of(model: Model, name: str, products: Iterable[Product], requirement: str = "") -> Training:
    """The checkpoints of a training run and the agreed criteria of products that speak of it. Five queries.

    A version belongs to it when it was registered with the name, or when results of that training run were pushed for it.
    """
    pushed = Run.objects.filter(model_version=OuterRef("pk"), training_run=name)
    found = model.versions.filter(Q(training_run=name) | Exists(pushed)).select_related("model", "parent")
    versions = sorted(found, key=lambda version: (version.step is not None, version.step or 0, version.pk))
    cut = max(0, len(versions) - MOST_STEPS)
    versions = versions[cut:]
    measured, unmeasured = _criteria(versions, model, products, requirement)
    moving = Run.objects.moving().filter(model_version__in=versions).exclude(origin__in=NOT_EVIDENCE)
    return Training(
        model,
        name,
        versions,
        measured,
        unmeasured,
        list(moving.select_related("model_version__model", "evaluation_version__evaluation").order_by("pk")),
        cut,
    )


def _criteria(
    versions: Sequence[ModelVersion], model: Model, products: Iterable[Product], requirement: str
) -> tuple[list[Criterion], list[Criterion]]:
    """Those measured on any checkpoint, and others asked of this kind of model. Two queries."""
    rows = (
        Criterion.objects.filter(
            revision__status="approved",
            revision__requirement__product__in=list(products),
            revision__requirement__lifecycle="approved",
            not_measurable_reason="",
            scorer__isnull=False,
        )
        .select_related("scorer", "rival_set", "revision__requirement__product")
        .order_by("revision__requirement__product__key", "revision__requirement__number", "position", "key")
    )
    judged = Verdict.objects.filter(model_version__in=versions).order_by().values_list(*LINE).distinct()
    seen = set(judged)
    wanted = [row for row in rows if requirement in {"", row.revision.requirement.key}]
    measured = [row for row in wanted if line_of(row) in seen]
    unmeasured = [
        row for row in wanted if line_of(row) not in seen and row.revision.requirement.kind == model.kind
    ]
    return measured, unmeasured


def series_of(training: Training, criteria: Sequence[Criterion]) -> list[Series]:
    """These criteria over every checkpoint, with the changes between neighbours that were judged. At most six queries."""
    cells = _cells(criteria, training.versions)
    lines = _previous_lines(cell["pk"] for cell in cells.values())
    measures = _measures({cell["evaluation_id"] for cell in cells.values()})
    scorers = newest_scorers(criterion.scorer_id for criterion in criteria if criterion.scorer_id)
    found = []
    for criterion in criteria:
        scorer = scorers.get(criterion.scorer_id or 0)
        steps = _steps(criterion, training.versions, cells, measures, lines)
        higher = (
            scorer is None or scorer.direction == "higher" or criterion.statistic in {"share", "pass_all"}
        )
        steps, compared = corrected(steps)
        unit = next(
            (step.unit for step in reversed(steps) if step.measured), unit_of_criterion(criterion, scorer)
        )
        words, difference = criterion_words(criterion, scorer), is_difference(criterion)
        found.append(Series(criterion, words, unit, difference, higher, steps, compared))
    return found


Cells = Mapping[tuple[Line, int], dict[str, Any]]


def _cells(criteria: Sequence[Criterion], versions: Sequence[ModelVersion]) -> Cells:
    """The newest verdict by criterion's line and version. One query."""
    lines = {line_of(criterion) for criterion in criteria}
    names = (*LINE, "model_version_id")
    rows = (
        _verdicts(lines, versions)
        .order_by(*names, "-pk")
        .distinct(*names)
        .values_list(
            *names, "pk", "run_id", "point", "low", "high", "n", "unit", "outcome", "lean", "confidence",
            "verification__evaluation_version_id", "detail__widest",
        )
    )  # fmt: skip
    fields = (
        "pk",
        "run_id",
        "point",
        "low",
        "high",
        "n",
        "unit",
        "outcome",
        "lean",
        "confidence",
        "evaluation_id",
        "widest",
    )
    return {
        ((row[0], row[1], row[2]), row[3]): dict(zip(fields, row[4:], strict=True))
        for row in rows
        if (row[0], row[1], row[2]) in lines
    }


def _verdicts(lines: set[Line], versions: Sequence[ModelVersion]) -> QuerySet[Verdict]:
    return Verdict.objects.filter(
        verification__criterion__revision__requirement__in={line[0] for line in lines},
        verification__criterion__fingerprint__in={line[2] for line in lines},
        model_version__in=versions,
    )


def _previous_lines(verdict_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """By verdict what it says against the version before. One query."""
    rows = VerdictLine.objects.filter(verdict__in=list(verdict_ids), kind=VerdictLine.Kind.PREVIOUS)
    fields = ("verdict_id", "model_version_id", "run_id", "outcome", "point", "low", "high", "n", "detail")
    return {row["verdict_id"]: row for row in rows.values(*fields)}


@dataclass(frozen=True)
class _Measure:
    """What a value of an evaluation version rests on; scorers: number by scorer id."""

    name: str
    version: EvaluationVersion
    scorers: Mapping[int, int]


def _measures(ids: set[int]) -> dict[int, _Measure]:
    """Two queries."""
    rows = EvaluationVersion.objects.filter(pk__in=ids).select_related(
        "evaluation", "dataset_version__dataset"
    )
    return {
        row.pk: _Measure(str(row), row, {one.scorer_id: one.number for one in row.scorers.all()})
        for row in rows.prefetch_related("scorers")
    }


def _steps(
    criterion: Criterion,
    versions: Sequence[ModelVersion],
    cells: Cells,
    measures: Mapping[int, _Measure],
    lines: Mapping[int, dict[str, Any]],
) -> list[Step]:
    steps: list[Step] = []
    before: Step | None = None
    for version in versions:
        cell = cells.get((line_of(criterion), version.pk))
        if cell is None:
            steps.append(Step(version))
            continue
        facts = {name: value for name, value in cell.items() if name not in {"pk", "widest"}}
        if is_difference(criterion):
            facts["low"], facts["high"] = possible_ends(cell["low"], cell["high"], cell["widest"])
        measure = measures[cell["evaluation_id"]]
        step = Step(version, verdict_id=cell["pk"], evaluation=measure.name, **facts)
        if before is not None and step.measured:
            event = _event(measures[before.evaluation_id or 0], measure, criterion)
            step = replace(
                step, event=event, change=_judged_change(before, lines.get(cell["pk"]), cell["widest"])
            )
        steps.append(step)
        before = step if step.measured else before
    return steps


def _event(before: _Measure, now: _Measure, criterion: Criterion) -> str:
    """What of the measure is another than at the step before: such values are not one line."""
    if before.version.pk == now.version.pk:
        return ""
    said = [f"measured by {now.name}"]
    if before.version.dataset_version_id != now.version.dataset_version_id:
        said.append(f"cases {now.version.dataset_version}")
    scorer = criterion.scorer_id or 0
    if before.scorers.get(scorer) != now.scorers.get(scorer):
        said.append(f"check version {now.scorers.get(scorer, 'none')}")
    return ", ".join(said)


def _judged_change(before: Step, line: Mapping[str, Any] | None, widest: float | None) -> Change | None:
    """What the verdict says against the step before; None where it speaks of another version or run of it."""
    if line is None or line["model_version_id"] != before.version.pk or line["run_id"] != before.run_id:
        return None
    trend = line["outcome"] if line["outcome"] in Trend.values else Trend.UNKNOWN
    ends = possible_ends(line["low"], line["high"], widest)
    return Change(before.version, trend, line["point"], *ends, line["n"], line["detail"].get("p"))


def corrected(steps: Sequence[Step]) -> tuple[list[Step], int]:
    """The steps with what stands of their regressions after Holm over all that claim something; how many those are."""
    claiming = [index for index, step in enumerate(steps) if step.change and step.change.p is not None]
    adjusted = holm([step.change.p for step in steps if step.change and step.change.p is not None])
    found = list(steps)
    for index, p in zip(claiming, adjusted, strict=True):
        step = found[index]
        assert step.change is not None
        worse = step.change.trend == Trend.REGRESSED and p <= 1 - step.confidence + SLACK
        found[index] = replace(step, change=replace(step.change, adjusted=p, stands=worse))
    return found, len(claiming)


def with_changes(found: Sequence[Series], latest: Mapping[str, Change | None]) -> list[Series]:
    """The series with the change to their latest step, by key; corrected over all of them together."""
    steps = [replace(one.latest, change=latest.get(one.key)) for one in found]
    together, _ = corrected(steps)
    return [replace(one, steps=[*one.steps[:-1], step]) for one, step in zip(found, together, strict=True)]


def by_trend(found: Iterable[Series]) -> dict[str, int]:
    """How many criteria changed how at the latest checkpoint; what cannot be compared is unknown."""
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        change = one.latest.change
        counts[change.trend if change else Trend.UNKNOWN] += 1
    return {str(trend): counts[trend] for trend in Trend}
