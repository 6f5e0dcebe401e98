"""Waivers: a miss somebody accepts for a while, shown everywhere until it expires."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from capabilities.models import Criterion, Requirement, Waiver
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import ModelVersion


@transaction.atomic
def waive(  # noqa: PLR0913 - each is a part of the decision
    *,
    actor: User,
    requirement: Requirement,
    criterion_key: str,
    reason: str,
    expires_on: date,
    model_version: ModelVersion | None = None,
) -> Waiver:
    """Accept that a criterion is not met until a date. Raises Refused without a reason or with a date that is past."""
    if not reason.strip():
        raise Refused("Say why this is accepted.", code="reason")
    if expires_on < timezone.localdate():
        raise Refused("The waiver would expire in the past. Choose a later date.", code="expires_on")
    if not Criterion.objects.filter(revision__requirement=requirement, key=criterion_key).exists():
        raise Refused(f"{requirement.key} has no criterion {criterion_key}.", code="unknown_criterion")
    waiver = Waiver.objects.create(
        requirement=requirement,
        criterion_key=criterion_key,
        model_version=model_version,
        reason=reason.strip(),
        approver=actor,
        expires_on=expires_on,
    )
    _record(actor, waiver, "waiver.given", {})
    return waiver


@transaction.atomic
def revoke_waiver(*, actor: User, waiver: Waiver) -> Waiver:
    """End a waiver before it expires."""
    waiver.revoked_at = timezone.now()
    waiver.save(update_fields=["revoked_at"])
    _record(actor, waiver, "waiver.revoked", {"revoked": False})
    return waiver


def _record(actor: User, waiver: Waiver, verb: str, before: dict[str, bool]) -> None:
    requirement = waiver.requirement
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=f"{requirement.key} {waiver.criterion_key}",
        product=requirement.product.key,
        before=before,
        after={
            "reason": waiver.reason,
            "expires_on": waiver.expires_on,
            "revoked": waiver.revoked_at is not None,
        },
    )
