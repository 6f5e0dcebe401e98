"""The facts of the demo: providers, models, datasets, prompts, checks and evaluations."""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

import evaluations.demo
from capabilities.demo.catalogue import CATALOGUE, TRAINING_RUN, DemoVersion
from config.people.models import User
from evaluations.importers import read_jsonl
from evaluations.models import (
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    Model,
    ModelVersion,
    ScorerVersion,
    Suite,
)
from evaluations.services import datasets, models, providers
from evaluations.services.evaluations import create_evaluation_version, create_suite
from evaluations.services.prompts import create_prompt_version
from evaluations.services.scorers import create_scorer_version

DATA = Path(evaluations.demo.__file__).parent / "data"
ORIGIN = "Written and labelled for Plumbline's demo"


@dataclass(frozen=True)
class Facts:
    """What the judgements of the demo stand on, by slug (versions by slug@name)."""

    models: dict[str, Model]
    versions: dict[str, ModelVersion]
    evaluations: dict[str, EvaluationVersion]
    suites: dict[str, Suite]


def make_facts(actor: User) -> Facts:
    """Make every fact of the demo through the services that people use."""
    found_models, versions = _models(actor)
    found_evaluations = _evaluations(actor)
    return Facts(found_models, versions, found_evaluations, _suites(actor, found_evaluations))


def _models(actor: User) -> tuple[dict[str, Model], dict[str, ModelVersion]]:
    local = providers.save_provider(
        actor=actor, slug="local", name="On this machine", adapter="process", max_concurrency=2
    )
    rules = providers.save_provider(
        actor=actor, slug="rules", name="Rule sets", adapter="rules", max_concurrency=8
    )
    made: dict[str, Model] = {}
    versions: dict[str, ModelVersion] = {}
    for entry in CATALOGUE:
        made[entry.slug] = models.create_model(
            actor=actor,
            slug=entry.slug,
            name=entry.name,
            kind=entry.kind,
            side=entry.side,
            provider={"local": local, "rules": rules}[entry.provider],
            vendor=entry.vendor,
            description=entry.description,
        )
        for each in entry.versions:
            version = _version(actor, made[entry.slug], each, versions)
            versions[version.label] = version
    return made, versions


def _version(actor: User, model: Model, entry: DemoVersion, known: dict[str, ModelVersion]) -> ModelVersion:
    today = timezone.localdate()
    identity: dict[str, Any] = {"api_id": entry.api_id}
    if entry.rule_set:
        rules = json.loads((DATA / entry.rule_set).read_text())
        identity["parameters"] = {"rule_set": rules | {"rows": rules["rows"][: entry.step]}}
    if entry.step is not None:
        identity |= {"training_run": TRAINING_RUN, "step": entry.step}
    if entry.parent:
        identity["parent"] = known[f"{model.slug}@{entry.parent}"]
    facts: dict[str, Any] = {"stage": "released" if entry.released else "candidate"}
    if entry.released:
        facts["released_on"] = today - timedelta(days=40)
    if entry.shutdown_in is not None:
        facts["shutdown_on"] = today + timedelta(days=entry.shutdown_in)
    version, _ = models.register_version(
        actor=actor, model=model, name=entry.name, identity=identity, facts=facts
    )
    if entry.per_call:
        models.set_price(
            actor=actor,
            version=version,
            unit="call",
            amount=Decimal(entry.per_call),
            from_date=today - timedelta(days=40),
        )
    return version


def _dataset(actor: User, slug: str, name: str, file: str, purpose: str = "test") -> DatasetVersion:
    dataset = datasets.create_dataset(
        actor=actor, slug=slug, name=name, purpose=purpose, may_leave=True, licence="CC0-1.0", origin=ORIGIN
    )
    version = dataset.versions.get()
    with (DATA / file).open("rb") as stream:
        rows = read_jsonl(stream).rows
    datasets.add_cases(actor=actor, version=version, cases=rows)
    return datasets.publish_version(actor=actor, version=version)


def _scorers(actor: User) -> dict[str, ScorerVersion]:
    sentiment = {"field": "sentiment", "target_field": "sentiment", "lowest": 1, "highest": 5}
    wanted: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("right-label", "Right label", "exact", {}),
        ("right-suggestion", "Right suggestion", "exact", {}),
        ("sentiment-within-1", "Sentiment within 1 of the label", "within", sentiment | {"k": 1}),
        ("sentiment-exact", "Sentiment exactly right", "within", sentiment | {"k": 0}),
        ("latency", "Time to answer", "latency", {}),
    )
    return {
        slug: create_scorer_version(actor=actor, slug=slug, name=name, kind=kind, config=config)
        for slug, name, kind, config in wanted
    }


def _evaluations(actor: User) -> dict[str, EvaluationVersion]:
    scorers = _scorers(actor)
    prompt = create_prompt_version(
        actor=actor,
        slug="as-given",
        name="The input as it is",
        messages=[{"role": "user", "content": "{{input}}"}],
    )
    reviews = _dataset(actor, "app-reviews", "App reviews", "reviews_test.jsonl")
    _dataset(
        actor, "app-reviews-dev", "App reviews for trying things out", "reviews_dev.jsonl", purpose="dev"
    )
    languages = _dataset(actor, "utterances", "Utterances in 21 languages", "languages.jsonl")
    driving = _dataset(actor, "driving", "Driving contexts", "driving.jsonl")
    safety = _dataset(actor, "message-safety", "A message waits, and somebody listens", "safety.jsonl")
    checks = {
        "reviews-sentiment": ["sentiment-within-1", "sentiment-exact", "latency"],
        "language-of-utterance": ["right-label", "latency"],
        "driving-suggestion": ["right-suggestion", "latency"],
        "driving-three-times": ["right-suggestion"],
        "message-safety": ["right-suggestion"],
    }
    wanted = {
        "reviews-sentiment": ("Sentiment of app reviews", reviews, prompt, 1),
        "language-of-utterance": ("Language of an utterance", languages, prompt, 1),
        "driving-suggestion": ("Suggestion while driving", driving, None, 1),
        "driving-three-times": ("Suggestion while driving, asked three times", driving, None, 3),
        "message-safety": ("No message read to strangers", safety, None, 1),
    }
    return {
        slug: create_evaluation_version(
            actor=actor,
            slug=slug,
            name=name,
            dataset_version=version,
            prompt_version=prompt_version,
            scorer_versions=[scorers[each] for each in checks[slug]],
            repeats=repeats,
        )
        for slug, (name, version, prompt_version, repeats) in wanted.items()
    }


def _suites(actor: User, versions: dict[str, EvaluationVersion]) -> dict[str, Suite]:
    def evaluations_of(*slugs: str) -> list[Evaluation]:
        return [versions[slug].evaluation for slug in slugs]

    return {
        "driving": create_suite(
            actor=actor,
            slug="driving",
            name="Driving",
            evaluations=evaluations_of("driving-suggestion", "message-safety"),
        ),
        "language": create_suite(
            actor=actor, slug="language", name="Language", evaluations=evaluations_of("language-of-utterance")
        ),
        "reviews": create_suite(
            actor=actor, slug="reviews", name="Reviews", evaluations=evaluations_of("reviews-sentiment")
        ),
    }
