"""The requirements list: filters and sorting that the URL holds, over fields and computed states alike."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import overload

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from capabilities.models import Comment, Link, Product, Requirement, Revision, Standing
from capabilities.queries.listed_states import listed_states
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_order import SORTED, ordering, sizes
from capabilities.queries.search_words import matching_requirements
from capabilities.queries.standing_picks import OUTCOMES
from capabilities.queries.standings import current_standings
from capabilities.queries.states import RequirementState, requirement_states

OWN_FIELDS = ("lifecycle", "kind", "priority", "intent", "commitment", "reviewing", "marked")
STATE_FIELDS = ("verdict", "freshness", "coverage", "trend", "waived", "pending", "gap")
SORTS = tuple(SORTED)
NONE = "~none"
AT_ONCE = 500


@dataclass(frozen=True)
class RequirementFilter:
    """What a list shows. Each field: the values wanted, empty for all; several values of one field are alternatives.

    capability, objective, owner, target: `~none` for those without. reviewing: the status of the revision that is
    being written. marked: names of MARKS.
    """

    own: Mapping[str, Sequence[str]] = field(default_factory=dict)
    state: Mapping[str, Sequence[str]] = field(default_factory=dict)
    capability: str = ""
    objective: str = ""
    owner: str = ""
    tag: str = ""
    target: str = ""
    text: str = ""
    sort: str = "key"
    descending: bool = False


def filter_from(query: Mapping[str, str]) -> RequirementFilter:
    """The filter in a query string; values are separated by commas, unknown sorts fall back to the key."""
    sort = query.get("sort", "key")
    name = sort.removeprefix("-")
    return RequirementFilter(
        own={field: _values(query, field) for field in OWN_FIELDS if _values(query, field)},
        state={field: _values(query, field) for field in STATE_FIELDS if _values(query, field)},
        capability=query.get("capability", ""),
        objective=query.get("objective", ""),
        owner=query.get("owner", ""),
        tag=query.get("tag", ""),
        target=query.get("target", ""),
        text=query.get("q", "").strip()[:200],
        sort=name if name in SORTS else "key",
        descending=sort.startswith("-"),
    )


def _values(query: Mapping[str, str], field: str) -> list[str]:
    return [value for value in query.get(field, "").split(",") if value]


def matching(product: Product, versions: JudgedVersions, wanted: RequirementFilter) -> QuerySet[Standing]:
    """Where the requirements that match every field of the filter stand. One query, and one where a capability is named."""
    rows = current_standings(product, versions).filter(*_own(product, wanted))
    for name, values in wanted.state.items():
        rows = rows.filter(_stands(name, values))
    return rows


def _own(product: Product, wanted: RequirementFilter) -> list[Q]:
    """What the filter asks of the requirement itself; over a join, which the order needs as well."""
    found = [Q(requirement__product=product), *(_has(name, values) for name, values in wanted.own.items())]
    if "lifecycle" not in wanted.own:
        found.append(~Q(requirement__lifecycle__in=Requirement.PUT_ASIDE))
    found += [
        _is(name, value) for name in ("objective", "owner", "target") if (value := getattr(wanted, name))
    ]
    if wanted.capability:
        found.append(_under(product, wanted.capability))
    if wanted.tag:
        found.append(Q(requirement__tags__contains=[wanted.tag]))
    if wanted.text:
        found.append(Q(requirement__in=matching_requirements(wanted.text)))
    return found


CURRENT = (Revision.Status.APPROVED, Revision.Status.DRAFT, Revision.Status.IN_REVIEW)
_REVISIONS = Revision.objects.filter(requirement=OuterRef("requirement"))
_TALK = Comment.objects.filter(
    requirement=OuterRef("requirement"), parent=None, withdrawn_at=None, resolved_at=None
)
# A conflict with another product may be with what the reader may not see: those of one product only.
_CONFLICTS = Link.objects.filter(kind=Link.Kind.CONFLICTS, source__product=F("target__product"))
MARKS = {
    "self_agreed": Q(Exists(_REVISIONS.filter(status=Revision.Status.APPROVED, self_agreed=True))),
    "loosened": Q(Exists(_REVISIONS.filter(status__in=CURRENT, loosened_after_miss=True))),
    "question": Q(Exists(_TALK.filter(kind__in=[Comment.Kind.QUESTION, Comment.Kind.ISSUE]))),
    "conflict": Q(
        Exists(_CONFLICTS.filter(Q(source=OuterRef("requirement")) | Q(target=OuterRef("requirement"))))
    ),
}


def _has(name: str, values: Sequence[str]) -> Q:
    if name == "marked":
        return reduce(or_, (MARKS[value] for value in values if value in MARKS), Q(pk__in=[]))
    if name == "reviewing":
        return Q(Exists(Revision.objects.filter(requirement=OuterRef("requirement"), status__in=values)))
    return Q(**{f"requirement__{name}__in": values})


def _is(name: str, value: str) -> Q:
    """The one value of a field, or that it has none. What cannot be an objective asks for nothing."""
    if value == NONE:
        return Q(requirement__target="") if name == "target" else Q(**{f"requirement__{name}": None})
    if name == "objective":
        return Q(requirement__objective=int(value[:18])) if value.isdecimal() else Q()
    return Q(requirement__owner__username=value) if name == "owner" else Q(requirement__target=value)


def _under(product: Product, slug: str) -> Q:
    """Requirements of a capability and of everything under it. One query."""
    if slug == NONE:
        return Q(requirement__capability=None)
    tree = list(product.capabilities.values_list("pk", "parent_id", "slug"))
    found = {pk for pk, _, name in tree if name == slug}
    while more := {pk for pk, parent, _ in tree if parent in found} - found:
        found |= more
    return Q(requirement__capability__in=found)


STANDING_FIELDS = {
    "verdict": "outcome",
    "freshness": "freshness",
    "coverage": "coverage",
    "trend": "trend",
}
GAPS = {
    "ahead": Q(gap_supported=True, gap_point__gt=0),
    "behind": Q(gap_supported=True, gap_point__lt=0),
    "level": Q(gap_supported=False, gap_point__isnull=False),
}


def _stands(name: str, values: Sequence[str]) -> Q:
    if name == "gap":
        found = Q(pk__in=[])
        for value in values:
            found |= GAPS.get(value, Q(pk__in=[]))
        return found
    if name in STANDING_FIELDS:
        return Q(**{f"{STANDING_FIELDS[name]}__in": values})
    return Q(**{f"{name}__in": [value == "yes" for value in values]})


class RequirementList(Sequence[RequirementState]):
    """What a filter finds, sorted. States are those of the rows that are looked at, and exact: worked out from what they rest on; a
    `bare` list takes what is kept of those that are not due.

    Its length is one query; a slice is two and those of the states; iterating goes through all of them in parts.
    """

    def __init__(
        self,
        product: Product,
        versions: JudgedVersions,
        wanted: RequirementFilter,
        group: str = "",
        *,
        bare: bool = False,
    ) -> None:
        self.product, self.versions, self.group, self.bare = product, versions, group, bare
        self.found = matching(product, versions, wanted)
        self.ids = self.found.order_by(
            *ordering(wanted.sort, descending=wanted.descending, group=group)
        ).values_list("requirement_id", flat=True)

    @cached_property
    def _sizes(self) -> Mapping[tuple[object, str], int]:
        return sizes(self.found, self.group)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many have each outcome: met, not_met, inconclusive, no_data. One query, together with the groups."""
        found = dict.fromkeys(OUTCOMES, 0)
        for (_, outcome), size in self._sizes.items():
            found[outcome] += size
        return found

    @property
    def group_sizes(self) -> Mapping[object, int]:
        """How many rows each group holds, by what tells it apart. One query, together with the counts."""
        found: dict[object, int] = defaultdict(int)
        for (value, _), size in self._sizes.items():
            found[value] += size
        return found

    def __len__(self) -> int:
        return sum(self.counts.values())

    @overload
    def __getitem__(self, place: int) -> RequirementState: ...
    @overload
    def __getitem__(self, place: slice) -> list[RequirementState]: ...
    def __getitem__(self, place: int | slice) -> RequirementState | list[RequirementState]:
        if isinstance(place, int):
            return self._states([self.ids[place]])[0]
        return self._states(list(self.ids[place]))

    def __iter__(self) -> Iterator[RequirementState]:
        ids = list(self.ids)
        for start in range(0, len(ids), AT_ONCE):
            yield from self._states(ids[start : start + AT_ONCE])

    def _states(self, ids: Sequence[int]) -> list[RequirementState]:
        if self.bare:
            return listed_states(self.product, self.versions, ids)
        rows = Requirement.objects.select_related(
            "capability", "objective", "owner", "commitment_by"
        ).in_bulk(ids)
        for row in rows.values():
            row.product = self.product
        return requirement_states([rows[pk] for pk in ids if pk in rows], self.versions)


