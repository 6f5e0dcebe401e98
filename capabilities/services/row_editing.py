"""One requirement changed in the list: its place and its title, both or neither, and nobody overwritten."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from capabilities.errors import EditedMeanwhile
from capabilities.models import Requirement, Revision
from capabilities.services.requirements import set_fields
from capabilities.services.revisions import current_revision, edit_revision
from config.people.models import User
from evaluations.canonical import sha256_of

ROW_FIELDS = ("priority", "intent", "owner", "objective", "capability", "target", "tags")


def row_token(requirement: Requirement, revision: Revision) -> str:
    """What an editor of the row saw, as a short text: another one means that somebody changed it since."""
    seen = [getattr(requirement, _stored(name)) for name in ROW_FIELDS]
    return sha256_of([seen, revision.title, revision.number, revision.edit_count])[:32]


@transaction.atomic
def save_row(*, actor: User, requirement: Requirement, token: str, values: Mapping[str, Any]) -> Requirement:
    """Write what differs. Raises EditedMeanwhile with what it says now when `token` is not of that, ValidationError, IllegalMove."""
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    revision = current_revision(requirement)
    if token != row_token(requirement, revision):
        now = {name: getattr(requirement, _stored(name)) for name in ROW_FIELDS}
        raise EditedMeanwhile(
            "Somebody changed this requirement while you were editing. Look again, then save.",
            fields={**now, "title": revision.title},
        )
    if "title" in values and values["title"] != revision.title:
        expected = revision.edit_count if revision.status == Revision.Status.DRAFT else 0
        edit_revision(
            actor=actor,
            requirement=requirement,
            expected_edit_count=expected,
            fields={"title": values["title"]},
        )
    place = {
        name: values[name]
        for name in ROW_FIELDS
        if name in values and values[name] != getattr(requirement, name)
    }
    return set_fields(actor=actor, requirement=requirement, **place) if place else requirement


def _stored(name: str) -> str:
    return f"{name}_id" if name in {"owner", "objective", "capability"} else name
