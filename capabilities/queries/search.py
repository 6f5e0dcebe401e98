"""What a few words find: requirements one may see, models, evaluations, datasets."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse

from capabilities.models import Product, Requirement, Revision
from capabilities.queries.requirements import filter_from, requirements_of
from evaluations.models import Dataset, Evaluation, Model

SHOWN = 20
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    kind: str
    label: str
    url: str


def search(products: Sequence[Product], text: str, limit: int = SHOWN) -> list[Found]:
    """Requirements first, exact keys before words. Three queries, and two for each product. Nothing for a single letter."""
    text = text.strip()[:200]
    if len(text) < SHORTEST:
        return []
    return [
        *_requirements(products, text, limit),
        *_facts("Model", Model.objects.all(), text, "evaluations:model-detail", limit),
        *_facts("Evaluation", Evaluation.objects.all(), text, "evaluations:evaluation-detail", limit),
        *_facts("Dataset", Dataset.objects.all(), text, "evaluations:dataset-detail", limit),
    ]


def _requirements(products: Sequence[Product], text: str, limit: int) -> list[Found]:
    wanted = filter_from({"q": text})
    rows: list[Requirement] = []
    for product in products:
        rows += requirements_of(product, wanted)[: limit - len(rows)]
    titles: dict[int, str] = {}
    revisions = Revision.objects.filter(requirement__in=rows).exclude(status=Revision.Status.DISCARDED)
    for pk, title in revisions.order_by("number").values_list("requirement_id", "title"):
        titles[pk] = title
    rows.sort(key=lambda row: row.key != text.upper())
    return [
        Found(
            "Requirement",
            f"{row.key} {titles.get(row.pk, '')}",
            reverse("capabilities:requirement-detail", args=[row.key]),
        )
        for row in rows
    ]


def _facts(
    kind: str,
    rows: "QuerySet[Model] | QuerySet[Evaluation] | QuerySet[Dataset]",
    text: str,
    url_name: str,
    limit: int,
) -> list[Found]:
    found = []
    for row in rows.filter(Q(name__icontains=text) | Q(slug__icontains=text))[:limit]:
        try:
            url = reverse(url_name, args=[row.slug])
        except NoReverseMatch:
            continue
        found.append(Found(kind, f"{row.name} ({row.slug})", url))
    return found
