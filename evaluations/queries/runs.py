"""Runs for lists, pages and the API: what is where, how fast it moves and what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now

from evaluations.models import CallLedger, Evaluation, EvaluationVersion, Model, ModelVersion, Run, WorkItem
from evaluations.models.runs import RunQuerySet

NOTHING = Decimal(0)


@dataclass(frozen=True)
class ErrorClass:
    """Samples whose last try ended in one class of infrastructure error, with one of its messages. given_up: no more tries."""

    name: str
    message: str
    samples: int
    given_up: int


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    settled, reserved, unknown and cap: in cap_unit. cost_low to cost_high: money, None when no price is known; they differ while calls are
    in flight or their outcome was lost. spared: money that samples not needed would have taken, at the mean of those called.
    rate_per_minute: samples ended since the start. seconds_left: None when nothing moved yet.
    """

    total: int
    done: int
    failed: int
    not_needed: int
    in_flight: int
    rate_per_minute: float
    seconds_left: float | None
    cap: Decimal | None
    cap_unit: str
    settled: Decimal
    reserved: Decimal
    unknown: Decimal
    cost_low: Decimal | None
    cost_high: Decimal | None
    currency: str
    calls: int
    calls_unknown: int
    next_try_at: datetime | None
    errors: list[ErrorClass]
    spared: Decimal | None = None

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.not_needed

    @property
    def share(self) -> float:
        """Of samples that ended, as a fraction."""
        return self.ended / self.total if self.total else 0.0


def runs_with_related(filters: Mapping[str, str] | None = None) -> RunQuerySet:
    """Runs, newest first, with everything a row names; counts and spend are the run's own columns. One query.

    filters: state, origin, round (id), evaluation (slug or slug@number), model (slug or slug@name); empty ones do not restrict.
    """
    runs = Run.objects.select_related(
        "round",
        "created_by",
        "evaluation_version__evaluation",
        "evaluation_version__dataset_version__dataset",
        "model_version__model",
    )
    for name, value in (filters or {}).items():
        if value and name in FILTERS:
            runs = runs.filter(FILTERS[name](value))
    return runs


def evaluations_with_runs() -> QuerySet[Evaluation]:
    """What a list of runs can be narrowed to; a look-up by index a version, however many runs there are. One query."""
    ran = EvaluationVersion.objects.filter(Exists(Run.objects.filter(evaluation_version=OuterRef("pk"))))
    return Evaluation.objects.filter(pk__in=ran.values("evaluation"))


def models_with_runs() -> QuerySet[Model]:
    """As `evaluations_with_runs`. One query."""
    ran = ModelVersion.objects.filter(Exists(Run.objects.filter(model_version=OuterRef("pk"))))
    return Model.objects.filter(pk__in=ran.values("model"))


def _by_round(value: str) -> Q:
    return Q(round=int(value)) if value.isdecimal() else Q(pk=None)


def _by_evaluation(value: str) -> Q:
    slug, _, number = value.partition("@")
    named = Q(evaluation_version__evaluation__slug=slug)
    return named & Q(evaluation_version__number=int(number)) if number.isdecimal() else named


def _by_model(value: str) -> Q:
    slug, _, name = value.partition("@")
    named = Q(model_version__model__slug=slug)
    return named & Q(model_version__name=name) if name else named


FILTERS = {
    "state": lambda value: Q(state=value),
    "origin": lambda value: Q(origin=value),
    "round": _by_round,
    "evaluation": _by_evaluation,
    "model": _by_model,
}


def run_progress(run: Run) -> Progress:
    """Where a run stands now, by the database's clock. Three queries, four while money is open."""
    fresh, now = _read_now(run)
    items = WorkItem.objects.filter(run=run)
    counted = items.aggregate(
        leased=Count("pk", filter=Q(state=WorkItem.State.LEASED)),
        next_try=Min("not_before", filter=Q(state=WorkItem.State.PENDING, not_before__gt=Now())),
    )
    ended = fresh.done + fresh.failed
    left = fresh.wanted - ended
    rate = _per_minute(fresh.started_at, fresh.finished_at or now, ended)
    return Progress(
        total=fresh.total,
        done=fresh.done,
        failed=fresh.failed,
        not_needed=fresh.not_needed,
        in_flight=counted["leased"],
        rate_per_minute=rate,
        seconds_left=left / rate * 60 if rate else None,
        cap=fresh.cap,
        cap_unit=fresh.cap_unit,
        settled=fresh.settled,
        reserved=fresh.reserved,
        unknown=fresh.unknown,
        cost_low=fresh.cost,
        cost_high=None if fresh.cost is None else fresh.cost + _open_money(fresh),
        currency=fresh.currency,
        calls=fresh.calls,
        calls_unknown=fresh.calls_unknown,
        next_try_at=counted["next_try"],
        errors=_errors(items),
        spared=_spared(fresh),
    )


def _read_now(run: Run) -> tuple[Run, datetime]:
    """The run as it is, and the database's clock, in one query."""
    fresh: Any = Run.objects.annotate(now=Now()).get(pk=run.pk)
    return fresh, fresh.now


def _per_minute(start: datetime | None, end: datetime, ended: int) -> float:
    seconds = (end - start).total_seconds() if start else 0.0
    return ended / seconds * 60 if seconds > 0 else 0.0


def _open_money(run: Run) -> Decimal:
    """The most that calls in flight and calls whose outcome was lost can still have cost."""
    if not (run.reserved or run.unknown):
        return NOTHING
    open_calls = CallLedger.objects.filter(
        run=run, state__in=[CallLedger.State.INTENT, CallLedger.State.UNKNOWN]
    )
    return open_calls.aggregate(most=Sum("highest_cost"))["most"] or NOTHING


def _spared(run: Run) -> Decimal | None:
    called = run.done - run.reused
    if not run.stopped_early or not run.cost or called <= 0:
        return None
    return run.cost / called * run.not_needed


def _errors(items: QuerySet[WorkItem]) -> list[ErrorClass]:
    rows = (
        items.exclude(error_class="")
        .exclude(state=WorkItem.State.DONE)
        .order_by()
        .values_list("error_class")
        .annotate(
            samples=Count("pk"),
            given_up=Count("pk", filter=Q(state=WorkItem.State.FAILED)),
            message=Max("error"),
        )
        .order_by("-samples")
    )
    return [ErrorClass(name, message, samples, given_up) for name, samples, given_up, message in rows]


def latest_run(evaluation_version: EvaluationVersion, model_version: ModelVersion) -> Run | None:
    """The newest finished run of exactly this pair that may feed a verdict. One query."""
    return _judgeable(evaluation_version, model_version).last_asked_first().first()


def looks(evaluation_version: EvaluationVersion, model_version: ModelVersion) -> int:
    """How often this pair was looked at: its runs that may feed a verdict and have an answer of their own. One query."""
    runs = list(_judgeable(evaluation_version, model_version).only("reused", "done"))
    return max(sum(not run.is_copy for run in runs), min(len(runs), 1))


def _judgeable(evaluation_version: EvaluationVersion, model_version: ModelVersion) -> RunQuerySet:
    return Run.objects.judgeable().filter(evaluation_version=evaluation_version, model_version=model_version)
