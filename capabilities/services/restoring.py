"""An old revision as a new draft."""

from django.db import transaction

from capabilities.errors import IllegalMove
from capabilities.models import Requirement, Revision
from capabilities.services.loosening import mark_loosening
from capabilities.services.revisions import copy_revision, current_revision
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

EDITABLE = {Requirement.Lifecycle.APPROVED, Requirement.Lifecycle.DRAFT}


@transaction.atomic
def restore_revision(*, actor: User | None, requirement: Requirement, number: int) -> Revision:
    """A new draft that says and asks what revision `number` did; an open draft is set aside and stays in the history.

    Raises IllegalMove while a revision is in review or the requirement is put aside, Refused where that is what it says already.
    """
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    source = requirement.revisions.filter(number=number).first()
    if source is None:
        raise Refused(f"{requirement.key} has no revision {number}.", code="unknown_revision")
    if requirement.lifecycle not in EDITABLE:
        state = requirement.get_lifecycle_display().lower()
        raise IllegalMove(f"{requirement.key} is {state}. Reopen it before you restore a revision.")
    current = current_revision(requirement)
    if current.status == Revision.Status.IN_REVIEW:
        raise IllegalMove("A revision is in review. Send it back to draft before you restore another.")
    if current.pk == source.pk:
        raise Refused(f"Revision {number} is what it says now.", code="current_revision")
    return _restored(actor, requirement, source, current)


def _restored(actor: User | None, requirement: Requirement, source: Revision, current: Revision) -> Revision:
    if current.status == Revision.Status.DRAFT:
        current.status = Revision.Status.DISCARDED
        current.save(update_fields=["status"])
    source.requirement = requirement
    draft = copy_revision(actor=actor, source=source)
    draft.note = f"Restored from revision {source.number}."
    draft.edit_count += 1
    draft.loosened_after_miss = requirement.revisions.filter(
        status__in=[Revision.Status.APPROVED, Revision.Status.SUPERSEDED], loosened_after_miss=True
    ).exists()
    draft.save(update_fields=["note", "edit_count", "loosened_after_miss"])
    mark_loosening(draft)
    record(
        actor=actor,
        verb="requirement.restored",
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        before={"revision": current.number},
        after={"revision": draft.number, "from": source.number},
    )
    return draft
