"""Logs of other tools: what an upload holds and would become, and those that were taken in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify

from evaluations.canonical import sha256_of
from evaluations.importers import CaseRow, LaidOut, LogFigure, LogTask, laid_out, read_log
from evaluations.importers.log_samples import ScorerSums
from evaluations.models import TOOLS, Dataset, ImportedLog, ModelVersion, Origin, Run

SAME = 1e-6
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class FoundScorer:
    """slug: of the external scorer it becomes. n: rows with a score; missing: rows without one; mean: over the rows, None without any."""

    name: str
    slug: str
    n: int
    missing: int
    mean: float | None


@dataclass(frozen=True)
class FoundFigure:
    """An aggregate of the log, and what its own rows make of it. here: None where the rows say nothing of it."""

    figure: LogFigure
    here: float | None

    @property
    def is_shown_by_rows(self) -> bool:
        value = self.figure.value
        return (
            self.here is not None
            and value is not None
            and abs(self.here - value) <= SAME * max(1, abs(value))
        )


@dataclass(frozen=True)
class Looked:
    """One task of an upload. again: the same content, taken in before. first: its first cases.

    whole: False where only its first rows were looked at; then nobody knows yet whether it was taken in before.
    """

    task: LogTask
    digest: str
    rows: int
    cases: int
    epochs: int
    errors: int
    unscored: int
    scorers: tuple[FoundScorer, ...]
    figures: tuple[FoundFigure, ...]
    models: tuple[str, ...]
    problems: tuple[tuple[str, int], ...]
    first: tuple[CaseRow, ...]
    again: ImportedLog | None
    whole: bool = True

    @property
    def tool(self) -> str:
        return TOOLS[self.task.tool]

    @property
    def dataset(self) -> str:
        return slug_of(self.task)

    @property
    def absent(self) -> int:
        """Tries of its cases that the log has no row for."""
        return self.cases * self.epochs - self.rows if self.whole else 0

    @property
    def makes_run(self) -> bool:
        return bool(self.rows and self.scorers)

    @property
    def reported(self) -> tuple[FoundFigure, ...]:
        """Figures that are kept as reported, because no rows of the log show them."""
        if self.makes_run and not self.whole:
            return ()
        return tuple(one for one in self.figures if not (self.makes_run and one.is_shown_by_rows))


def look_at(stream: BinaryIO, name: str, *, most: int | None = None) -> tuple[Looked, ...]:
    """An upload, read to its end or to `most` rows of a task, nothing kept. Raises NotALog. One query a task."""
    found = []
    for task in read_log(stream, name):
        with laid_out(task, most=most) as laid:
            found.append(looked(task, laid))
    return tuple(found)


def looked(task: LogTask, laid: LaidOut) -> Looked:
    """One query."""
    digest = digest_of(task, laid)
    return Looked(
        task=task,
        digest=digest,
        rows=laid.rows,
        cases=len(laid.cases),
        epochs=laid.epochs,
        errors=laid.errors,
        unscored=laid.unscored,
        scorers=tuple(scorers_of(task, laid)) if laid.rows else (),
        figures=tuple(FoundFigure(one, _here(one, laid)) for one in task.figures),
        models=tuple(sorted(laid.models)),
        problems=tuple(laid.problems.most_common(MAX_PROBLEMS)),
        first=tuple(laid.first),
        again=ImportedLog.objects.select_related("run", "author", "model_version__model")
        .filter(digest=digest)
        .first(),
        whole=laid.whole,
    )


def scorers_of(task: LogTask, laid: LaidOut) -> list[FoundScorer]:
    """Those that scored rows; and those the log names that scored none, whose scores are then missing."""
    scored = {one.name for one in laid.scorers.values()}
    silent = [
        name
        for name in task.scorers
        if not any(one == name or one.startswith(f"{name}.") or one.endswith(f".{name}") for one in scored)
    ]
    return [
        *(
            FoundScorer(one.name, slug, one.n, laid.rows - one.n, one.mean)
            for slug, one in laid.scorers.items()
        ),
        *(FoundScorer(name, laid.slug_of(name), 0, laid.rows, None) for name in silent),
    ]


def _here(figure: LogFigure, laid: LaidOut) -> float | None:
    """The mean of the scorer's rows, where the figure is a mean of it."""
    sums = _scorer_of(figure, laid)
    means = ("accuracy", "mean", figure.scorer, figure.scorer.partition(",")[0])
    return sums.mean if sums and figure.metric in means else None


