"""Requirements that somebody may mean while they type."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from capabilities.models import Requirement, Revision
from capabilities.queries.products import visible_products
from config.people.models import User

SHOWN = 8
SHORTEST = 2


def suggestions(requirement: Requirement, user: User, text: str, limit: int = SHOWN) -> list[Revision]:
    """Other requirements by key or by all of the words, with their product; those of the same product first. One query."""
    text = text.replace("\x00", "").strip()[:200]
    if len(text) < SHORTEST:
        return []
    spoken = Revision.objects.filter(
        status__in=[Revision.Status.APPROVED, Revision.Status.DRAFT, Revision.Status.IN_REVIEW],
        requirement__product__in=visible_products(user),
    ).exclude(requirement=requirement)
    own_first = Case(
        When(requirement__product=requirement.product_id, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    found = _by_key(spoken, text) | _by_words(spoken, text)
    rows = found.select_related("requirement__product").order_by(
        own_first, "requirement__product__key", "requirement__number", "status"
    )
    # An approved one and its open draft are one requirement: the approved one comes first by its status.
    once: dict[int, Revision] = {}
    for row in rows[: limit * 2]:
        once.setdefault(row.requirement_id, row)
    return list(once.values())[:limit]


def _by_key(rows: "QuerySet[Revision]", text: str) -> "QuerySet[Revision]":
    prefix, _, number = text.upper().rpartition("-")
    if not number.isdecimal() or len(number) > 9:
        return rows.filter(requirement__product__key=text.upper())
    return rows.filter(requirement__product__key=prefix, requirement__number=int(number))


def _by_words(rows: "QuerySet[Revision]", text: str) -> "QuerySet[Revision]":
    wanted = Q()
    for word in text.split()[:8]:
        wanted &= Q(title__icontains=word) | Q(shall__icontains=word)
    return rows.filter(wanted)
