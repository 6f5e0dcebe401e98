"""Saving what somebody edited on a page: the text as a revision, the place as fields, both or neither."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from capabilities.errors import EditedMeanwhile
from capabilities.models import Requirement, Revision
from capabilities.services.making import IDENTITY
from capabilities.services.requirements import set_fields
from capabilities.services.revisions import PARTS, current_revision, edit_revision
from config.people.models import User

MEANWHILE = "Somebody saved this requirement while you were writing. Compare and save again."
COMPARED = tuple(part for part in PARTS if part not in {"change_kind", "note"})
PLACE = tuple(name for name in IDENTITY if name != "position")


@transaction.atomic
def save_edit(
    *,
    actor: User,
    requirement: Requirement,
    base_number: int,
    base_count: int,
    values: Mapping[str, Any],
    base: Mapping[str, Any] | None = None,
) -> Requirement:
    """Write what differs. base_number, base_count: the revision the editor started from and its edit count; base: all that they saw.

    A text that somebody else changed since, even in a revision agreed meanwhile, raises EditedMeanwhile with theirs, and so does a place
    that both changed; nothing is written then. A place that only the other changed stays as they left it. Raises ValidationError with
    the fields at fault.
    """
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    current = current_revision(requirement)
    _check_base(requirement, current, base_number, base_count, base)
    place = _changed_place(requirement, values, base or {})
    text = {
        name: values[name]
        for name in PARTS
        if name in values and not same(values[name], getattr(current, name))
    }
    if text:
        edit_revision(
            actor=actor, requirement=requirement, expected_edit_count=current.edit_count, fields=text
        )
    return set_fields(actor=actor, requirement=requirement, **place) if place else requirement


def seen_of(requirement: Requirement, revision: Revision) -> dict[str, Any]:
    """All that an editor starts from, as plain values: the parts of the text, and the place."""
    return texts_of(revision) | {name: plain(getattr(requirement, name)) for name in PLACE}


def texts_of(revision: Revision) -> dict[str, Any]:
    return {name: plain(getattr(revision, name)) for name in COMPARED}


def plain(value: Any) -> Any:
    """A value as it can be kept in a form: rows by their ids, one kind of line end."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return getattr(value, "pk", value)


def same(one: Any, other: Any) -> bool:
    return bool(plain(one) == plain(other))


def _check_base(
    requirement: Requirement, current: Revision, number: int, count: int, seen: Mapping[str, Any] | None
) -> None:
    theirs = seen_of(requirement, current)
    if seen:
        moved = any(name in seen and not same(seen[name], theirs[name]) for name in COMPARED)
    else:
        base = requirement.revisions.filter(number=number).first()
        moved = base is None or base.edit_count != count or texts_of(base) != texts_of(current)
    if moved:
        raise EditedMeanwhile(MEANWHILE, fields=theirs)


def _changed_place(
    requirement: Requirement, values: Mapping[str, Any], seen: Mapping[str, Any]
) -> dict[str, Any]:
    """What the editor changed of the place. Raises EditedMeanwhile where somebody else changed the same to something else."""
    changed = {}
    for name in PLACE:
        if name not in values:
            continue
        now = getattr(requirement, name)
        touched = name not in seen or not same(values[name], seen[name])
        if not touched or same(values[name], now):
            continue
        if name in seen and not same(seen[name], now):
            raise EditedMeanwhile(MEANWHILE, fields=seen_of(requirement, current_revision(requirement)))
        changed[name] = values[name]
    return changed
