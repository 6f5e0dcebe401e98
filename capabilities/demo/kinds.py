"""The steps that the demo of every kind of model takes: models, cases, checks, a requirement and the round that measures it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from capabilities.demo.facts import ORIGIN
from capabilities.models import Capability, Objective, Product
from capabilities.services import requirements as life
from capabilities.services.capabilities import create_capability
from capabilities.services.criteria import save_criterion
from capabilities.services.products import create_rival_set
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import link_evidence
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import (
    DatasetVersion,
    EvaluationVersion,
    Model,
    ModelVersion,
    Provider,
    Round,
    Scorer,
    ScorerVersion,
)
from evaluations.models.models import Side
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version, create_suite
from evaluations.services.models import create_model, register_version
from evaluations.services.rounds import start_round
from evaluations.services.scorers import create_scorer_version

# Slug, name, kind and settings of a scorer.
Check = tuple[str, str, str, dict[str, Any]]
# Slug, name, side and vendor of a model, the callable that answers for it, what it does.
Row = tuple[str, str, str, str, str, str]


def add_model(actor: User, *, provider: str = "local", **facts: Any) -> Model:
    """facts: slug, name, kind, side, vendor, description."""
    return create_model(actor=actor, provider=Provider.objects.get(slug=provider), **facts)


def add_version(
    actor: User, model: Model, identity: Mapping[str, Any], name: str = "1", stage: str = "released"
) -> ModelVersion:
    version, _ = register_version(
        actor=actor, model=model, name=name, identity=dict(identity), facts={"stage": stage}
    )
    return version


def add_versions(actor: User, kind: str, rows: Iterable[Row]) -> list[ModelVersion]:
    """A model of the kind for each row, in its one released version."""
    return [
        add_version(
            actor,
            add_model(
                actor, slug=slug, name=name, kind=kind, side=side, vendor=vendor, description=description
            ),
            {"api_id": api_id},
        )
        for slug, name, side, vendor, api_id, description in rows
    ]


def agree_on_rivals(actor: User, product: Product, models: Iterable[Model], note: str) -> None:
    """Ours among the models become subjects of the product, competitors join its rivals as a new set."""
    models = sorted(models, key=lambda one: one.slug)
    product.subject_models.add(*[model for model in models if model.side == Side.OWN])
    rivals = [model for model in models if model.side == Side.COMPETITOR]
    agreed = product.rival_sets.latest("number").rivals.all()
    create_rival_set(actor=actor, product=product, models=[*agreed, *rivals], note=note)


def publish_cases(
    actor: User, cases: Sequence[CaseRow], *, origin: str = ORIGIN, **facts: Any
) -> DatasetVersion:
    """A test dataset anybody's model may see. facts: slug, name, description."""
    dataset = create_dataset(
        actor=actor, purpose="test", may_leave=True, licence="CC0-1.0", origin=origin, **facts
    )
    draft = dataset.versions.get()
    add_cases(actor=actor, version=draft, cases=cases)
    return publish_version(actor=actor, version=draft)


def add_checks(actor: User, checks: Iterable[Check]) -> list[ScorerVersion]:
    return [
        create_scorer_version(actor=actor, slug=slug, name=name, kind=kind, config=config)
        for slug, name, kind, config in checks
    ]


def add_evaluation(
    actor: User, cases: DatasetVersion, checks: Iterable[Check], **facts: Any
) -> EvaluationVersion:
    """The checks on the cases. facts: slug, name, prompt_version."""
    return create_evaluation_version(
        actor=actor, dataset_version=cases, scorer_versions=add_checks(actor, checks), **facts
    )


def add_capability(actor: User, product: Product, *, parent: str = "assistant", **facts: Any) -> Capability:
    """The last of the product's capabilities. facts: slug, name, description."""
    return create_capability(
        actor=actor,
        product=product,
        parent=product.capabilities.get(slug=parent),
        position=product.capabilities.count(),
        **facts,
    )


def ask(
    actor: User,
    product: Product,
    evaluation: EvaluationVersion,
    criteria: Iterable[Mapping[str, Any]],
    *,
    horizon: str = "later",
    **facts: Any,
) -> None:
    """An approved requirement measured by the evaluation. criteria: fields of each, its scorer by slug."""
    requirement = life.create_requirement(
        actor=actor,
        product=product,
        objective=Objective.objects.filter(product=product, horizon=horizon).first(),
        **facts,
    )
    for fields in criteria:
        scorer = Scorer.objects.get(slug=fields["scorer"])
        criterion = save_criterion(
            actor=actor, revision=current_revision(requirement), fields={**fields, "scorer": scorer}
        )
        link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation)
    life.submit_for_review(actor=actor, requirement=requirement)
    life.approve(actor=actor, requirement=requirement)


def first_look(
    actor: User,
    evaluation: EvaluationVersion,
    versions: Sequence[ModelVersion],
    *,
    slug: str,
    name: str,
    most: int,
) -> Round:
    """A suite of the one evaluation, run on the versions. most: calls."""
    suite = create_suite(actor=actor, slug=slug, name=name, evaluations=[evaluation.evaluation])
    return start_round(
        actor=actor,
        name=f"First look: {name[0].lower()}{name[1:]}",
        suite=suite,
        evaluation_versions=[evaluation],
        model_versions=versions,
        priority=Round.Priority.LAUNCH,
        cap_unit="calls",
        cap=Decimal(most),
    )
