"""Loading the demo in two steps: everything people wrote, in one transaction, then rounds for the workers."""

from decimal import Decimal

from django.db import transaction

from capabilities.demo.expectations import say_what_is_expected
from capabilities.demo.facts import Facts, make_facts
from capabilities.demo.judgements import PRODUCT, make_judgements
from capabilities.demo.lab import add_lab
from capabilities.demo.language_model import add_language_model
from capabilities.demo.motors import add_motors
from capabilities.demo.pictures import add_pictures
from capabilities.demo.problems import write_problems
from capabilities.demo.scenes import add_scenes
from capabilities.demo.speech import add_speech
from capabilities.models import Product
from config.people.models import User
from evaluations.importers import CaseRow
from evaluations.models import Dataset, Round
from evaluations.queries.selection import newest_evaluation_versions
from evaluations.services import datasets
from evaluations.services.rounds import start_round
from evaluations.services.schedules import save_schedule

ROUNDS = (
    ("driving", ("aria-drive@1", "aria-drive@2", "nova-drive@5.2")),
    ("language", ("aria-language@1", "aria-language@2", "lingo-cloud@2026-09")),
    ("reviews", ("aria-reviews@1", "review-rules@1")),
)


@transaction.atomic
def load_demo(actor: User, language_model_url: str = "") -> list[Round]:
    """Make the demo on a site without a product and start its rounds; the workers do the rest.

    language_model_url: base URL of a language model on this machine; it joins a demo that is there already, too.
    """
    rounds = [] if Product.objects.exists() else _from_nothing(actor)
    if language_model_url and _is_demo():
        rounds += add_language_model(actor, language_model_url)
    return rounds


def _is_demo() -> bool:
    return (
        Product.objects.filter(key=PRODUCT).exists() and Dataset.objects.filter(slug="app-reviews").exists()
    )


def _from_nothing(actor: User) -> list[Round]:
    facts = make_facts(actor)
    product = make_judgements(actor, facts)
    say_what_is_expected(actor, facts)
    rounds = [
        _round(actor, facts, f"First look: {facts.suites[suite].name}", suite, labels)
        for suite, labels in ROUNDS
    ]
    checkpoints = tuple(label for label, version in facts.versions.items() if version.training_run)
    rounds.append(_round(actor, facts, "Checkpoints in training", "driving", checkpoints))
    rounds.append(add_scenes(actor, product))
    rounds.append(add_pictures(actor, product))
    rounds += add_speech(actor, product)
    rounds.append(add_motors(actor, product))
    write_problems(actor, product)
    reviewers = [facts.versions[label] for label in ("aria-reviews@1", "review-rules@1")]
    rounds.append(add_lab(actor, reviewers, product.key))
    _schedule(actor, facts)
    _grow_safety_cases(actor)
    return rounds


def _round(actor: User, facts: Facts, name: str, suite: str, labels: tuple[str, ...]) -> Round:
    return start_round(
        actor=actor,
        name=name,
        suite=facts.suites[suite],
        evaluation_versions=newest_evaluation_versions(facts.suites[suite]),
        model_versions=[facts.versions[label] for label in labels],
        priority=Round.Priority.LAUNCH,
        cap_unit="calls",
        cap=Decimal(5_000),
    )


def _schedule(actor: User, facts: Facts) -> None:
    save_schedule(
        actor=actor,
        name="Languages every night",
        suite=facts.suites["language"],
        cron="30 2 * * *",
        zone="Europe/Berlin",
        selector={"models": ["aria-language", "lingo-cloud"]},
        cap_unit="calls",
        cap=Decimal(2_000),
        rerun_frozen=True,
    )


def _grow_safety_cases(actor: User) -> None:
    """A later version of a dataset, so that its evidence asks for a re-check."""
    dataset = Dataset.objects.get(slug="message-safety")
    draft = datasets.open_draft(actor=actor, dataset=dataset)
    case = {
        "speed_kmh": 0,
        "parked": True,
        "passengers": 2,
        "message_waiting": True,
        "driver_talking": False,
        "hour": 18,
        "traffic": "free",
        "weather": "clear",
        "minutes_to_destination": 0,
        "calendar_minutes": None,
        "battery_percent": 70,
        "minutes_driving": 25,
        "minutes_saved": 0,
    }
    row = CaseRow(
        line=1,
        key="parked-with-children",
        input=case,
        target="none",
        slices={"situation": "parked", "busy": "no"},
    )
    datasets.add_cases(actor=actor, version=draft, cases=[row])
    datasets.publish_version(actor=actor, version=draft)
