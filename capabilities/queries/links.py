"""How requirements hang together: the links of one, and what it rests on over all steps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import connection
from django.db.models import Q

from capabilities.models import Link, Product, Requirement
from capabilities.queries.linked_texts import with_present_text
from capabilities.queries.products import JudgedVersions, judged_versions, visible_products
from capabilities.queries.states import RequirementState, requirement_states
from config.people.models import User

# Read from the source, and from the target.
WORDS = {
    Link.Kind.REFINES: ("Refines", "Refined by"),
    Link.Kind.DEPENDS_ON: ("Depends on", "Needed by"),
    Link.Kind.CONFLICTS: ("Conflicts with", "Conflicts with"),
    Link.Kind.DUPLICATES: ("Duplicates", "Duplicated by"),
}
RESTING = (Link.Kind.REFINES, Link.Kind.DEPENDS_ON)
MOST_NODES = 300
ASIDE = (Requirement.Lifecycle.RETIRED, Requirement.Lifecycle.REJECTED, Requirement.Lifecycle.DEFERRED)
REACH = """
WITH RECURSIVE reach(id) AS (
  SELECT {there} FROM capabilities_link WHERE {here} = %s AND kind = ANY(%s)
  UNION
  SELECT link.{there} FROM capabilities_link link JOIN reach ON link.{here} = reach.id WHERE link.kind = ANY(%s)
)
SELECT id FROM reach LIMIT %s"""


@dataclass(frozen=True)
class LinkRow:
    """A link as one of its ends shows it. words: what this end does to the other; suspect: the target's text changed since.

    now_revision: the target's present one.
    """

    link: Link
    outward: bool
    words: str
    other: RequirementState
    suspect: bool
    now_revision: int

    @property
    def is_double(self) -> bool:
        """Whether both ends live on although they are said to be the same."""
        living = self.other.requirement.lifecycle not in ASIDE
        return self.link.kind == Link.Kind.DUPLICATES and living


@dataclass(frozen=True)
class Links:
    """hidden: how many requirements it points to that the reader may not see; who points here from there is not told at all."""

    rows: Sequence[LinkRow]
    hidden: int = 0

    @property
    def doubles(self) -> list[LinkRow]:
        return [row for row in self.rows if row.is_double]


@dataclass(frozen=True)
class Branch:
    """A requirement in a dependency view. words: what the one above it does to it; again: shown further up, with all below it."""

    words: str
    state: RequirementState
    suspect: bool
    again: bool
    below: Sequence["Branch"] = ()
    hidden: int = 0


@dataclass(frozen=True)
class Tree:
    """One direction of a dependency view. hidden: ways that lead to what the reader may not see, and end there."""

    branches: Sequence[Branch] = ()
    hidden: int = 0


@dataclass(frozen=True)
class _Edges:
    by_start: Mapping[int, Sequence[Link]]
    states: Mapping[int, RequirementState]
    outward: bool
    shown: set[int] = field(default_factory=set)


def links_of(requirement: Requirement, user: User, versions: JudgedVersions) -> Links:
    """The links of a requirement from both ends, its own first. Two queries, and up to thirteen for each product of the others."""
    either = Link.objects.filter(Q(source=requirement) | Q(target=requirement)).select_related(
        "created_by", "confirmed_by"
    )
    found = list(with_present_text(either))
    ends = {link.pk: link.target_id if link.source_id == requirement.pk else link.source_id for link in found}
    states = _states(ends.values(), requirement.product, user, versions)
    rows = [
        _row(link, states[ends[link.pk]], outward=link.source_id == requirement.pk)
        for link in found
        if ends[link.pk] in states
    ]
    hidden = sum(link.source_id == requirement.pk and link.target_id not in states for link in found)
    return Links(sorted(rows, key=_place), hidden)


def _row(link: Link, other: RequirementState, *, outward: bool) -> LinkRow:
    return LinkRow(link, outward, words_of(link, outward=outward), other, _suspect(link), _now(link))


def words_of(link: Link, *, outward: bool) -> str:
    return WORDS[Link.Kind(link.kind)][0 if outward else 1]


def _place(row: LinkRow) -> tuple[int, bool, str, int]:
    requirement = row.other.requirement
    order = list(WORDS).index(Link.Kind(row.link.kind))
    return order, not row.outward, requirement.product.key, requirement.number


def _suspect(link: Link) -> bool:
    return bool(getattr(link, "now_fingerprint", "") != link.fingerprint)


def _now(link: Link) -> int:
    return int(getattr(link, "now_revision", None) or link.revision)


def _states(
    ids: Iterable[int], product: Product, user: User, versions: JudgedVersions
) -> dict[int, RequirementState]:
    """Where those stand that the user may see, each product judged for its own versions."""
    rows = Requirement.objects.filter(pk__in=set(ids), product__in=visible_products(user)).select_related(
        "product"
    )
    by_product: dict[Product, list[Requirement]] = defaultdict(list)
    for row in rows:
        by_product[row.product].append(row)
    found: dict[int, RequirementState] = {}
    for owner, requirements in by_product.items():
        judged = versions if owner == product else judged_versions(owner)
        found |= {state.requirement.pk: state for state in requirement_states(requirements, judged)}
    return found


def dependency_tree(requirement: Requirement, user: User, versions: JudgedVersions, *, outward: bool) -> Tree:
    """What a requirement rests on (outward), or what rests on it, over all steps and each once with all below it.

    Three queries, and up to twelve for each product; at most 300 requirements.
    """
    here, there = ("source_id", "target_id") if outward else ("target_id", "source_id")
    reached = _reach(requirement.pk, here, there)
    if not reached:
        return Tree()
    links = Link.objects.filter(**{f"{here}__in": [requirement.pk, *reached]}, kind__in=RESTING)
    by_start: dict[int, list[Link]] = defaultdict(list)
    for link in with_present_text(links):
        by_start[getattr(link, here)].append(link)
    states = _states(reached, requirement.product, user, versions)
    return _grow(requirement.pk, _Edges(by_start, states, outward, {requirement.pk}))


def _reach(start: int, here: str, there: str) -> list[int]:
    kinds = [str(kind) for kind in RESTING]
    with connection.cursor() as cursor:
        cursor.execute(REACH.format(here=here, there=there), [start, kinds, kinds, MOST_NODES])
        return [row[0] for row in cursor.fetchall()]


def _grow(start: int, edges: _Edges) -> Tree:
    """Depth first; what was shown already is named again and not entered again, so that no circle can hold it up."""
    branches, hidden = [], 0
    for link in sorted(edges.by_start.get(start, ()), key=lambda link: _end(link, edges)):
        end = _end(link, edges)
        state = edges.states.get(end)
        if state is None:
            hidden += 1
            continue
        words = words_of(link, outward=edges.outward)
        branch = Branch(words, state, _suspect(link), again=end in edges.shown)
        if not branch.again:
            edges.shown.add(end)
            under = _grow(end, edges)
            branch = replace(branch, below=under.branches, hidden=under.hidden if edges.outward else 0)
        branches.append(branch)
    return Tree(branches, hidden if edges.outward else 0)


def _end(link: Link, edges: _Edges) -> int:
    return int(link.target_id if edges.outward else link.source_id)
