"""Products with requirements in every mixture of states, made by chance from a seed."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from capabilities.models import Product, Requirement
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import (
    make_capability,
    make_product,
    make_requirement,
    make_revision,
    make_verdict,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

OUTCOMES = ("met", "not_met", "inconclusive", "no_data")
TITLES = ("Reads sarcasm", "été à Paris", "Ete in Paris", "Zebra", "answers", "Ähnlich", "Answers")


def make_mixed_world(seed: int, count: int = 14) -> Product:
    """A product with models of three kinds, one of them with two of our models, and so many requirements about them."""
    chance = random.Random(seed)
    models = [make_model(kind=kind) for kind in ("llm", "llm", "asr", "rules")]
    product = make_product(subjects=models)
    versions = [make_model_version(model, floating=chance.random() < 0.5) for model in models for _ in "ab"]
    product.candidate_version = chance.choice([None, *versions])
    product.save()
    parts = [make_capability(product, name=name) for name in ("Speech", "arithmetic", "Speech")]
    parts.append(make_capability(product, name="Under", parent=parts[0]))
    aims = [
        product.objectives.create(title=f"Aim {number}", horizon=horizon, position=3 - number)
        for number, horizon in enumerate(("later", "now", "now"))
    ]
    owners = [make_user(first_name="Zoë"), make_user(first_name="ada", last_name="L"), make_user()]
    for _ in range(count):
        requirement = make_requirement(
            product,
            approved=chance.random() < 0.8,
            criteria=[{"must": chance.random() < 0.8} for _ in range(chance.randrange(3))],
            revision={"title": chance.choice(TITLES)},
            kind=chance.choice(["llm", "asr", "rules", "tts"]),
            intent=chance.choice(Requirement.Intent.values),
            priority=chance.choice(Requirement.Priority.values),
            commitment=chance.choice(["none", "accepted", "training"]),
            capability=chance.choice([None, *parts]),
            objective=chance.choice([None, *aims]),
            owner=chance.choice([None, *owners]),
            target=chance.choice(["", "Spring", "autumn"]),
            tags=chance.choice([[], ["safety"], ["safety", "speed"]]),
            position=chance.randrange(5),
        )
        measure(requirement, versions, chance)
    return product


def measure(requirement: Requirement, versions: Sequence[ModelVersion], chance: random.Random) -> None:
    """Evidence, verdicts, waivers and a newer draft, each or not as chance has it."""
    for criterion in requirement.revisions.get().criteria.all():
        if requirement.lifecycle != "approved" or chance.random() < 0.2:
            continue
        link = make_verification(criterion)
        if chance.random() < 0.2:
            link.stamp = {}
            link.save()
        for version in chance.sample(list(versions), chance.randrange(3)):
            run = make_finished_run([1.0] * 3, link.evaluation_version, version)
            make_verdict(
                link,
                run,
                chance.choice(OUTCOMES),
                trend=chance.choice(["improved", "no_worse", "regressed", "unknown"]),
                pending_confirmation=chance.random() < 0.2,
                point=(point := chance.choice([0.8, 0.9, 0.95])),
                low=point - 0.03,
                high=point + 0.03,
            )
            Run.objects.filter(pk=run.pk).update(
                finished_at=timezone.now() - timedelta(days=chance.randrange(60))
            )
        if chance.random() < 0.3:
            make_waiver(
                requirement,
                criterion.key,
                expires_on=date.today() + timedelta(days=chance.choice([-1, 3])),
                model_version=chance.choice([None, *versions]),
            )
    if requirement.lifecycle == "approved" and chance.random() < 0.3:
        make_revision(requirement, status=chance.choice(["draft", "in_review"]))
