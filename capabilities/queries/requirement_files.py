"""Requirements as files say them: the newest text of each, with everything it hangs under."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capabilities.exporters.requirements_json import KIND, SCHEMA
from capabilities.importers.criteria import USUAL
from capabilities.models import Capability, Criterion, Link, Product, Requirement, Revision, RivalSet

TEXTS = ("title", "while_part", "when_part", "where_part", "if_part", "shall", "rationale", "out_of_scope")
OPEN_FIRST = (Revision.Status.DRAFT, Revision.Status.IN_REVIEW, Revision.Status.APPROVED)
DECIDING = tuple(name for name in USUAL if name not in {"key", "scorer", "rival_set"})


def newest_revisions(requirements: Iterable[Requirement]) -> dict[int, Revision]:
    """By requirement: the open revision, else the agreed one, else the newest; with its criteria. Two queries."""
    rows: dict[int, list[Revision]] = defaultdict(list)
    criteria = Criterion.objects.select_related("scorer", "rival_set")
    for revision in (
        Revision.objects.filter(requirement__in=requirements)
        .exclude(status=Revision.Status.SUPERSEDED)
        .order_by("-number")
    ):
        rows[revision.requirement_id].append(revision)
    chosen = {pk: _newest(found) for pk, found in rows.items()}
    by_revision: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in criteria.filter(revision__in=chosen.values()).order_by("position", "key"):
        by_revision[criterion.revision_id].append(criterion)
    for revision in chosen.values():
        revision._prefetched_objects_cache = {"criteria": by_revision[revision.pk]}  # type: ignore[attr-defined]
    return chosen


def _newest(revisions: Sequence[Revision]) -> Revision:
    for status in OPEN_FIRST:
        if found := next((one for one in revisions if one.status == status), None):
            return found
    return revisions[0]


def criterion_fields(criterion: Criterion) -> dict[str, Any]:
    """Everything that decides, by name."""
    return {
        "key": criterion.key,
        "scorer": criterion.scorer.slug if criterion.scorer else None,
        "rival_set": criterion.rival_set.number if criterion.rival_set else None,
        **{name: getattr(criterion, name) for name in DECIDING},
    }


def written(requirement: Requirement, revision: Revision) -> dict[str, Any]:
    """A requirement as a file says it. Its product, capability, objective and owner and the revision's criteria must be loaded."""
    return {
        "key": requirement.key,
        **{name: getattr(revision, name) for name in TEXTS},
        "examples": revision.examples,
        "criteria": [criterion_fields(criterion) for criterion in revision.criteria.all()],
        "priority": requirement.priority,
        "intent": requirement.intent,
        "kind": requirement.kind,
        "capability": requirement.capability.slug if requirement.capability else "",
        "objective": requirement.objective.title if requirement.objective else "",
        "owner": requirement.owner.username if requirement.owner else "",
        "target": requirement.target,
        "tags": list(requirement.tags),
        "change_kind": revision.change_kind,
        "note": revision.note,
    }


def written_requirements(requirements: Iterable[Requirement]) -> list[dict[str, Any]]:
    """As files say them, in the order given. Two queries."""
    wanted = list(requirements)
    revisions = newest_revisions(wanted)
    return [written(one, revisions[one.pk]) for one in wanted]


def product_document(product: Product) -> dict[str, Any]:
    """The product's requirements and what they hang under, for keeping in git. Nine queries."""
    requirements = list(
        product.requirements.select_related("product", "capability", "objective", "owner").order_by("number")
    )
    revisions, links = newest_revisions(requirements), links_within(product)
    return {
        "format": KIND,
        "schema": SCHEMA,
        "product": product.key,
        "capabilities": _tree(product.capabilities.select_related("parent")),
        "objectives": [
            {"title": one.title, "narrative": one.narrative, "horizon": one.horizon, "position": one.position}
            for one in product.objectives.all()
        ],
        "rival_sets": rival_sets(product),
        "requirements": [_in_full(one, revisions[one.pk], links[one.pk]) for one in requirements],
    }


def links_within(product: Product) -> dict[int, list[Link]]:
    """By source, in a stable order; those to other products are not told. One query."""
    found: dict[int, list[Link]] = defaultdict(list)
    rows = Link.objects.filter(source__product=product, target__product=product)
    for link in rows.select_related("source__product", "target__product").order_by("kind", "target__number"):
        found[link.source_id].append(link)
    return found


def _in_full(requirement: Requirement, revision: Revision, links: Iterable[Link]) -> dict[str, Any]:
    return written(requirement, revision) | {
        "links": [{"kind": link.kind, "to": link.target.key, "note": link.note} for link in links],
        "lifecycle": requirement.lifecycle,
        "lifecycle_reason": requirement.lifecycle_reason,
        "commitment": requirement.commitment,
        "commitment_reason": requirement.commitment_reason,
        "fingerprint": revision.fingerprint,
    }


def _tree(capabilities: Iterable[Capability]) -> list[dict[str, Any]]:
    """By slug, so that a new one adds lines and moves none."""
    return [
        {
            "slug": one.slug,
            "name": one.name,
            "parent": one.parent.slug if one.parent else None,
            "description": one.description,
            "kinds": list(one.kinds),
            "position": one.position,
        }
        for one in sorted(capabilities, key=lambda one: one.slug)
    ]


def rival_sets(product: Product) -> list[dict[str, Any]]:
    """Two queries."""
    sets: Iterable[RivalSet] = product.rival_sets.order_by("number").prefetch_related("entries__model")
    return [
        {
            "number": one.number,
            "models": sorted(entry.model.slug for entry in one.entries.all()),
            "note": one.note,
        }
        for one in sets
    ]


def same_written(before: Mapping[str, Any], name: str, value: Any, *, exact: bool) -> bool:
    """Whether a field says what it said; unless `exact`, line ends and the space around a text do not count."""
    old = before[name]
    if exact or not isinstance(value, str):
        return bool(old == value)
    return _plain(old) == _plain(value)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
