"""A log of another tool becomes what it would have been here: cases, an evaluation and a run; once, whatever its format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import CanonicalError, canonical_json, sha256_of
from evaluations.importers import LaidOut, LogTask, NotALog, Progress, laid_out, read_log
from evaluations.models import (
    LOG_SETUP,
    TOOLS,
    EvaluationVersion,
    ImportedLog,
    Kind,
    Model,
    ModelVersion,
    Run,
    ScorerVersion,
    Side,
)
from evaluations.queries.logs import FoundFigure, FoundScorer, Looked, as_figures, looked, slug_of
from evaluations.services.claimed_scores import enter_claim
from evaluations.services.evaluations import create_evaluation_version, fingerprint_of
from evaluations.services.log_cases import dataset_of, version_of
from evaluations.services.models import create_model, register_version
from evaluations.services.once import take_turn
from evaluations.services.results import push_results
from evaluations.services.runs import finish_push_run, open_import_run
from evaluations.services.scorers import create_scorer_version

LONGEST_SETUP = 4_000
NAMELESS = "as-logged"


@dataclass(frozen=True)
class TakenAs:
    """What a log is taken as. version: the model version it speaks of; without one `model@version_name` is found or made.

    dataset: short name for cases and evaluation, made from the task where it is empty; purpose: of a dataset that is new.
    """

    version: ModelVersion | None = None
    model: str = ""
    version_name: str = ""
    side: str = Side.COMPETITOR
    kind: str = Kind.LLM
    dataset: str = ""
    purpose: str = "dev"
    overlap_reason: str = ""


@dataclass(frozen=True)
class Taken:
    """One task of a log and what became of it. again: it was here already and nothing was made."""

    log: ImportedLog
    looked: Looked
    again: bool


def import_log(
    *, actor: User, stream: BinaryIO, name: str, taken_as: TakenAs, progress: Progress | None = None
) -> list[Taken]:
    """Take in each task of a log: all of them or none.

    A task with rows makes a run of the origin “import”; figures that no rows show are kept as reported, never for a verdict. Raises
    Refused with what is wrong with the log or with what it is taken as, ValidationError with the fields at fault.
    """
    try:
        tasks = read_log(stream, name)
        _one_model(tasks, taken_as)
        with transaction.atomic():
            return [_take(actor, task, name, taken_as, progress or Progress()) for task in tasks]
    except NotALog as problem:
        raise Refused(f"{problem} Nothing was imported.", code="not_a_log") from None


def _one_model(tasks: Sequence[LogTask], taken_as: TakenAs) -> None:
    models = sorted({task.model for task in tasks})
    if len(models) > 1:
        raise Refused(
            f"The file holds logs of several models ({', '.join(models)[:200]}): send each by itself.",
            code="several_models",
        )
    if taken_as.dataset and sum(task.samples is not None for task in tasks) > 1:
        raise Refused(
            "The file holds the rows of several tasks: leave the name of the dataset out.", code="dataset"
        )


def _take(actor: User, task: LogTask, name: str, taken_as: TakenAs, progress: Progress) -> Taken:
    with laid_out(task, progress=progress) as laid:
        found = looked(task, laid)
        take_turn(None, found.digest)
        if known := ImportedLog.objects.filter(digest=found.digest).first():
            return Taken(known, found, again=True)
        if not found.makes_run and not found.reported:
            raise Refused(f"{task.name or name}: {_nothing(found)}", code="nothing")
        version = _model_version(actor, task, found, taken_as)
        run = _run(actor, found, laid, version, taken_as, progress) if found.makes_run else None
        return Taken(_keep(actor, found, name, version, run), found, again=False)


def _nothing(found: Looked) -> str:
    if found.rows:
        return "The log names no scorer and holds no score, so there is nothing to compare by."
    return "The log holds neither rows nor figures."


def _model_version(actor: User, task: LogTask, found: Looked, taken_as: TakenAs) -> ModelVersion:
    if taken_as.version:
        return taken_as.version
    slug = taken_as.model or model_slug_of(task)
    if not slug:
        raise Refused(
            "The log names no model. Say which one it is.", "model", {"model": "Say which one it is."}
        )
    model = Model.objects.filter(slug=slug).first() or create_model(
        actor=actor,
        slug=slug,
        name=task.model.rpartition("/")[2][:120] or slug,
        kind=taken_as.kind,
        side=taken_as.side,
    )
    name = taken_as.version_name or version_name_of(found)
    existing = model.versions.filter(name=name).first()
    if existing:
        return existing
    made, _ = register_version(actor=actor, model=model, name=name, identity={"api_id": task.model[:300]})
    return made


def model_slug_of(task: LogTask) -> str:
    """The log's name for the model without the provider before it; empty where it has none."""
    return slugify(task.model.rpartition("/")[2].replace(".", "-").replace(":", "-"))[:50].strip("-")


def version_name_of(found: Looked) -> str:
    """The id that replies named, where there is one; else the revision of the weights, or that it is as the log says."""
    [name] = found.models if len(found.models) == 1 else (found.task.revision or NAMELESS,)
    return name.replace("@", "-")[:120]


def _run(
    actor: User,
    found: Looked,
    laid: LaidOut,
    version: ModelVersion,
    taken_as: TakenAs,
    progress: Progress,
) -> Run:
    evaluation = _evaluation(actor, found, laid, taken_as)
    run = open_import_run(actor=actor, evaluation_version=evaluation, model_version=version)
    report = push_results(run=run, lines=progress.through("storing", laid.lines(), laid.rows))
    if report.rejected:
        reasons = "; ".join(sorted({reason for _, reason in report.rejected})[:3])
        raise Refused(f"{len(report.rejected):,} rows of the log cannot be stored: {reasons}", code="rows")
    run = finish_push_run(actor=actor, run=run)
    run.resolved_model = found.models[0] if len(found.models) == 1 else ""
    run.mixed_models = len(found.models) > 1
    run.save(update_fields=["resolved_model", "mixed_models"])
    return run


