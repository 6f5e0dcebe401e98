"""What requirements were at a moment that is past, as far as the audit trail tells: their life and the fields beside the text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from capabilities.models import Product, Requirement
from config.people.models import AuditEntry

Lifecycle = Requirement.Lifecycle
# Where a deed leads; the first two leave an agreed requirement agreed while its next text is discussed.
BY_DEED = {
    "requirement.submitted": Lifecycle.IN_REVIEW,
    "requirement.sent_back": Lifecycle.DRAFT,
    "requirement.approved": Lifecycle.APPROVED,
    "requirement.deferred": Lifecycle.DEFERRED,
    "requirement.rejected": Lifecycle.REJECTED,
    "requirement.retired": Lifecycle.RETIRED,
    "requirement.reopened": Lifecycle.DRAFT,
}
OF_A_DRAFT = {"requirement.submitted", "requirement.sent_back"}
FIELDS = {
    "priority": "Priority",
    "intent": "Intent",
    "capability": "Capability",
    "objective": "Objective",
    "kind": "Kind of model",
    "target": "Target",
    "commitment": "Answer of research",
}


@dataclass(frozen=True)
class Trail:
    """The audit of some requirements, oldest first, by requirement id."""

    entries: Mapping[int, Sequence[AuditEntry]]

    def lifecycle_at(self, requirement: Requirement, moment: datetime) -> str | None:
        """Where it was in its life; None where the trail does not reach back."""
        lifecycle = ""
        for entry in self.entries.get(requirement.pk, ()):
            if entry.at > moment:
                break
            if told := entry.after.get("lifecycle"):
                lifecycle = str(told)
            elif entry.verb == "requirement.created":
                lifecycle = Lifecycle.DRAFT
            elif entry.verb in BY_DEED and not (entry.verb in OF_A_DRAFT and lifecycle == Lifecycle.APPROVED):
                lifecycle = BY_DEED[entry.verb]
        return lifecycle or None

    def fields_at(self, requirement: Requirement, moment: datetime) -> dict[str, str]:
        """The fields in words: what the first change after the moment found, else what they are now."""
        found = {name: str(getattr(requirement, name) or "") for name in FIELDS}
        return found | self.replaced_since(requirement, moment)

    def replaced_since(self, requirement: Requirement, moment: datetime) -> dict[str, str]:
        """Of the fields that changed after the moment what the first change found, in words."""
        found: dict[str, str] = {}
        for entry in reversed(self.entries.get(requirement.pk, ())):
            if entry.at <= moment:
                break
            found |= {name: _words(value) for name, value in entry.before.items() if name in FIELDS}
        return found


def _words(value: object) -> str:
    return "" if value in (None, "None") else str(value)


def trail_of(requirements: Iterable[Requirement]) -> Trail:
    """One query."""
    entries: dict[int, list[AuditEntry]] = defaultdict(list)
    ids = [str(requirement.pk) for requirement in requirements]
    for entry in AuditEntry.objects.filter(noun="requirement", object_id__in=ids).order_by("pk"):
        entries[int(entry.object_id)].append(entry)
    return Trail(entries)


def told_until(moment: datetime) -> set[int]:
    """Ids of the requirements of whose life the audit tells something until then, as `Trail.lifecycle_at` reads it. One query."""
    telling = Q(verb__in=["requirement.created", *BY_DEED]) | Q(after__has_key="lifecycle")
    rows = AuditEntry.objects.filter(telling, noun="requirement", at__lte=moment).order_by()
    return {int(pk) for pk in rows.values_list("object_id", flat=True).distinct() if pk.isdecimal()}


def put_back(
    product: Product, requirements: Sequence[Requirement], trail: Trail, moment: datetime
) -> list[Requirement]:
    """The same requirements with the fields they had; never to be saved. Two queries.

    A capability or an objective that was renamed since cannot be told from one that is gone: the requirement shows none.
    """
    capabilities = {one.name: one for one in product.capabilities.all()}
    objectives = {one.title: one for one in product.objectives.all()}
    for requirement in requirements:
        was = trail.fields_at(requirement, moment)
        for name in ("priority", "intent", "kind", "target", "commitment"):
            setattr(requirement, name, was[name])
        requirement.capability = capabilities.get(was["capability"])
        requirement.objective = objectives.get(was["objective"])
    return list(requirements)
