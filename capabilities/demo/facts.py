"""The facts of the demo: providers, models, datasets, prompts, checks and evaluations."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

import evaluations.demo
from config.people.models import User
from evaluations.importers import read_jsonl
from evaluations.models import (
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    Model,
    ModelVersion,
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


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def _models(actor: User) -> tuple[dict[str, Model], dict[str, ModelVersion]]:
    local = providers.save_provider(
        actor=actor, slug="local", name="On this machine", adapter="process", max_concurrency=2
    )
    rules = providers.save_provider(
        actor=actor, slug="rules", name="Rule sets", adapter="rules", max_concurrency=8
    )
    made: dict[str, Model] = {}
    versions: dict[str, ModelVersion] = {}
    for entry in _catalogue():
        provider = rules if entry["adapter"] == "rules" else local
        model = models.create_model(
            actor=actor,
            slug=entry["slug"],
            name=entry["name"],
            kind=entry["kind"],
            side=entry["side"],
            provider=provider,
            vendor=entry["vendor"],
            description=entry["description"],
        )
        made[model.slug] = model
        for name, identity, facts in entry["versions"]:
            version = _version(actor, model, name, identity, facts, versions)
            versions[version.label] = version
    return made, versions


def _version(
    actor: User,
    model: Model,
    name: str,
    identity: dict[str, Any],
    facts: dict[str, Any],
    known: dict[str, ModelVersion],
) -> ModelVersion:
    parent = known.get(f"{model.slug}@{identity.pop('parent', '')}")
    version, _ = models.register_version(
        actor=actor,
        model=model,
        name=name,
        identity=identity | ({"parent": parent} if parent else {}),
        facts=facts,
    )
    return version


def _catalogue() -> list[dict[str, Any]]:
    today = timezone.localdate()
    released = {"stage": "released", "released_on": today - timedelta(days=40)}
    candidate = {"stage": "candidate"}
    leaving = released | {"shutdown_on": today + timedelta(days=90)}

    def rule_set(name: str) -> dict[str, Any]:
        return {"parameters": {"rule_set": _json(name)}}

    return [
        _entry(
            "aria-drive",
            "Aria Drive",
            "rules",
            "own",
            "rules",
            "Suggests one thing to a driver, or nothing.",
            [
                ("1", rule_set("rules_driving_v1.json"), released),
                ("2", rule_set("rules_driving_v2.json") | {"parent": "1"}, candidate),
            ],
        ),
        _entry(
            "nova-drive",
            "Nova Drive",
            "rules",
            "competitor",
            "rules",
            "A rival's suggestions while driving.",
            [
                ("5.2", rule_set("rules_driving_rival.json"), leaving),
            ],
        ),
        _entry(
            "aria-language",
            "Aria Language",
            "ml",
            "own",
            "process",
            "Says which language an utterance is in.",
            [
                ("1", {"api_id": "py3langid"}, released),
                ("2", {"api_id": "langdetect", "parent": "1"}, candidate),
            ],
        ),
        _entry(
            "lingo-cloud",
            "Lingo Cloud",
            "ml",
            "competitor",
            "process",
            "A rival's language identification.",
            [
                ("2026-09", {"api_id": "py3langid"}, released),
            ],
        ),
        _entry(
            "aria-reviews",
            "Aria Reviews",
            "ml",
            "own",
            "process",
            "Reads the sentiment of app reviews.",
            [
                ("1", {"api_id": "vader_sentiment"}, candidate),
            ],
        ),
        _entry(
            "review-rules",
            "Keyword rules for reviews",
            "rules",
            "simple",
            "rules",
            "A list of words: the least any model must beat.",
            [
                ("1", rule_set("rules_reviews.json"), released),
            ],
        ),
    ]


def _entry(  # noqa: PLR0913 - one row of the catalogue
    slug: str, name: str, kind: str, side: str, adapter: str, description: str, versions: list[Any]
) -> dict[str, Any]:
    vendor = {"own": "Aria", "competitor": name.split()[0], "simple": ""}[side]
    return {
        "slug": slug,
        "name": name,
        "kind": kind,
        "side": side,
        "adapter": adapter,
        "vendor": vendor,
        "description": description,
        "versions": versions,
    }


def _dataset(actor: User, slug: str, name: str, file: str, purpose: str = "test") -> DatasetVersion:
    dataset = datasets.create_dataset(
        actor=actor, slug=slug, name=name, purpose=purpose, may_leave=True, licence="CC0-1.0", origin=ORIGIN
    )
    version = dataset.versions.get()
    with (DATA / file).open("rb") as stream:
        rows = read_jsonl(stream).rows
    datasets.add_cases(actor=actor, version=version, cases=rows)
    return datasets.publish_version(actor=actor, version=version)


def _evaluations(actor: User) -> dict[str, EvaluationVersion]:
    label = create_scorer_version(
        actor=actor, slug="right-label", name="Right label", kind="exact", config={}
    )
    action = create_scorer_version(
        actor=actor, slug="right-suggestion", name="Right suggestion", kind="exact", config={}
    )
    close = create_scorer_version(
        actor=actor,
        slug="sentiment-within-1",
        name="Sentiment within 1 of the label",
        kind="within",
        config={"field": "sentiment", "target_field": "sentiment", "k": 1, "lowest": 1, "highest": 5},
    )
    same = create_scorer_version(
        actor=actor,
        slug="sentiment-exact",
        name="Sentiment exactly right",
        kind="within",
        config={"field": "sentiment", "target_field": "sentiment", "k": 0, "lowest": 1, "highest": 5},
    )
    speed = create_scorer_version(
        actor=actor, slug="latency", name="Time to answer", kind="latency", config={}
    )
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
    wanted = {
        "reviews-sentiment": ("Sentiment of app reviews", reviews, [close, same, speed], prompt),
        "language-of-utterance": ("Language of an utterance", languages, [label, speed], prompt),
        "driving-suggestion": ("Suggestion while driving", driving, [action, speed], None),
        "message-safety": ("No message read to strangers", safety, [action], None),
    }
    made = {
        slug: create_evaluation_version(
            actor=actor,
            slug=slug,
            name=name,
            dataset_version=version,
            prompt_version=prompt_version,
            scorer_versions=scorers,
        )
        for slug, (name, version, scorers, prompt_version) in wanted.items()
    }
    made["driving-three-times"] = create_evaluation_version(
        actor=actor,
        slug="driving-three-times",
        name="Suggestion while driving, asked three times",
        dataset_version=driving,
        scorer_versions=[action],
        repeats=3,
    )
    return made


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