def _scorer_of(figure: LogFigure, laid: LaidOut) -> ScorerSums | None:
    """The scorer that the figure names, or the only one with a value of that name."""
    named = [one for one in laid.scorers.values() if one.name == figure.scorer]
    named = named or [one for one in laid.scorers.values() if one.name.endswith(f".{figure.scorer}")]
    return named[0] if figure.scorer and len(named) == 1 else None


def digest_of(task: LogTask, laid: LaidOut) -> str:
    """The same for the same content, in whatever format, file or order it comes."""
    rows = [laid.rows, laid.digest] if laid.rows else [
        [one.metric, one.scorer, one.said or repr(one.value)] for one in task.figures
    ]  # fmt: skip
    return sha256_of([task.tool, task.name, task.model, dict(task.identity), rows])


def slug_of(task: LogTask) -> str:
    """The short name of the dataset and the evaluation a task becomes."""
    slug = slugify(f"{task.tool} {re.sub('[^A-Za-z0-9]+', ' ', task.name)}")
    # What is cut off still tells two long names apart.
    return slug if len(slug) <= 50 else f"{slug[:41]}-{sha256_of(task.name)[:8]}"


def known_version(model: str) -> ModelVersion | None:
    """The newest version that goes by the log's name for the model, with or without the provider before it. One query."""
    names = {model, model.partition("/")[2], model.rpartition("/")[2]} - {""}
    rows = ModelVersion.objects.select_related("model").filter(api_id__in=names)
    return rows.order_by("-id").first()


def dataset_named(slug: str) -> Dataset | None:
    """One query."""
    return Dataset.objects.filter(slug=slug).first()


def imported_logs() -> QuerySet[ImportedLog]:
    """The newest first, with what their lines show."""
    return ImportedLog.objects.select_related("run", "author", "model_version__model")


def log_of(run: Run) -> ImportedLog | None:
    """Where an imported run comes from. One query, none for other runs."""
    return imported_logs().filter(run=run).first() if run.origin == Origin.IMPORT else None


def measured_at(run: Run) -> datetime | None:
    """When an imported run was measured: at noon of its log's own day, UTC. One query, none for other runs.

    None for other runs, and where the log names no day or one that is still to come: then it counts from its import on.
    """
    if run.origin != Origin.IMPORT:
        return None
    day = ImportedLog.objects.filter(run=run).values_list("made_on", flat=True).first()
    now = timezone.now()
    if day is None or day > now.date():
        return None
    return min(datetime.combine(day, time(12), UTC), now)


def as_figures(found: Sequence[FoundFigure]) -> list[Mapping[str, Any]]:
    """As they are kept and as the API shows them."""
    return [
        {
            "metric": one.figure.metric,
            "scorer": one.figure.scorer,
            "value": one.figure.value,
            "said": one.figure.said,
            "standard_error": one.figure.standard_error,
            "n": one.figure.n,
            "lower_is_better": one.figure.lower_is_better,
            "unit": one.figure.unit,
            "here": one.here,
        }
        for one in found
    ]


def as_told(found: Looked, log: ImportedLog | None, *, again: bool) -> dict[str, Any]:
    """One task as the API tells it. log: what it became or was already; again: it was here."""
    counts = ("rows", "cases", "epochs", "errors", "unscored", "absent", "whole")
    return {
        "tool": found.tool,
        "task": found.task.name,
        "model": found.task.model,
        **{name: getattr(found, name) for name in counts},
        "scorers": [asdict(one) for one in found.scorers],
        "figures": as_figures(found.figures),
        "reported": len(found.reported),
        "notes": [*found.task.notes, *(words for words, _ in found.problems)],
        "again": again,
        "log": log.pk if log else None,
        "run": log.run_id if log else None,
        "version": log.model_version.label if log else None,
    }
