"""Saving what somebody edited on a page: the text as a revision, the place as fields, both or neither."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from capabilities.errors import EditedMeanwhile
from capabilities.models import Requirement, Revision
from capabilities.services.requirements import FIELDS, set_fields
from capabilities.services.revisions import PARTS, current_revision, edit_revision
from config.people.models import User


@transaction.atomic
def save_edit(
    *, actor: User, requirement: Requirement, base_number: int, base_count: int, values: Mapping[str, Any]
) -> Requirement:
    """Write what differs. base_number, base_count: the revision the editor started from and its edit count.

    A text that somebody else changed since, even in a revision agreed meanwhile, raises EditedMeanwhile with theirs; nothing is
    written then. Raises ValidationError with the fields at fault.
    """
    Requirement.objects.select_for_update(of=("self",)).get(pk=requirement.pk)
    current = current_revision(requirement)
    _check_base(requirement, current, base_number, base_count)
    text = {name: values[name] for name in PARTS if name in values and values[name] != getattr(current, name)}
    if text:
        expected = current.edit_count if current.status == Revision.Status.DRAFT else 0
        edit_revision(actor=actor, requirement=requirement, expected_edit_count=expected, fields=text)
    place = {
        name: values[name] for name in FIELDS if name in values and values[name] != getattr(requirement, name)
    }
    return set_fields(actor=actor, requirement=requirement, **place) if place else requirement


COMPARED = tuple(part for part in PARTS if part not in {"change_kind", "note"})


def texts_of(revision: Revision) -> dict[str, Any]:
    return {name: getattr(revision, name) for name in COMPARED}


def _check_base(requirement: Requirement, current: Revision, number: int, count: int) -> None:
    base = requirement.revisions.filter(number=number).first()
    if base is None or base.edit_count != count or texts_of(base) != texts_of(current):
        raise EditedMeanwhile(
            "Somebody saved this requirement while you were writing. Compare and save again.",
            fields=texts_of(current),
        )


@transaction.atomic
def change_many(*, actor: User, requirements: Sequence[Requirement], fields: Mapping[str, Any]) -> None:
    """The same change of place to each of them, all or none, one audit entry each."""
    for requirement in requirements:
        set_fields(actor=actor, requirement=requirement, **fields)
