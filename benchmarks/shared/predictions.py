"""Predictions that were made elsewhere: a case and an output each, a criterion that rests on them, and a run to take them in."""

import json
import random
from collections.abc import Iterator
from typing import Any

from capabilities.models import Criterion, Requirement, Revision
from capabilities.services.products import create_product
from capabilities.services.verifications import link_evidence
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import Case, DatasetVersion, EvaluationVersion, ModelVersion
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.models import create_model, register_version
from evaluations.services.providers import save_provider
from evaluations.services.scorers import create_scorer_version

COMMANDS = (
    "lights on",
    "lights off",
    "call home",
    "next song",
    "window down",
    "window up",
    "go home",
    "stop",
)
RIGHT = 0.93
AT_ONCE = 20_000


def key_of(number: int) -> str:
    return f"case-{number:07}"


def wanted_of(number: int) -> str:
    return COMMANDS[number % len(COMMANDS)]


def predicted(number: int) -> str:
    """Right in 93 of a hundred cases, the same ones every time."""
    return wanted_of(number) if random.Random(number).random() < RIGHT else "something else"


def right_ones(count: int) -> int:
    return sum(predicted(number) == wanted_of(number) for number in range(count))


def make_evaluation(user: User, slug: str, count: int) -> EvaluationVersion:
    """Cases whose answers are scored by exact match, and an agreed criterion measured by them: nine in ten."""
    dataset = create_dataset(actor=user, slug=slug, name=slug, purpose="test")
    draft = dataset.versions.get()
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(count, start + AT_ONCE))
        rows = [
            CaseRow(place, key_of(number), f"{wanted_of(number)}, please ({number})", wanted_of(number))
            for place, number in enumerate(numbers)
        ]
        add_cases(actor=user, version=draft, cases=rows)
    version: DatasetVersion = publish_version(actor=user, version=draft)
    assert Case.objects.filter(entries__version=version).count() == count
    scorer = create_scorer_version(actor=user, slug=f"{slug}-exact", kind="exact", config={})
    return create_evaluation_version(actor=user, slug=slug, dataset_version=version, scorer_versions=[scorer])


def make_model(user: User, slug: str, count: int) -> ModelVersion:
    """A version of ours whose outputs are kept with it, by case."""
    provider = save_provider(actor=user, slug=slug, name=slug, adapter="stored")
    model = create_model(actor=user, slug=slug, name=slug, kind="llm", side="own", provider=provider)
    outputs = {key_of(number): predicted(number) for number in range(count)}
    version, _ = register_version(
        actor=user, model=model, name="1", identity={"api_id": slug, "parameters": {"outputs": outputs}}
    )
    return version


def hold_to_it(user: User, key: str, version: ModelVersion, evaluation: EvaluationVersion) -> None:
    """A requirement of a product of its own, agreed, with a criterion that the evaluation measures."""
    product = create_product(actor=user, key=key, name=key)
    product.subject_models.set([version.model])
    requirement = Requirement.objects.create(product=product, number=1, lifecycle="approved", kind="llm")
    revision = Revision.objects.create(
        requirement=requirement,
        number=1,
        title="Understands commands",
        status="draft",
        fingerprint=f"{key:0>64}",
    )
    scorer = evaluation.scorers.get().scorer
    criterion = Criterion.objects.create(revision=revision, key="AC-1", scorer=scorer, threshold=0.9)
    link_evidence(actor=user, criterion=criterion, evaluation_version=evaluation)
    revision.status, revision.approved_at = "approved", requirement.created_at
    revision.save()


def pushed_lines(count: int, at_once: int = 10_000) -> Iterator[bytes]:
    """The same predictions as bodies of a push, with no score: they are scored here."""
    for start in range(0, count, at_once):
        lines: list[dict[str, Any]] = [
            {"case": key_of(number), "repeat": 1, "output": predicted(number)}
            for number in range(start, min(count, start + at_once))
        ]
        yield b"\n".join(json.dumps(line).encode() for line in lines)
