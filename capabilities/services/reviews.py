"""Reviews: people are asked by name, and somebody other than the author answers the text they saw."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from capabilities import signals
from capabilities.errors import IllegalMove, TextChanged
from capabilities.models import Requirement, Review, ReviewRequest, Revision
from capabilities.queries.reviews import possible_reviewers, text_of, text_seen
from capabilities.services.requirements import approve, locked, put_aside, send_back, standing_approvals
from capabilities.services.revisions import current_revision, discard_revision, fingerprint_of_revision
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

Decision = Review.Decision


@transaction.atomic
def request_reviews(
    *, actor: User | None, requirement: Requirement, reviewers: Iterable[User]
) -> list[ReviewRequest]:
    """Ask people by name to answer the revision in review; whom one asked already is not asked twice.

    Raises Refused for the author and for people who may not approve in the product.
    """
    requirement = locked(requirement)
    revision = _in_review(requirement)
    possible = {user.pk for user in possible_reviewers(requirement.product, revision.author)}
    asked = []
    for reviewer in reviewers:
        if reviewer.pk == revision.author_id:
            raise Refused(
                "The author does not review their own text; ask somebody else.", code="own_revision"
            )
        if reviewer.pk not in possible:
            raise Refused(
                f"{reviewer.shown_name} may not approve requirements of {requirement.product.key}. "
                "Ask somebody with the approver mark.",
                code="reviewer",
            )
        request, made = ReviewRequest.objects.get_or_create(
            revision=revision, reviewer=reviewer, defaults={"requested_by": actor}
        )
        if made:
            _record(actor, revision, "review.requested", after={"reviewer": reviewer.pk})
            _announce_request(request.pk)
        asked.append(request)
    return asked


@transaction.atomic
def take_back_request(*, actor: User | None, request: ReviewRequest) -> None:
    """Ask somebody no longer; what they answered stays."""
    requirement = locked(request.revision.requirement)
    found = ReviewRequest.objects.filter(pk=request.pk, revision__requirement=requirement).first()
    if found is None:
        raise Refused("This request was taken back already.", code="gone")
    _record(actor, request.revision, "review.request_taken_back", before={"reviewer": request.reviewer_id})
    found.delete()


@transaction.atomic
def review(
    *, actor: User, revision: Revision, decision: str, comment: str = "", fingerprint: str | None = None
) -> Review:
    """Answer a revision in review; an earlier answer of the same person is replaced. Nothing else follows: see `answer_review`.

    fingerprint: of the text that was read, else that of the revision as it was passed. Raises Refused for the author, TextChanged with
    both texts when the text is another one by now.
    """
    seen = revision.fingerprint if fingerprint is None else fingerprint
    requirement = locked(revision.requirement)
    revision = (
        Revision.objects.select_for_update(of=("self",))
        .select_related("requirement__product")
        .get(pk=revision.pk)
    )
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review.")
    if revision.author_id == actor.pk:
        raise Refused("You wrote this revision; somebody else must review it.", code="own_revision")
    if decision != Decision.APPROVE and not comment.strip():
        raise Refused("Say what should change.", code="comment")
    _check_text(revision, seen)
    before = revision.reviews.filter(reviewer=actor, withdrawn_at=None).first()
    revision.reviews.filter(reviewer=actor, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_reason="Replaced by a later answer."
    )
    answer = Review.objects.create(
        revision=revision, reviewer=actor, decision=decision, comment=comment.strip(), fingerprint=seen
    )
    _record(
        actor,
        revision,
        f"review.{decision}",
        before={"decision": before.decision} if before else {},
        after={"decision": decision, "comment": answer.comment, "fingerprint": seen},
    )
    transaction.on_commit(lambda: signals.review_given.send(Review, review_id=answer.pk))
    return answer


@transaction.atomic
def answer_review(
    *, actor: User, requirement: Requirement, decision: str, comment: str, fingerprint: str
) -> Review:
    """A review and what follows from it: the last approval agrees the text, wished changes send it back to draft, and a refusal
    rejects the requirement or, where an agreed text stands, discards the new revision.
    """
    requirement = locked(requirement)
    revision = _in_review(requirement)
    answer = review(
        actor=actor, revision=revision, decision=decision, comment=comment, fingerprint=fingerprint
    )
    if decision == Decision.CHANGES:
        send_back(actor=actor, requirement=requirement, reason=comment)
    elif decision == Decision.DECLINE and requirement.lifecycle == Requirement.Lifecycle.APPROVED:
        discard_revision(actor=actor, requirement=requirement)
    elif decision == Decision.DECLINE:
        put_aside(
            actor=actor, requirement=requirement, lifecycle=Requirement.Lifecycle.REJECTED, reason=comment
        )
    elif standing_approvals(revision) >= requirement.product.approvals_required:
        approve(actor=actor, requirement=requirement)
    return answer


@transaction.atomic
def withdraw_review(*, actor: User, answer: Review, reason: str) -> Review:
    """Take one's answer back, with the reason. What it agreed stays agreed, and says that an approval was withdrawn since."""
    locked(answer.revision.requirement)
    answer = (
        Review.objects.select_for_update(of=("self",))
        .select_related("revision__requirement__product", "reviewer")
        .get(pk=answer.pk)
    )
    if answer.reviewer_id != actor.pk:
        raise Refused("Only who gave the answer can withdraw it.", code="not_yours")
    if answer.withdrawn_at:
        raise Refused("This answer was withdrawn already.", code="withdrawn")
    if not reason.strip():
        raise Refused("Say why you withdraw your answer.", code="reason")
    answer.withdrawn_at, answer.withdrawn_reason = timezone.now(), reason.strip()
    answer.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    _record(
        actor,
        answer.revision,
        "review.withdrawn",
        before={"decision": answer.decision},
        after={"reason": answer.withdrawn_reason},
    )
    return answer


def _in_review(requirement: Requirement) -> Revision:
    revision = current_revision(requirement)
    if revision.status != Revision.Status.IN_REVIEW:
        raise IllegalMove(f"{requirement.key} is not in review. Submit it for review first.")
    return revision


def _check_text(revision: Revision, seen: str) -> None:
    now = fingerprint_of_revision(revision)
    if seen == now:
        return
    raise TextChanged(
        "The text changed while you were reading. See what changed, then answer.",
        fields={"then": text_seen(revision, seen), "now": text_of(revision), "fingerprint": now},
    )


def _announce_request(request_id: int) -> None:
    transaction.on_commit(lambda: signals.review_requested.send(ReviewRequest, request_id=request_id))


def _record(actor: User | None, revision: Revision, verb: str, **details: Any) -> None:
    requirement = revision.requirement
    numbered = {"revision": revision.number}
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        before=numbered | details.get("before", {}),
        after=numbered | details.get("after", {}),
    )
