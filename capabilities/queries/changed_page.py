"""One page of what changed: everything is counted, and only what is shown is worked out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from capabilities.models import Product
from capabilities.queries.change_items import Item
from capabilities.queries.change_objectives import Tally, objectives, tallies_of
from capabilities.queries.change_points import Since, versions_then
from capabilities.queries.change_shown import Place, items_of
from capabilities.queries.change_states import Moments
from capabilities.queries.changed import NAMES, Changed, WorkedOut, in_order, of_models, titles_of, worked_out
from capabilities.queries.changed_rows import Row, Rows, Wanted, changed_rows
from capabilities.queries.past import versions_as_of
from capabilities.queries.products import JudgedVersions
from evaluations.models import ModelVersion

# Further on than any page: what is asked for beyond the end, or before the start, is the last page.
LAST_PAGE = 100_000


T = TypeVar("T")


@dataclass(frozen=True)
class Shown:
    """Which items a page shows: the first so many of each group, or so many of one group from a place on, the last ones beyond the end."""

    of_each: int
    group: str = ""
    start: int = 0
    size: int = 0

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.of_each, self.group, self.start + self.size)

    def cut(self, group: str, found: Sequence[T]) -> Sequence[T]:
        """found: all of the group up to where the page ends."""
        if group != self.group:
            return found[: self.of_each]
        start = min(self.start, max(0, len(found) - 1) // self.size * self.size)
        return found[start : start + self.size]


@dataclass(frozen=True)
class ChangedPage:
    """counts: all changes by group; shown: of each group those that the page shows, in their order, perhaps none."""

    product: Product
    version: ModelVersion | None
    since: Since
    now: datetime
    counts: Mapping[str, int]
    shown: Mapping[str, Sequence[Item]]
    untold: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def changed_page(
    product: Product, versions: JudgedVersions, since: Since, now: datetime, shown: Shown
) -> ChangedPage:
    """What `changed` finds, counted, and told as far as it is shown. At most thirty queries, however many requirements.

    Requirements whose text, evidence, waivers or life moved are worked out; of all others only what is shown is told, from its verdicts.
    """
    then = versions_as_of(versions_then(versions, since.moment), since.moment)
    moments = Moments(since.moment, now, then, versions)
    rows = changed_rows(product, then, versions, (since.moment, now), shown.wanted)
    titles = titles_of(product)
    worked = worked_out(product, moments, titles, rows.others)
    found = in_order(
        [*_objectives(product, titles, worked, rows), *worked.items, *of_models(product, since.moment, now)]
    )
    counts = {name: rows.counts.get(name, 0) + sum(item.group == name for item in found) for name in NAMES}
    return ChangedPage(
        product,
        versions.main,
        since,
        now,
        counts,
        _told(product, moments, _shown(found, rows.rows, shown)),
        len(worked.untold) + rows.untold,
    )


def _objectives(product: Product, titles: Mapping[int, str], worked: WorkedOut, rows: Rows) -> Iterator[Item]:
    """Of objectives with a touched requirement, together with those that stand as they stood. No query."""
    tallies: list[Tally] = [*tallies_of(worked.then, worked.now), *rows.tallies]
    touched = {one.objective for one in tallies}
    rest = [one for one in rows.stand if one.objective in touched]
    return objectives(product, titles, [*tallies, *rest])


def _shown(found: Sequence[Item], rows: Sequence[Row], shown: Shown) -> dict[str, Sequence[Row | Item]]:
    """By group what the page shows, in order: items that were worked out, and rows that were not. No query."""
    by_group: dict[str, list[Row | Item]] = defaultdict(list)
    both: list[Row | Item] = [*found, *rows]
    for one in both:
        by_group[one.group].append(one)
    return {name: shown.cut(name, sorted(by_group[name], key=lambda one: one.place)) for name in NAMES}


def _told(
    product: Product, moments: Moments, shown: Mapping[str, Sequence[Row | Item]]
) -> dict[str, Sequence[Item]]:
    """The same with every row as the item it stands for. At most two queries."""
    rows = [one for found in shown.values() for one in found if isinstance(one, Row)]
    items = items_of(product, moments, rows)
    return {name: list(_items(found, items)) for name, found in shown.items()}


def _items(shown: Iterable[Row | Item], items: Mapping[Place, Sequence[Item]]) -> Iterator[Item]:
    for one in shown:
        if isinstance(one, Item):
            yield one
        # What was counted a moment ago and is gone now is left out.
        elif one.nth < len(waiting := items.get((one.group, one.place), ())):
            yield waiting[one.nth]


def whole_page(found: Changed, group: str, most: int) -> ChangedPage:
    """What was worked out whole as a page of one group, or of all with so many of each. No query."""
    counts = {name: len(found.of(name)) for name in NAMES}
    shown = {name: [] if group and name != group else found.of(name)[:most] for name in NAMES}
    return ChangedPage(found.product, found.version, found.since, found.now, counts, shown, found.untold)
