"""What linked requirements say now: the text that stamps of links and of evidence are held against."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models import F as Field

from capabilities.models import Link, Requirement, Revision
from capabilities.queries.axes import Dependency

ELSEWHERE = "A requirement of another product"


def present_revision(of: str) -> "QuerySet[Revision]":
    """The revision that speaks for the requirement whose id the outer row calls `of`: the approved one, else the newest open one."""
    rows = Revision.objects.filter(requirement=OuterRef(of)).exclude(
        status__in=[Revision.Status.SUPERSEDED, Revision.Status.DISCARDED]
    )
    approved_first = Case(When(status=Revision.Status.APPROVED, then=Value(0)), default=Value(1))
    return rows.order_by(approved_first, "-number")


def with_present_text(links: "QuerySet[Link]") -> "QuerySet[Link]":
    """Links, each with `now_fingerprint` and `now_revision` of its target."""
    present = present_revision("target_id")
    return links.annotate(
        now_fingerprint=Subquery(present.values("fingerprint")[:1]),
        now_revision=Subquery(present.values("number")[:1]),
    )


def dependencies_of(requirements: Iterable[Requirement | int]) -> Mapping[int, Sequence[Dependency]]:
    """By requirement id what it depends on directly, as that stands now. One query.

    What a restricted product of others owns is not called by its key: whoever reads the sentence may not know of it.
    """
    links = with_present_text(
        Link.objects.filter(source__in=list(requirements), kind=Link.Kind.DEPENDS_ON)
    ).annotate(
        product=Field("target__product__key"),
        number=Field("target__number"),
        hidden=Field("target__product__restricted"),
        own=Field("source__product__key"),
    )
    found: dict[int, list[Dependency]] = defaultdict(list)
    for link in links.order_by("target__product__key", "target__number").values():
        secret = link["hidden"] and link["product"] != link["own"]
        name = ELSEWHERE if secret else f"{link['product']}-{link['number']}"
        found[link["source_id"]].append(
            Dependency(link["target_id"], name, link["now_fingerprint"], link["now_revision"])
        )
    return found


def present_texts(requirements: Iterable[Requirement]) -> dict[int, Revision]:
    """By requirement id the revision that speaks for it. One query."""
    gone = [Revision.Status.SUPERSEDED, Revision.Status.DISCARDED]
    rows = Revision.objects.filter(requirement__in=list(requirements)).exclude(status__in=gone)
    found: dict[int, Revision] = {}
    for revision in rows.order_by("number"):
        before = found.get(revision.requirement_id)
        if before is None or before.status != Revision.Status.APPROVED:
            found[revision.requirement_id] = revision
    return found
