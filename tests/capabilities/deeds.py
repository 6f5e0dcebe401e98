"""Every deed of a person that capabilities keep in the audit: what does it, by the verb that it is kept under."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from capabilities.models import Link, Requirement, Review, ReviewRequest, Verification
from capabilities.services import capabilities, products, waivers
from capabilities.services import requirements as life
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.gate import record_gate
from capabilities.services.links import add_link, confirm_link, remove_link
from capabilities.services.reviews import request_reviews, review, take_back_request, withdraw_review
from capabilities.services.revisions import (
    current_revision,
    discard_revision,
    edit_revision,
    open_revision,
)
from capabilities.services.verifications import confirm_unchanged, link_evidence, unlink_evidence
from config.people.models import User
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_evidence,
    make_link,
    make_product,
    make_requirement,
    make_review,
    make_review_request,
    make_waiver,
)
from tests.factories.evaluations import make_evaluation_version, make_model, make_model_version
from tests.factories.people import make_user

Deed = Callable[[User], object]
UNMEASURED = {"not_measurable_reason": "No data yet."}


def draft() -> Requirement:
    return make_requirement(criteria=[UNMEASURED])


def agreed() -> Requirement:
    return make_requirement(approved=True, criteria=[UNMEASURED])


def in_review(**fields: Any) -> Requirement:
    return life.submit_for_review(actor=None, requirement=make_requirement(criteria=[UNMEASURED], **fields))


def aside(verb: str) -> Deed:
    wanted = agreed if verb == "retired" else draft
    return lambda who: life.put_aside(
        actor=who, requirement=wanted(), lifecycle=verb, reason="Not this year."
    )


def _reopen(who: User) -> object:
    requirement = draft()
    life.put_aside(actor=None, requirement=requirement, lifecycle="deferred", reason="Later.")
    return life.reopen(actor=who, requirement=requirement)


def _edit(who: User) -> object:
    return edit_revision(
        actor=who, requirement=agreed(), expected_edit_count=None, fields={"shall": "answer twice"}
    )


def _discard(who: User) -> object:
    requirement = agreed()
    open_revision(actor=None, requirement=requirement)
    return discard_revision(actor=who, requirement=requirement)


def _save_criterion(who: User) -> object:
    revision = make_requirement(criteria=[{}]).revisions.get()
    return save_criterion(actor=who, revision=revision, fields={"threshold": 0.8}, key="AC-1")


def _remove_criterion(who: User) -> object:
    criterion = make_requirement(criteria=[{}]).revisions.get().criteria.get()
    return remove_criterion(actor=who, criterion=criterion)


def _other_evidence(verification: Verification) -> Any:
    return make_evaluation_version(scorer_versions=list(verification.evaluation_version.scorers.all()))


def _link_evidence(who: User) -> object:
    verification = make_evidence()
    version = _other_evidence(verification)
    return link_evidence(actor=who, criterion=verification.criterion, evaluation_version=version)


def _confirm_evidence(who: User) -> object:
    verification = make_evidence()
    make_evaluation_version(evaluation=verification.evaluation_version.evaluation)
    return confirm_unchanged(actor=who, verification=verification)


def _link() -> Link:
    return make_link(agreed(), agreed())


def _confirm_link(who: User) -> object:
    link = _link()
    Link.objects.update(fingerprint="before")
    return confirm_link(actor=who, link=link)


def _request(who: User) -> object:
    reviewer = make_user("pm", approver=True)
    return request_reviews(actor=who, requirement=in_review(), reviewers=[reviewer])


def _asked() -> ReviewRequest:
    return make_review_request(current_revision(in_review()))


def _review(decision: str) -> Deed:
    return lambda who: review(
        actor=who, revision=current_revision(in_review()), decision=decision, comment="Say which language."
    )


def _given(who: User) -> Review:
    return make_review(current_revision(in_review()), reviewer=who)


def _waive(who: User) -> object:
    return waivers.waive(
        actor=who,
        requirement=agreed(),
        criterion_key="AC-1",
        reason="Until spring.",
        expires_on=timezone.localdate() + timedelta(days=3),
    )


def _versions(who: User) -> object:
    return products.set_versions(actor=who, product=make_product(), released=make_model_version())


def _member(who: User) -> object:
    return products.set_member(actor=who, product=make_product(), user=make_user("viewer"), role="pm")


def _rivals(who: User) -> object:
    rivals = [make_model(side="competitor")]
    return products.create_rival_set(actor=who, product=make_product(), models=rivals)


def _objective(who: User | None = None) -> Any:
    return capabilities.create_objective(actor=who, product=make_product(), title="Lead in German")


DEEDS: dict[str, Deed] = {
    "requirement.created": lambda who: life.create_requirement(
        actor=who, product=make_product(), title="Knows languages", shall="name the language"
    ),
    "requirement.changed": lambda who: life.set_fields(
        actor=who, requirement=draft(), owner=who, intent="lead"
    ),
    "requirement.revision_opened": lambda who: open_revision(actor=who, requirement=agreed()),
    "requirement.edited": _edit,
    "requirement.submitted": lambda who: life.submit_for_review(actor=who, requirement=draft()),
    "requirement.approved": lambda who: life.approve(actor=who, requirement=in_review()),
    "requirement.sent_back": lambda who: life.send_back(actor=who, requirement=in_review()),
    "requirement.deferred": aside("deferred"),
    "requirement.rejected": aside("rejected"),
    "requirement.retired": aside("retired"),
    "requirement.reopened": _reopen,
    "requirement.answered": lambda who: life.answer_commitment(
        actor=who, requirement=draft(), commitment="training"
    ),
    "requirement.revision_discarded": _discard,
    "criterion.saved": _save_criterion,
    "criterion.removed": _remove_criterion,
    "evidence.linked": _link_evidence,
    "evidence.confirmed": _confirm_evidence,
    "evidence.unlinked": lambda who: unlink_evidence(actor=who, verification=make_evidence()),
    "link.added": lambda who: add_link(actor=who, source=agreed(), target=agreed(), kind="depends_on"),
    "link.confirmed": _confirm_link,
    "link.removed": lambda who: remove_link(actor=who, link=_link()),
    "review.requested": _request,
    "review.request_taken_back": lambda who: take_back_request(actor=who, request=_asked()),
    "review.approve": _review("approve"),
    "review.changes": _review("changes"),
    "review.decline": _review("decline"),
    "review.withdrawn": lambda who: withdraw_review(actor=who, answer=_given(who), reason="I misread it."),
    "waiver.given": _waive,
    "waiver.revoked": lambda who: waivers.revoke_waiver(
        actor=who, waiver=make_waiver(agreed(), approver=who)
    ),
    "baseline.created": lambda who: create_baseline(actor=who, product=agreed().product, name="Spring"),
    "baseline.closed": lambda who: close_baseline(actor=who, baseline=make_baseline()),
    "gate.recorded": lambda who: record_gate(
        actor=who, baseline=make_baseline(), model_version=make_model_version()
    ),
    "capability.created": lambda who: capabilities.create_capability(
        actor=who, product=make_product(), name="Speech", slug="speech"
    ),
    "capability.changed": lambda who: capabilities.edit_capability(
        actor=who, capability=make_capability(), name="Listening"
    ),
    "capability.removed": lambda who: capabilities.remove_capability(actor=who, capability=make_capability()),
    "objective.created": _objective,
    "objective.changed": lambda who: capabilities.edit_objective(
        actor=who, objective=_objective(), horizon="later"
    ),
    "objective.removed": lambda who: capabilities.remove_objective(actor=who, objective=_objective()),
    "product.created": lambda who: products.create_product(actor=who, key="NEW", name="Newcomer"),
    "product.changed": lambda who: products.change_product(
        actor=who, product=make_product(), name="Other", subject_models=[make_model()]
    ),
    "product.versions_set": _versions,
    "product.member_set": _member,
    "rival_set.created": _rivals,
}
# What had nothing before, and what leaves nothing behind; everything else says both.
BEGINS = {
    *("requirement.created", "link.added", "evidence.linked", "waiver.given", "baseline.created"),
    *("gate.recorded", "capability.created", "objective.created", "product.created", "rival_set.created"),
}
ENDS = {
    *("criterion.removed", "evidence.unlinked", "link.removed"),
    *("capability.removed", "objective.removed"),
}
