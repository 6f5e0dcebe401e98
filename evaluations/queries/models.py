"""Models as their pages show them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from evaluations.models import EvaluationVersion, Model, ModelEvent, ModelVersion, Price, Provider, Run
from evaluations.models.runs import NOT_EVIDENCE
from evaluations.queries.estimates import ScoreLine, scores_of

NEAR = timedelta(days=60)
OF_A_RUN = (
    *("model_version", "generation", "state", "total", "calls", "cost", "currency"),
    *(f"evaluation_version__{name}" for name in ("number", "repeats", "dataset_version")),
    *(f"evaluation_version__evaluation__{name}" for name in ("slug", "name")),
)
FILTERS = {"kind": "kind", "side": "side", "provider": "provider__slug"}


@dataclass(frozen=True)
class ModelRow:
    """A model with its newest version (None: none yet), the prices in force and the moment of its last run."""

    model: Model
    version: ModelVersion | None
    prices: Sequence[Price]
    last_run: datetime | None

    @property
    def shutdown(self) -> str:
        return shutdown_state(self.version.shutdown_on if self.version else None)


@dataclass(frozen=True)
class EvaluationLine:
    """The latest finished run of an evaluation for one version, with its scores. outdated: the evaluation has a newer version."""

    run: Run
    scores: Sequence[ScoreLine]
    outdated: bool


@dataclass(frozen=True)
class LatestRun:
    """The latest finished run of an evaluation for one version. purpose: of its cases. outdated: the evaluation has a newer version."""

    run: Run
    purpose: str
    outdated: bool


@dataclass
class VersionRow:
    version: ModelVersion
    prices: list[Price] = field(default_factory=list)
    runs: int = 0
    last_run: datetime | None = None

    @property
    def shutdown(self) -> str:
        return shutdown_state(self.version.shutdown_on)


def shutdown_state(day: date | None) -> str:
    """`gone`, `near` (within 60 days), `set` or empty."""
    if day is None:
        return ""
    today = timezone.now().date()
    if day < today:
        return "gone"
    return "near" if day - today <= NEAR else "set"


def models_matching(filters: Mapping[str, str]) -> QuerySet[Model]:
    """Models with the id of their newest version and the moment of their last run. One query.

    filters: kind, side, provider (slug), stage of the newest version, q (part of the name or vendor); empty ones do not restrict.
    """
    newest = ModelVersion.objects.filter(model=OuterRef("pk")).newest_first()
    last = Run.objects.filter(model_version__model=OuterRef("pk")).order_by("-id").values("created_at")[:1]
    models = Model.objects.select_related("provider").annotate(
        newest_id=Subquery(newest.values("pk")[:1]),
        newest_stage=Subquery(newest.values("stage")[:1]),
        last_run=Subquery(last, output_field=DateTimeField()),
    )
    for name, lookup in FILTERS.items():
        if filters.get(name):
            models = models.filter(**{lookup: filters[name]})
    if filters.get("stage"):
        models = models.filter(newest_stage=filters["stage"])
    if words := filters.get("q", "").replace("\x00", ""):
        models = models.filter(name__icontains=words) | models.filter(vendor__icontains=words)
    return models.order_by("name", "slug")


def model_rows(models: Sequence[Model]) -> list[ModelRow]:
    """Rows of models that come from `models_matching`. Two queries."""
    ids = [model.newest_id for model in models]  # type: ignore[attr-defined]
    versions = ModelVersion.objects.select_related("model").in_bulk([pk for pk in ids if pk])
    prices = prices_in_force(list(versions))
    return [
        ModelRow(model, versions.get(pk), prices.get(pk, ()), model.last_run)  # type: ignore[attr-defined]
        for model, pk in zip(models, ids, strict=True)
    ]


def prices_in_force(version_ids: Sequence[int]) -> dict[int, list[Price]]:
    """For each version the newest price of every unit that is not of a later day. One query."""
    rows = (
        Price.objects.filter(model_version__in=version_ids, from_date__lte=timezone.now().date())
        .order_by("model_version_id", "unit", "-from_date")
        .distinct("model_version_id", "unit")
    )
    found: dict[int, list[Price]] = {}
    for price in rows:
        found.setdefault(price.model_version_id, []).append(price)
    return found


def version_rows(model: Model) -> list[VersionRow]:
    """Every version of a model, newest first, with its prices and how often it ran. Three queries."""
    versions = list(model.versions.newest_first().select_related("model", "parent", "own_prompt__prompt"))
    rows = {version.pk: VersionRow(version) for version in versions}
    for price in Price.objects.filter(model_version__in=rows):
        rows[price.model_version_id].prices.append(price)
    newest = Run.objects.filter(model_version=OuterRef("pk")).order_by("-pk").values("created_at")[:1]
    for pk, last in model.versions.order_by().values_list("pk", Subquery(newest)):
        rows[pk].last_run = last
    return list(rows.values())


def scores_of_version(version: ModelVersion) -> list[EvaluationLine]:
    """Its latest finished run of every evaluation, by name. Up to six queries."""
    related = ("evaluation_version__evaluation", "evaluation_version__dataset_version__dataset")
    runs = _by_name(_latest(version).select_related(*related))
    scores = scores_of(runs)
    return [EvaluationLine(run, scores[run.pk], _outdated(run)) for run in runs]


def latest_runs(version: ModelVersion) -> list[LatestRun]:
    """The same runs without their scores, with what tells how reliable, fast and dear they were. One query."""
    purpose = F("evaluation_version__dataset_version__dataset__purpose")
    runs = _latest(version).annotate(purpose=purpose).select_related("evaluation_version__evaluation")
    return [
        LatestRun(run, run.purpose, _outdated(run))  # type: ignore[attr-defined]
        for run in _by_name(runs.only(*OF_A_RUN))
    ]


def _latest(version: ModelVersion) -> QuerySet[Run]:
    """One look an evaluation version, rather than all its runs."""
    newest = EvaluationVersion.objects.filter(
        evaluation=OuterRef("evaluation_version__evaluation"), frozen_at__isnull=False
    ).order_by("-number")
    finished = Run.objects.finished().exclude(origin__in=NOT_EVIDENCE).filter(model_version=version)
    last = finished.filter(evaluation_version=OuterRef("pk")).last_asked_first().values("pk")[:1]
    return (
        Run.objects.filter(pk__in=EvaluationVersion.objects.values(last=Subquery(last)))
        .annotate(newest_version=Subquery(newest.values("pk")[:1]))
        .order_by("evaluation_version__evaluation_id", "-evaluation_version__number")
        .distinct("evaluation_version__evaluation_id")
    )


def _by_name(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: run.evaluation_version.evaluation.name)


def _outdated(run: Run) -> bool:
    return bool(run.newest_version != run.evaluation_version_id)  # type: ignore[attr-defined]


def events_of(model: Model, most: int = 30) -> QuerySet[ModelEvent]:
    """What changed under us, newest first. One query."""
    events = ModelEvent.objects.filter(model_version__model=model)
    return events.select_related("model_version__model", "run").order_by(F("id").desc())[:most]


def not_registered(provider: Provider, names: Sequence[str]) -> list[str]:
    """Those of these API ids that no version at the provider stands for. One query."""
    known = set(ModelVersion.objects.filter(model__provider=provider).values_list("api_id", flat=True))
    known |= {api_id.removeprefix("models/") for api_id in known}
    return [name for name in names if name not in known]


def measured_first(
    versions: Sequence[ModelVersion], ran: Collection[int] | None = None
) -> ModelVersion | None:
    """The first of these that has a finished run, else the first. One query where `ran_among` was not asked."""
    measured = ran_among(versions) if ran is None else ran
    return next((version for version in versions if version.pk in measured), next(iter(versions), None))


def earlier_by_default(
    version: ModelVersion, versions: Sequence[ModelVersion], ran: Collection[int] | None = None
) -> list[ModelVersion]:
    """What a version is set beside: its parent, else the next of these (newest first) that was measured; or none. One query likewise."""
    measured = ran_among(versions) if ran is None else ran
    if version.parent is not None and version.parent_id in measured:
        return [version.parent]
    later = list(versions)[list(versions).index(version) + 1 :]
    return [one for one in later if one.pk in measured][:1]


def ran_among(versions: Sequence[ModelVersion]) -> set[int]:
    """The ids of those that have a finished run: one look a version, rather than all runs of them. One query."""
    runs = Run.objects.finished().exclude(origin__in=NOT_EVIDENCE).filter(model_version=OuterRef("pk"))
    rows = ModelVersion.objects.filter(Exists(runs), pk__in=[version.pk for version in versions])
    return set(rows.order_by().values_list("pk", flat=True))
