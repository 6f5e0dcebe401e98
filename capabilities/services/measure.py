"""Measure this: dataset, prompt, check, evaluation, evidence and round, made together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from capabilities.models import Criterion, Product, Requirement
from capabilities.queries.planning import cases_in, decides
from capabilities.services.criteria import save_criterion
from capabilities.services.requirements import approve, create_requirement, submit_for_review
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import link_evidence
from config.errors import Refused
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import (
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    Kind,
    ModelVersion,
    PromptVersion,
    Round,
    Scorer,
    ScorerVersion,
    Side,
)
from evaluations.models.datasets import Dataset
from evaluations.models.prompts import Prompt
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.prompts import create_prompt_version
from evaluations.services.rounds import RoundPreview, preview_round, start_round
from evaluations.services.scorers import create_scorer_version

LONGEST_SLUG = 40


@dataclass(frozen=True)
class NewCases:
    """Cases to make a dataset of. purpose: test or dev; may_leave: may competitors' APIs see them?"""

    rows: Sequence[CaseRow]
    purpose: str
    may_leave: bool


@dataclass(frozen=True)
class NewPrompt:
    messages: Sequence[Mapping[str, Any]]
    output_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class NewCheck:
    kind: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """A requirement to write along the way. threshold: in the check's unit, a rate as a fraction; lead: also beat every competitor."""

    title: str
    shall: str
    rationale: str
    threshold: float
    lead: bool = False
    agree: bool = False


@dataclass(frozen=True)
class Measurement:
    """Everything one page says: what is there already or is to be made, and how far to go.

    prompt: None sends the input as it is. criteria: what the evaluation becomes evidence for. key: the same key of the same person is
    the same round. parameters: of the calls, such as a temperature; a version's own win.
    """

    name: str
    cases: NewCases | DatasetVersion
    prompt: NewPrompt | PromptVersion | None
    check: NewCheck | ScorerVersion
    model_versions: Sequence[ModelVersion]
    repeats: int = 1
    cap: Decimal | None = None
    cap_unit: str = "money"
    until_settled: bool = False
    product: Product | None = None
    criteria: Sequence[Criterion] = ()
    wish: Wish | None = None
    key: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What came of it. requirement: whose evidence the evaluation is, None when it is nobody's."""

    round: Round
    evaluation_version: EvaluationVersion
    requirement: Requirement | None


@transaction.atomic
def measure_this(*, actor: User, plan: Measurement) -> Measured:
    """Make everything the plan names and start the round. The same key again answers with what it made.

    Raises ValidationError with the fields at fault, Refused when no version can be called or the requirement cannot be agreed yet.
    """
    if found := _made_before(actor, plan.key):
        return found
    evaluation_version, requirement = make_evaluation(actor=actor, plan=plan)
    started = start_round(
        actor=actor,
        name=plan.name,
        evaluation_versions=[evaluation_version],
        model_versions=plan.model_versions,
        cap=plan.cap,
        cap_unit=plan.cap_unit,
        until_settled=plan.until_settled,
        idempotency_key=plan.key,
        charged_to=requirement.product.key if requirement else "",
    )
    return Measured(started, evaluation_version, requirement)


@dataclass(frozen=True)
class MeasurementPreview:
    """What a round would take, and what its cases can decide about each criterion: (key, sentences)."""

    round: RoundPreview
    decides: Sequence[tuple[str, Sequence[str]]]


def preview_measurement(*, actor: User, plan: Measurement) -> MeasurementPreview:
    """What pressing Run would take. Everything is made as for Run, counted, and taken back. Raises what `measure_this` raises."""
    with transaction.atomic():
        evaluation_version, _ = make_evaluation(actor=actor, plan=plan)
        preview = MeasurementPreview(
            round=preview_round(
                evaluation_versions=[evaluation_version],
                model_versions=plan.model_versions,
                cap=plan.cap,
                cap_unit=plan.cap_unit,
                until_settled=plan.until_settled,
            ),
            decides=_decides(evaluation_version),
        )
        transaction.set_rollback(True)
    return preview


def _decides(evaluation_version: EvaluationVersion) -> list[tuple[str, Sequence[str]]]:
    """Three queries for each criterion the evaluation is evidence for."""
    links = evaluation_version.verifications.select_related("criterion__scorer").order_by(
        "criterion__position"
    )
    scorers = {scorer.scorer_id: scorer for scorer in evaluation_version.scorers.all()}
    found: list[tuple[str, Sequence[str]]] = []
    for criterion in (link.criterion for link in links):
        cases = cases_in(evaluation_version, criterion.slice_name, criterion.slice_value)
        said = decides(criterion, scorers.get(criterion.scorer_id or 0), cases)
        found.append((criterion.key, said.sentences))
    return found


