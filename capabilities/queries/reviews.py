"""Who was asked to review what, who may be asked, and what a reviewer read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from capabilities.models import Product, Review, ReviewRequest, Revision, Submission
from capabilities.queries.products import visible_products
from capabilities.queries.revisions import LABELS, PartRow, criteria_in_words
from config.people.access import may
from config.people.models import User
from evaluations.differences import word_diff

WAITING_SHOWN = 20


def text_of(revision: Revision) -> dict[str, str]:
    """What a reviewer reads, by label: everything a fingerprint stands for, and the words around it. Two queries."""
    parts = {label: str(getattr(revision, name)) for name, label in LABELS.items()}
    return {label: text for label, text in [*parts.items(), *criteria_in_words(revision)] if text.strip()}


def text_seen(revision: Revision, fingerprint: str) -> dict[str, str]:
    """What the revision said under a fingerprint, as it was last put up; empty where nobody kept it. One query."""
    kept = Submission.objects.filter(revision=revision, fingerprint=fingerprint).order_by("-pk").first()
    return kept.text if kept else {}


def between(then: Mapping[str, str], now: Mapping[str, str]) -> list[PartRow]:
    """The parts that differ, word by word. No query."""
    labels = [*now, *(label for label in then if label not in now)]
    return [
        PartRow(label, word_diff(then.get(label, ""), now.get(label, "")), True)
        for label in labels
        if then.get(label, "") != now.get(label, "")
    ]


def possible_reviewers(product: Product, author: User | None) -> list[User]:
    """Everybody else who may approve in the product. Two queries."""
    roles = dict(product.memberships.values_list("user_id", "role"))
    people = User.objects.filter(is_active=True, approver=True).order_by("first_name", "username")
    seen = [user for user in people if not product.restricted or user.pk in roles or may(user, "manage")]
    return [user for user in seen if user != author and may(user, "approve", roles.get(user.pk))]


def waiting_for(user: User) -> list[ReviewRequest]:
    """Revisions in review that this person was asked to answer and has not answered as they stand, the oldest request first. One query."""
    answered = Review.objects.filter(
        revision=OuterRef("revision_id"),
        reviewer=user,
        withdrawn_at=None,
        fingerprint=OuterRef("revision__fingerprint"),
    )
    rows = ReviewRequest.objects.filter(
        ~Exists(answered),
        reviewer=user,
        revision__status=Revision.Status.IN_REVIEW,
        revision__requirement__product__in=visible_products(user),
    )
    return list(
        rows.select_related("revision__requirement__product", "requested_by").order_by("pk")[:WAITING_SHOWN]
    )


@dataclass(frozen=True)
class Asked:
    """Somebody asked by name; answer: their standing review of the text as it is."""

    request: ReviewRequest
    answer: Review | None


@dataclass(frozen=True)
class ReviewState:
    """The reviews of one revision. approvals: those that count now."""

    revision: Revision
    reviews: Sequence[Review]
    asked: Sequence[Asked]
    approvals: int

    @property
    def was_withdrawn(self) -> bool:
        """Whether an agreed text has fewer approvals left than agreed it."""
        agreed = self.revision.status == Revision.Status.APPROVED and not self.revision.self_agreed
        return agreed and any(one.withdrawn_at and one.decision == "approve" for one in self.reviews)


def review_state(revision: Revision) -> ReviewState:
    """Two queries."""
    reviews = list(revision.reviews.select_related("reviewer"))
    counted = [one for one in reviews if _counts(one, revision)]
    by_reviewer = {one.reviewer_id: one for one in counted}
    requests = revision.review_requests.select_related("reviewer", "requested_by")
    asked = [Asked(request, by_reviewer.get(request.reviewer_id)) for request in requests]
    approvals = sum(one.decision == Review.Decision.APPROVE for one in counted)
    return ReviewState(revision, reviews, asked, approvals)


def _counts(review: Review, revision: Revision) -> bool:
    return (
        review.withdrawn_at is None
        and review.fingerprint == revision.fingerprint
        and review.reviewer_id != revision.author_id
    )