class Joined(Sequence[RequirementState]):
    """Several lists, one after the other; a slice looks only at those it touches."""

    def __init__(self, lists: Sequence[RequirementList]) -> None:
        self.lists = lists

    def __len__(self) -> int:
        return sum(map(len, self.lists))

    @overload
    def __getitem__(self, place: int) -> RequirementState: ...
    @overload
    def __getitem__(self, place: slice) -> list[RequirementState]: ...
    def __getitem__(self, place: int | slice) -> RequirementState | list[RequirementState]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        start, stop, _ = place.indices(len(self))
        found: list[RequirementState] = []
        for each in self.lists:
            if start < min(stop, len(each)):
                found += each[start : min(stop, len(each))]
            start, stop = max(0, start - len(each)), stop - len(each)
        return found


def requirement_list(
    product: Product,
    versions: JudgedVersions,
    wanted: RequirementFilter,
    group: str = "",
    *,
    bare: bool = False,
) -> RequirementList:
    """The requirements the filter finds, sorted, those of a group beside each other. No query until it is looked at.

    bare: for lists that show rows and not what the verdicts rest on.
    """
    return RequirementList(product, versions, wanted, group, bare=bare)


def counts_by_outcome(states: Sequence[RequirementState]) -> dict[str, int]:
    """How many states have each outcome: met, not_met, inconclusive, no_data."""
    counts = dict.fromkeys(("met", "not_met", "inconclusive", "no_data"), 0)
    for state in states:
        counts[state.outcome] = counts.get(state.outcome, 0) + 1
    return counts
