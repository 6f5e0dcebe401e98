"""Discoveries as lists and pages show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from capabilities.models import Discovery, DiscoveryEvidence, Product
from capabilities.queries.products import visible_products
from config.people.models import User
from evaluations.models import Case, Dataset, Response, Run

SORTS = {
    "newest": ("-id",),
    "oldest": ("id",),
    "title": ("title", "id"),
    "state": ("state", "-id"),
}
COLUMNS = ("key", "title", "state", "statement", "reason", "requirement", "evaluation", "by", "recorded")
Kind = DiscoveryEvidence.Kind


def discoveries_of(product: Product, state: str = "", q: str = "", sort: str = "") -> QuerySet[Discovery]:
    """The list; what the address asks for that does not exist restricts nothing."""
    rows = Discovery.objects.filter(product=product).select_related(
        "product", "requirement__product", "evaluation_version__evaluation", "created_by"
    )
    if state in Discovery.State.values:
        rows = rows.filter(state=state)
    if q:
        named = Discovery.objects.with_key(q).values("pk")
        rows = rows.filter(
            Q(title__icontains=q) | Q(statement__icontains=q) | Q(reason__icontains=q) | Q(pk__in=named)
        )
    return rows.order_by(*SORTS.get(sort, SORTS["newest"]))


def state_counts(product: Product) -> dict[str, int]:
    """How many are in each state, "" all of them. One query."""
    rows = Discovery.objects.filter(product=product).order_by().values_list("state").annotate(n=Count("id"))
    counts = dict(rows)
    return {"": sum(counts.values()), **{state: counts.get(state, 0) for state in Discovery.State.values}}


def find_discovery(user: User, key: str) -> Discovery | None:
    """By its key among what the person may see. One query."""
    rows = Discovery.objects.filter(product__in=visible_products(user)).with_key(key)
    return rows.select_related(
        "product", "requirement__product", "evaluation_version__evaluation", "created_by"
    ).first()


def as_record(discovery: Discovery) -> dict[str, Any]:
    requirement, version = discovery.requirement, discovery.evaluation_version
    return {
        "key": discovery.key,
        "title": discovery.title,
        "state": discovery.state,
        "statement": discovery.statement,
        "reason": discovery.reason,
        "requirement": requirement.key if requirement else None,
        "evaluation": str(version) if version else None,
        "by": discovery.created_by.username if discovery.created_by else None,
        "recorded": discovery.created_at.isoformat(),
    }


def records(rows: QuerySet[Discovery]) -> Iterator[dict[str, Any]]:
    yield from map(as_record, rows)


def history_of(discovery: Discovery) -> list[DiscoveryEvidence]:
    """Every step, oldest first. One query."""
    rows = discovery.evidence.select_related(
        "author", "round", "evaluation_version__evaluation", "judge__scorer", "run"
    )
    return list(rows)


def newest(history: Sequence[DiscoveryEvidence], *kinds: str) -> DiscoveryEvidence | None:
    return next((one for one in reversed(history) if one.kind in kinds), None)


@dataclass(frozen=True)
class Seen:
    """What a discovery was spotted in. case, response: None for a suggested strength; test: only for those who may read test samples."""

    run: Run
    case: Case | None
    response: Response | None
    part: str
    test: bool

    @property
    def case_key(self) -> str:
        return self.case.key if self.case else ""


def seen_in(discovery: Discovery) -> Seen | None:
    """The first evidence with its content. One query."""
    first = (
        discovery.evidence.filter(kind=Kind.SPOTTED)
        .select_related(
            "response__case__content",
            "response__output",
            "run__model_version__model",
            "run__prompt_version__prompt",
            "run__evaluation_version__dataset_version__dataset",
            "run__evaluation_version__evaluation",
        )
        .first()
    )
    if first is None or first.run is None:
        return None
    test = first.run.evaluation_version.dataset_version.dataset.purpose == Dataset.Purpose.TEST
    response = first.response
    return Seen(first.run, response.case if response else None, response, first.part, test)


def response_for(pk: str) -> Response | None:
    """The answer a link names, with what the form shows of it. One query."""
    if not (pk.isascii() and pk.isdecimal()) or len(pk) > 18:
        return None
    rows = Response.objects.select_related(
        "output",
        "case__content",
        "run__model_version__model",
        "run__prompt_version__prompt",
        "run__evaluation_version__dataset_version__dataset",
    )
    return rows.filter(pk=int(pk)).first()
