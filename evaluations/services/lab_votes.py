"""Votes on two answers without names: kept, changed and taken back."""

from django.db import transaction

from config.errors import Refused
from config.people.models import User
from evaluations.models import LabSheet, LabVote


@transaction.atomic
def vote(*, actor: User, sheet: LabSheet, answers: tuple[int, int], choice: int) -> LabVote:
    """Keep a person's choice between two answers of the sheet; again it changes it. Raises Refused for no choice."""
    if choice not in LabVote.Choice.values:
        raise Refused("Choose 1, 2 or neither.", code="choice")
    made, _ = LabVote.objects.update_or_create(
        sheet=sheet, first_id=answers[0], second_id=answers[1], voter=actor, defaults={"choice": choice}
    )
    return made


@transaction.atomic
def take_back(*, actor: User, sheet: LabSheet) -> bool:
    """Take the person's last vote on the sheet back; whether there was one."""
    last = LabVote.objects.filter(sheet=sheet, voter=actor).order_by("-at", "-id").first()
    if last is None:
        return False
    last.delete()
    return True
