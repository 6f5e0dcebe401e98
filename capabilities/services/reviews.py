"""Reviews: somebody other than the author answers the text they saw."""

from django.db import transaction
from django.utils import timezone

from capabilities.errors import IllegalMove
from capabilities.models import Review, Revision
from capabilities.services.revisions import fingerprint_of_revision
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record


@transaction.atomic
def review(*, actor: User, revision: Revision, decision: str, comment: str = "") -> Review:
    """Answer a revision in review; an earlier answer of the same person is replaced. Raises Refused for the author."""
    revision = (
        Revision.objects.select_for_update(of=("self",))
        .select_related("requirement__product")
        .get(pk=revision.pk)
    )
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{revision.requirement.key} is not in review.")
    if revision.author_id == actor.pk:
        raise Refused("You wrote this revision; somebody else must review it.", code="own_revision")
    if decision != Review.Decision.APPROVE and not comment.strip():
        raise Refused("Say what should change.", code="comment")
    revision.reviews.filter(reviewer=actor, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_reason="Replaced by a later answer."
    )
    answer = Review.objects.create(
        revision=revision,
        reviewer=actor,
        decision=decision,
        comment=comment,
        fingerprint=fingerprint_of_revision(revision),
    )
    _record(actor, answer, f"review.{decision}")
    return answer


@transaction.atomic
def withdraw_review(*, actor: User, answer: Review, reason: str) -> Review:
    """Take one's answer back, with the reason."""
    if answer.reviewer_id != actor.pk:
        raise Refused("Only who gave the answer can withdraw it.", code="not_yours")
    if not reason.strip():
        raise Refused("Say why you withdraw your answer.", code="reason")
    answer.withdrawn_at, answer.withdrawn_reason = timezone.now(), reason.strip()
    answer.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    _record(actor, answer, "review.withdrawn")
    return answer


def _record(actor: User, answer: Review, verb: str) -> None:
    requirement = answer.revision.requirement
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        after={"revision": answer.revision.number, "comment": answer.comment},
    )
