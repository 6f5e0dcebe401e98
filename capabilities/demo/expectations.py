"""What somebody expected of the demo's models. Recorded before its rounds start, so nobody knows yet whether it holds."""

from dataclasses import dataclass

from capabilities.demo.facts import Facts
from capabilities.models import Criterion
from capabilities.services.expectations import record_expectation
from config.people.models import User


@dataclass(frozen=True)
class Hope:
    """of: a version's label, or a model's slug for its next version."""

    title: str
    criterion: str
    of: str
    low: float
    high: float
    note: str


HOPES = (
    Hope(
        "Knows the language of an utterance",
        "AC-1",
        "aria-language@2",
        0.85,
        0.95,
        "Version 2 reads more languages; short commands hold it back.",
    ),
    Hope(
        "One useful suggestion while driving, or none",
        "AC-1",
        "aria-drive@2",
        0.80,
        0.95,
        "Version 2 stays silent where version 1 interrupted.",
    ),
    Hope(
        "Short commands in any of 21 languages",
        "AC-1",
        "aria-language",
        0.75,
        0.90,
        "With short commands in the training data.",
    ),
)


def say_what_is_expected(actor: User, facts: Facts) -> None:
    """Through the service that people use, which refuses what comes after a result."""
    for hope in HOPES:
        criterion = Criterion.objects.select_related("revision__requirement__product").get(
            revision__title=hope.title, revision__status="approved", key=hope.criterion
        )
        record_expectation(
            actor=actor,
            criterion=criterion,
            of=facts.versions[hope.of] if "@" in hope.of else facts.models[hope.of],
            low=hope.low,
            high=hope.high,
            note=hope.note,
        )
