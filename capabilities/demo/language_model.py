"""A real language model in the demo: the same reviews with a vague and with a structured prompt."""

from decimal import Decimal

from capabilities.demo.judgements import PRODUCT
from capabilities.demo.lab import add_language_model_to_lab
from capabilities.models import Capability, Objective, Product
from capabilities.services import requirements as life
from capabilities.services.criteria import save_criterion
from capabilities.services.lab_example import SCHEMA, STRUCTURED, VAGUE
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import link_evidence
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import (
    DatasetVersion,
    DatasetVersionCase,
    EvaluationVersion,
    Model,
    ModelVersion,
    Round,
    ScorerVersion,
)
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version, create_suite
from evaluations.services.models import create_model, register_version
from evaluations.services.prompts import create_prompt_version
from evaluations.services.providers import save_provider
from evaluations.services.rounds import start_round
from evaluations.services.scorers import create_scorer_version

MODEL = "smollm2"


def add_language_model(actor: User, url: str) -> list[Round]:
    """Point the provider at the model's address; make model, prompts and evaluations the first time, and start their round."""
    provider = save_provider(
        actor=actor,
        slug="local-llm",
        name="Language model on this machine",
        adapter="openai_like",
        base_url=url,
        max_concurrency=2,
        timeout_seconds=120,
    )
    if Model.objects.filter(slug=MODEL).exists():
        return []
    model = create_model(
        actor=actor,
        slug=MODEL,
        name="SmolLM2",
        kind="llm",
        side="own",
        provider=provider,
        vendor="Hugging Face",
        description="A language model of 135 million parameters, small enough for any machine.",
    )
    version, _ = register_version(
        actor=actor, model=model, name="135m-instruct", identity={"api_id": "smollm2-135m-instruct"}
    )
    product = Product.objects.get(key=PRODUCT)
    product.subject_models.add(model)
    versions = _evaluations(actor)
    _requirement(actor, product, versions["structured"])
    return [_round(actor, versions, version), add_language_model_to_lab(actor, version, product.key)]


def _evaluations(actor: User) -> dict[str, EvaluationVersion]:
    reviews = _every_third_review(actor)
    valid = create_scorer_version(
        actor=actor,
        slug="valid-json",
        name="Valid JSON as asked",
        kind="json_schema",
        config={"schema": SCHEMA},
    )
    kept = [
        ScorerVersion.objects.get(scorer__slug=slug, number=1)
        for slug in ("sentiment-within-1", "sentiment-exact", "latency")
    ]
    prompts = {
        "vague": create_prompt_version(
            actor=actor,
            slug="review-analysis",
            name="Review analysis",
            note="As it was first written.",
            messages=[{"role": "user", "content": VAGUE}],
        ),
        "structured": create_prompt_version(
            actor=actor,
            slug="review-analysis",
            note="Scale, number of keywords and format are said.",
            messages=[{"role": "user", "content": STRUCTURED}],
            output_schema=SCHEMA,
        ),
    }
    return {
        name: create_evaluation_version(
            actor=actor,
            slug=f"reviews-{name}-prompt",
            name=f"Reviews, {name} prompt",
            dataset_version=reviews,
            prompt_version=prompt,
            scorer_versions=[valid, *kept],
            parameters={"temperature": 0, "max_output_tokens": 64},
        )
        for name, prompt in prompts.items()
    }


def _every_third_review(actor: User) -> DatasetVersion:
    """A third of the reviews: a small machine answers them in a few minutes."""
    dataset = create_dataset(
        actor=actor,
        slug="app-reviews-third",
        name="App reviews, every third",
        purpose="test",
        may_leave=True,
        licence="CC0-1.0",
        origin="Every third case of App reviews",
    )
    version = dataset.versions.get()
    entries = DatasetVersionCase.objects.filter(version__dataset__slug="app-reviews", version__number=1)
    add_cases(
        actor=actor,
        version=version,
        cases=[
            CaseRow(
                line=entry.position,
                key=entry.key,
                input=entry.case.input,
                target=entry.case.target,
                slices=entry.case.slices,
                cluster=entry.case.cluster,
                metadata=entry.case.metadata,
            )
            for entry in entries.select_related("case__content").order_by("position")
            if entry.position % 3 == 0
        ],
    )
    return publish_version(actor=actor, version=version)


def _requirement(actor: User, product: Product, evaluation: EvaluationVersion) -> None:
    requirement = life.create_requirement(
        actor=actor,
        product=product,
        title="A language model answers with JSON a program can read",
        shall="answer with a sentiment from 1 to 5 and exactly three keywords, as JSON that matches the schema",
        when_part="an app review is submitted with the structured prompt",
        kind="llm",
        intent="foundation",
        rationale="The dashboard reads the answer; prose has to be read by a person.",
        capability=Capability.objects.get(product=product, slug="reviews"),
        objective=Objective.objects.filter(product=product, horizon="later").first(),
    )
    revision = current_revision(requirement)
    for slug, threshold in (("valid-json", 0.95), ("sentiment-within-1", 0.90)):
        scorer = ScorerVersion.objects.get(scorer__slug=slug, number=1).scorer
        criterion = save_criterion(
            actor=actor, revision=revision, fields={"scorer": scorer, "threshold": threshold}
        )
        link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation)
    life.submit_for_review(actor=actor, requirement=requirement)
    life.approve(actor=actor, requirement=requirement)


def _round(actor: User, versions: dict[str, EvaluationVersion], version: ModelVersion) -> Round:
    suite = create_suite(
        actor=actor,
        slug="review-prompts",
        name="Review prompts",
        evaluations=[each.evaluation for each in versions.values()],
    )
    return start_round(
        actor=actor,
        name="First look: vague and structured prompt",
        suite=suite,
        evaluation_versions=list(versions.values()),
        model_versions=[version],
        priority=Round.Priority.BULK,
        cap_unit="calls",
        cap=Decimal(2_000),
    )