def _evaluation(actor: User, found: Looked, laid: LaidOut, taken_as: TakenAs) -> EvaluationVersion:
    """The version with these cases, scorers, tries and setup: one that is there, else a new one."""
    task, slug = found.task, taken_as.dataset or slug_of(found.task)
    name = f"{task.name} ({TOOLS[task.tool]})"[:120]
    dataset = dataset_of(
        actor=actor, slug=slug, name=name, purpose=taken_as.purpose, origin=f"A log of {TOOLS[task.tool]}"
    )
    cases = version_of(actor=actor, dataset=dataset, laid=laid, overlap_reason=taken_as.overlap_reason)
    scorers = [_scorer(actor, task, laid, one) for one in found.scorers]
    parameters = {LOG_SETUP: kept_setup(task.setup)} if task.setup else {}
    wanted = EvaluationVersion(dataset_version=cases, parameters=parameters, repeats=found.epochs)
    same = EvaluationVersion.objects.filter(
        evaluation__slug=slug, fingerprint=fingerprint_of(wanted, scorers)
    )
    return same.first() or create_evaluation_version(
        actor=actor,
        slug=slug,
        name=name,
        dataset_version=cases,
        scorer_versions=scorers,
        parameters=parameters,
        repeats=found.epochs,
    )


def kept_setup(setup: Mapping[str, Any]) -> dict[str, Any]:
    """What fits is kept in words, the rest by its hash: a few-shot prompt can be long."""
    kept: dict[str, Any] = {}
    for name, value in setup.items():
        try:
            words = canonical_json(value)
        except CanonicalError:
            words = canonical_json(ascii(value))
            value = ascii(value)
        kept[name] = value if len(words) <= LONGEST_SETUP else {"sha256": sha256_of(words)}
    return kept


def _scorer(actor: User, task: LogTask, laid: LaidOut, found: FoundScorer) -> ScorerVersion:
    """The external scorer of this name that can hold the values, so that logs share it; a new version where none can."""
    sums = laid.scorers.get(found.slug)
    direction = "lower" if task.scorers.get(found.name) else "higher"
    rows = ScorerVersion.objects.select_related("scorer").filter(
        scorer__slug=found.slug, kind="external", direction=direction
    )
    fitting = [
        one
        for one in rows.order_by("-number")
        if sums is None or _holds(one, sums.binary, sums.low, sums.high)
    ]
    if fitting:
        return fitting[0]
    inside = sums is None or (sums.low >= 0 and sums.high <= 1)
    shape = ("binary" if sums is None or sums.binary else "bounded") if inside else "unbounded"
    return create_scorer_version(
        actor=actor,
        slug=found.slug,
        name=f"{found.name} ({TOOLS[task.tool]})"[:120],
        kind="external",
        config={"direction": direction, "kind": shape, "unit": "rate" if inside else "number"},
    )


def _holds(version: ScorerVersion, binary: bool, low: float, high: float) -> bool:
    if version.value_kind == ScorerVersion.ValueKind.BINARY:
        return binary
    if version.value_kind == ScorerVersion.ValueKind.BOUNDED:
        return version.low <= low and high <= version.high
    return version.value_kind == ScorerVersion.ValueKind.UNBOUNDED


def _keep(actor: User, found: Looked, name: str, version: ModelVersion, run: Run | None) -> ImportedLog:
    task = found.task
    log = ImportedLog.objects.create(
        digest=found.digest,
        tool=task.tool,
        tool_version=_plain(task.version, 60),
        task=_plain(task.name, 200),
        model_name=_plain(task.model, 300),
        log_id=_plain(" ".join(task.identity.values()), 200),
        file_name=_plain(name, 200),
        made_on=day_of(task.made_on),
        model_version=version,
        run=run,
        figures=as_figures(found.figures),
        notes=[_plain(note, 500) for note in (*task.notes, *(words for words, _ in found.problems))],
        author=actor,
    )
    for one in found.reported:
        if one.figure.value is not None:
            _report(actor, log, one)
    record(
        actor=actor,
        verb="log.imported",
        noun="log",
        object_id=log.pk,
        label=str(log),
        after={"run": run.pk if run else None, "rows": found.rows, "file": log.file_name},
    )
    return log


def _report(actor: User, log: ImportedLog, found: FoundFigure) -> None:
    figure, today = found.figure, timezone.localdate()
    assert figure.value is not None
    beside = "" if found.here is None else f" The rows in the log make {found.here:g}."
    lower = {None: "", True: "lower", False: "higher"}[figure.lower_is_better]
    enter_claim(
        actor=actor,
        version=log.model_version,
        benchmark=log.task or "unnamed",
        metric=(
            figure.metric if figure.scorer in ("", figure.metric) else f"{figure.metric} of {figure.scorer}"
        )[:80],
        unit=figure.unit,
        value=figure.value,
        source=f"{TOOLS[log.tool]} log {log.file_name}",
        claimed_on=min(log.made_on or today, today),
        conditions=f"Reported by a log, not by a vendor, and not measured here.{beside}",
        n=figure.n,
        standard_error=figure.standard_error,
        direction=lower,
        log=log,
    )


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _plain(text: str, most: int) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]
