"""Standings: which row of a requirement a list shows, and which rows are due to be worked out again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from capabilities.models import Product, Standing, StandingMark
from capabilities.models.standings import OF_NONE, OF_VERSION
from capabilities.queries.products import JudgedVersions


def current_standings(product: Product, versions: JudgedVersions) -> QuerySet[Standing]:
    """One row for each requirement: for the first of the versions its kind may speak of that has a verdict, else for none. No query."""
    rows = Standing.objects.filter(product=product).alias(of=OF_VERSION)
    found = Q(pk__in=[])
    for kinds, ids in _choices(versions):
        worse = Q(pk__in=[])
        for place, of in enumerate([*ids, OF_NONE]):
            # Better choices that have a verdict are looked up once, as a set, rather than row by row.
            better = rows.filter(of__in=ids[:place]).values("requirement_id")
            worse |= Q(of=of, requirement__in=better) if place else Q()
        found |= kinds & Q(of__in=[*ids, OF_NONE]) & ~worse
    return rows.filter(found)


def _choices(versions: JudgedVersions) -> list[tuple[Q, list[int]]]:
    """Which requirements may speak of which versions, best first, as `JudgedVersions.choices` says."""
    every = [version.pk for version in versions.all]
    if versions.asked or versions.main is None or len(every) == 1:
        return [(Q(), every)]
    by_kind: dict[str, list[int]] = defaultdict(list)
    for version in versions.all:
        by_kind[version.model.kind].append(version.pk)
    others = (~Q(requirement__kind__in=list(by_kind)), [versions.main.pk])
    return [others, *((Q(requirement__kind=kind), ids) for kind, ids in by_kind.items())]


def due_requirements(product: Product | None, now: datetime, *, after: int = 0, limit: int) -> list[int]:
    """Ids of requirements whose standings are marked, or past the moment they held until; ascending. One query."""
    marked = StandingMark.objects.filter(requirement_id__gt=after)
    ended = Standing.objects.filter(valid_until__lt=now, requirement_id__gt=after)
    if product is not None:
        marked = marked.filter(requirement__product=product)
        ended = ended.filter(product=product)
    found = (
        marked.order_by().values_list("requirement_id").union(ended.order_by().values_list("requirement_id"))
    )
    return [pk for (pk,) in found.order_by("requirement_id")[:limit]]


def due_among(requirement_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of the requirements that are due. One query."""
    ids = list(requirement_ids)
    marked = StandingMark.objects.filter(requirement__in=ids).order_by().values_list("requirement_id")
    ended = Standing.objects.filter(requirement__in=ids, valid_until__lt=now)
    return {pk for (pk,) in marked.union(ended.order_by().values_list("requirement_id"))}


def due_count(product: Product, now: datetime) -> int:
    """How many requirements of the product are due. One query."""
    marked = StandingMark.objects.filter(requirement__product=product).order_by().values("requirement_id")
    ended = Standing.objects.filter(valid_until__lt=now, product=product).order_by().values("requirement_id")
    return marked.union(ended).count()


def marks_of(requirement_ids: Iterable[int]) -> list[tuple[int, int]]:
    """(mark, requirement) of these requirements. One query."""
    rows = StandingMark.objects.filter(requirement__in=list(requirement_ids))
    return list(rows.values_list("pk", "requirement_id"))
