"""Which sheets of the lab one may see, and what can become of one."""

from dataclasses import dataclass
from itertools import islice

from capabilities.models import Revision
from capabilities.queries.measure import callable_versions
from capabilities.queries.products import visible_products
from config.people.models import User
from evaluations.models import LabSheet, ModelVersion
from evaluations.queries.lab import sheets_for
from evaluations.services.lab_plan import checks_of, name_of_check

MOST_DRAFTS = 100


def sheet_or_none(user: User, pk: int) -> LabSheet | None:
    """One query more for the products one may see."""
    keys = list(visible_products(user).values_list("key", flat=True))
    return sheets_for(user, keys).filter(pk=pk).first()


def example_versions() -> list[ModelVersion]:
    """Up to three versions that can be asked about reviews here: language models first, else what reads sentiment, and rules."""
    found = callable_versions()
    by_kind = sorted(found, key=_fit)
    return list(islice(by_kind, 3))


def _fit(version: ModelVersion) -> tuple[int, str]:
    words = f"{version.model.slug} {version.model.name} {version.model.description}".lower()
    about_reviews = "review" in words
    return (0 if about_reviews else 1 if version.model.kind == "llm" else 2, version.label)


@dataclass(frozen=True)
class Draft:
    key: str
    title: str


@dataclass(frozen=True)
class Keepable:
    """What the page offers under “Keep”. letters: of prompts that are written; drafts: requirements one may add a criterion to."""

    letters: list[str]
    checks: list[str]
    drafts: list[Draft]


def keepable(user: User, sheet: LabSheet) -> Keepable:
    """Drafts of the products one may see, those of the sheet's product first. One query."""
    rows = (
        Revision.objects.filter(requirement__product__in=visible_products(user), status=Revision.Status.DRAFT)
        .select_related("requirement__product")
        .order_by("requirement__product__key", "requirement__number")
    )
    found = sorted(rows[:MOST_DRAFTS], key=lambda one: one.requirement.product.key != sheet.product)
    return Keepable(
        letters=[
            letter for letter, prompt in zip("ABCD", sheet.prompts, strict=False) if prompt.get("message")
        ]
        or ["A"],
        checks=[name_of_check(check["kind"], check["config"]) for check in checks_of(sheet)],
        drafts=[Draft(one.requirement.key, one.title) for one in found],
    )
