"""A person's notices, and what they chose to hear."""

from collections.abc import Iterable
from itertools import groupby

from django.db.models import QuerySet

from config.people.models import Notice, NoticeSettings, User


def settings_of(people: Iterable[int]) -> dict[int, NoticeSettings]:
    """By person, with the defaults of who chose nothing. One query."""
    wanted = list(people)
    chosen = NoticeSettings.objects.in_bulk(wanted)
    return {person: chosen.get(person) or NoticeSettings(person_id=person) for person in wanted}


def notices_of(person: User, products: Iterable[str]) -> QuerySet[Notice]:
    """Those of products the person may see now, newest first. products: the keys of these. One query."""
    return Notice.objects.filter(person=person, product__in=["", *products]).select_related("actor")


def grouped(notices: Iterable[Notice]) -> list[tuple[str, list[Notice]]]:
    """By what they speak of, the newest first."""
    order: dict[str, int] = {}
    rows = list(notices)
    for row in rows:
        order.setdefault(row.label, len(order))
    rows.sort(key=lambda row: order[row.label])
    return [(label, list(found)) for label, found in groupby(rows, key=lambda row: row.label)]


def unread_count(person: User, products: Iterable[str]) -> int:
    """Unread notices of what the person may see now: what the bell counts. One query."""
    return notices_of(person, products).filter(read_at=None).count()
