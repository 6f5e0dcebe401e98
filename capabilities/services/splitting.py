"""Two abilities in one sentence become two requirements."""

from typing import Any

from django.db import transaction

from capabilities.lint import two_abilities
from capabilities.models import Requirement
from capabilities.services.requirements import create_requirement
from capabilities.services.revisions import STATEMENT, current_revision, edit_revision
from config.errors import Refused
from config.people.models import User

LONGEST_TITLE = 200
ALONG = ("rationale", "out_of_scope")
PLACE = ("capability", "objective", "kind", "priority", "intent", "owner", "target", "tags")


@transaction.atomic
def split_requirement(*, actor: User | None, requirement: Requirement) -> Requirement:
    """Leave the first ability where it is and draft the second beside it, with the same conditions, reasons and place.

    Criteria and examples stay with the first. Raises Refused where there is one ability only, IllegalMove where nothing may be edited.
    """
    requirement = (
        Requirement.objects.select_for_update(of=("self",)).select_related("product").get(pk=requirement.pk)
    )
    current = current_revision(requirement)
    halves = two_abilities(current.shall)
    if halves is None:
        raise Refused(
            f"{requirement.key} holds one ability only; there is nothing to split.", code="one_ability"
        )
    first, second = halves
    edit_revision(
        actor=actor, requirement=requirement, expected_edit_count=current.edit_count, fields={"shall": first}
    )
    words: dict[str, Any] = {name: getattr(current, name) for name in (*STATEMENT, *ALONG) if name != "shall"}
    place = {name: getattr(requirement, name) for name in PLACE}
    return create_requirement(
        actor=actor, product=requirement.product, title=title_of(second), shall=second, **words, **place
    )


def title_of(shall: str) -> str:
    """What the model shall do as a title."""
    text = " ".join(shall.split())
    return (text[:1].upper() + text[1:])[:LONGEST_TITLE]