@transaction.atomic
def make_evaluation(*, actor: User, plan: Measurement) -> tuple[EvaluationVersion, Requirement | None]:
    """The evaluation version with what it rests on, and the requirement whose evidence it is now."""
    stem = _stem(plan)
    dataset_version = _dataset_version(actor, plan, stem)
    scorer_version = _scorer_version(actor, plan, stem)
    evaluation_version = create_evaluation_version(
        actor=actor,
        slug=stem if plan.criteria else free_slug(Evaluation, stem),
        name=plan.name,
        dataset_version=dataset_version,
        prompt_version=_prompt_version(actor, plan, stem),
        scorer_versions=[scorer_version],
        parameters=plan.parameters,
        repeats=plan.repeats,
    )
    for criterion in plan.criteria:
        link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation_version)
    if plan.criteria:
        return evaluation_version, plan.criteria[0].revision.requirement
    requirement = _requirement(actor, plan, scorer_version, evaluation_version) if plan.wish else None
    return evaluation_version, requirement


def _made_before(actor: User, key: str) -> Measured | None:
    """What this key made; two presses at once wait for each other here."""
    if not key:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [key, actor.pk])
    existing = Round.objects.filter(created_by=actor, idempotency_key=key).first()
    if existing is None:
        return None
    version = EvaluationVersion.objects.filter(runs__round=existing).distinct().get()
    linked = version.verifications.select_related("criterion__revision__requirement__product").first()
    return Measured(existing, version, linked.criterion.revision.requirement if linked else None)


def _stem(plan: Measurement) -> str:
    """The slug that everything made here starts with: the criterion's key, else the name."""
    if plan.criteria:
        criterion = plan.criteria[0]
        return slugify(f"{criterion.revision.requirement.key}-{criterion.key}")
    return slugify(plan.name)[:LONGEST_SLUG].strip("-") or "measurement"


def free_slug(kind: type[Dataset] | type[Prompt] | type[Scorer] | type[Evaluation], stem: str) -> str:
    """The stem, or the stem with the first number that is not taken."""
    objects: Any = kind._default_manager
    taken = set(objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 2
    slug = stem
    while slug in taken:
        slug = f"{stem}-{number}"
        number += 1
    return slug


def _dataset_version(actor: User, plan: Measurement, stem: str) -> DatasetVersion:
    if isinstance(plan.cases, DatasetVersion):
        return plan.cases
    dataset = create_dataset(
        actor=actor,
        slug=free_slug(Dataset, stem),
        name=plan.name[:120],
        purpose=plan.cases.purpose,
        may_leave=plan.cases.may_leave,
    )
    draft = dataset.versions.get()
    add_cases(actor=actor, version=draft, cases=plan.cases.rows)
    return publish_version(actor=actor, version=draft)


def _prompt_version(actor: User, plan: Measurement, stem: str) -> PromptVersion | None:
    if not isinstance(plan.prompt, NewPrompt):
        return plan.prompt
    return create_prompt_version(
        actor=actor,
        slug=stem if plan.criteria else free_slug(Prompt, stem),
        name=plan.name[:120],
        messages=plan.prompt.messages,
        output_schema=plan.prompt.output_schema,
    )


def _scorer_version(actor: User, plan: Measurement, stem: str) -> ScorerVersion:
    """A criterion names its scorer, so what is new for it is a new version of that one."""
    if isinstance(plan.check, ScorerVersion):
        return plan.check
    named = next((criterion.scorer for criterion in plan.criteria if criterion.scorer), None)
    return create_scorer_version(
        actor=actor,
        slug=named.slug if named else free_slug(Scorer, stem),
        name=plan.name[:120],
        kind=plan.check.kind,
        config=plan.check.config,
    )


def _requirement(
    actor: User, plan: Measurement, scorer_version: ScorerVersion, evaluation_version: EvaluationVersion
) -> Requirement:
    wish = plan.wish
    if wish is None or plan.product is None:
        raise Refused("Make a product first: a requirement belongs to one.", code="no_product")
    requirement = create_requirement(
        actor=actor,
        product=plan.product,
        title=wish.title,
        shall=wish.shall,
        rationale=wish.rationale,
        kind=_kind(plan.model_versions),
    )
    revision = current_revision(requirement)
    for fields in _criteria(wish, scorer_version):
        criterion = save_criterion(actor=actor, revision=revision, fields=fields)
        link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation_version)
    if wish.agree:
        submit_for_review(actor=actor, requirement=requirement)
        requirement = approve(actor=actor, requirement=requirement)
    return requirement


def _kind(versions: Sequence[ModelVersion]) -> str:
    return next((version.model.kind for version in versions if version.model.side == Side.OWN), Kind.LLM)


def _criteria(wish: Wish, scorer_version: ScorerVersion) -> list[dict[str, Any]]:
    target = {
        "scorer": scorer_version.scorer,
        "statistic": _statistic(scorer_version),
        "against": Criterion.Against.THRESHOLD,
        "threshold": wish.threshold,
    }
    if not wish.lead:
        return [target]
    return [target, target | {"against": Criterion.Against.COMPETITORS, "threshold": None}]


def _statistic(scorer_version: ScorerVersion) -> str:
    if scorer_version.kind == "cost":
        return Criterion.Statistic.COST
    ratio = scorer_version.value_kind == ScorerVersion.ValueKind.RATIO
    return Criterion.Statistic.RATIO if ratio else Criterion.Statistic.MEAN
