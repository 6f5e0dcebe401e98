import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from capabilities.errors import EditedMeanwhile, IllegalMove, LintBlocks
from capabilities.models import Requirement, Revision
from capabilities.services import requirements as life
from capabilities.services.reviews import review, withdraw_review
from capabilities.services.revisions import current_revision, discard_revision, edit_revision
from config.errors import Refused
from config.people.models import AuditEntry
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
REASON = {"not_measurable_reason": "No data yet."}


def reviewable(approvals: int = 0, author=None) -> Requirement:
    product = make_product(approvals_required=approvals)
    return make_requirement(product, criteria=[REASON], revision={"author": author})


def in_review(approvals: int = 0, author=None) -> Requirement:
    return life.submit_for_review(actor=author, requirement=reviewable(approvals, author))


def test_title_and_shall_make_a_draft():
    product = make_product(key="VA")
    requirement = life.create_requirement(
        actor=make_user("pm"), product=product, title="Knows languages", shall="name the language"
    )
    assert requirement.key == "VA-1"
    assert (requirement.lifecycle, current_revision(requirement).status) == ("draft", "draft")


def test_numbers_are_never_given_twice():
    product = make_product()
    keys = [
        life.create_requirement(actor=None, product=product, title="T", shall="answer").number
        for _ in range(3)
    ]
    assert keys == [1, 2, 3]


def test_a_requirement_without_words_says_which_are_missing():
    with pytest.raises(ValidationError) as refusal:
        life.create_requirement(actor=None, product=make_product(), title="", shall="")
    assert set(refusal.value.message_dict) == {"title", "shall"}


def test_review_is_blocked_until_there_is_a_criterion_and_a_reason_why():
    requirement = make_requirement(revision={"rationale": ""})
    with pytest.raises(LintBlocks) as refusal:
        life.submit_for_review(actor=None, requirement=requirement)
    assert set(refusal.value.fields) == {"no_criterion", "no_rationale"}


def test_with_no_approvals_required_the_author_agrees_and_it_says_so():
    requirement = life.approve(actor=None, requirement=in_review())
    revision = current_revision(requirement)
    assert (requirement.lifecycle, revision.status, revision.self_agreed) == ("approved", "approved", True)


def test_enough_others_must_approve_the_text_as_it_stands():
    author, other = make_user("pm"), make_user("pm")
    requirement = in_review(approvals=1, author=author)
    with pytest.raises(Refused, match="there are 0"):
        life.approve(actor=author, requirement=requirement)
    review(actor=other, revision=current_revision(requirement), decision="approve")
    approved = life.approve(actor=author, requirement=requirement)
    assert current_revision(approved).self_agreed is False


def test_the_author_cannot_review_their_own_revision():
    author = make_user("pm")
    requirement = in_review(approvals=1, author=author)
    with pytest.raises(Refused, match="somebody else"):
        review(actor=author, revision=current_revision(requirement), decision="approve")


def test_an_approval_of_an_older_text_does_not_count():
    author, other = make_user("pm"), make_user("pm")
    requirement = in_review(approvals=1, author=author)
    review(actor=other, revision=current_revision(requirement), decision="approve")
    life.send_back(actor=author, requirement=requirement)
    edit_revision(
        actor=author, requirement=requirement, expected_edit_count=None, fields={"shall": "answer in rhyme"}
    )
    life.submit_for_review(actor=author, requirement=requirement)
    with pytest.raises(Refused, match="there are 0"):
        life.approve(actor=author, requirement=requirement)


def test_asking_for_changes_needs_to_say_which():
    requirement = in_review(approvals=1, author=make_user("pm"))
    with pytest.raises(Refused, match="what should change"):
        review(actor=make_user("pm"), revision=current_revision(requirement), decision="changes")


def test_a_withdrawn_approval_no_longer_counts():
    author, other = make_user("pm"), make_user("pm")
    requirement = in_review(approvals=1, author=author)
    answer = review(actor=other, revision=current_revision(requirement), decision="approve")
    withdraw_review(actor=other, answer=answer, reason="I misread the threshold.")
    with pytest.raises(Refused, match="there are 0"):
        life.approve(actor=author, requirement=requirement)


@pytest.mark.parametrize("lifecycle", ["deferred", "rejected"])
def test_putting_a_draft_aside_needs_a_reason_and_can_be_undone(lifecycle: str):
    requirement = make_requirement()
    with pytest.raises(Refused, match="why"):
        life.put_aside(actor=None, requirement=requirement, lifecycle=lifecycle, reason=" ")
    life.put_aside(actor=None, requirement=requirement, lifecycle=lifecycle, reason="Not this year.")
    assert life.reopen(actor=None, requirement=requirement).lifecycle == "draft"


def test_an_illegal_move_says_what_is_allowed():
    requirement = make_requirement()
    with pytest.raises(IllegalMove, match="deferred or in review or rejected"):
        life.put_aside(actor=None, requirement=requirement, lifecycle="retired", reason="Old.")


def test_a_retired_requirement_stays_retired():
    requirement = life.put_aside(
        actor=None,
        requirement=make_requirement(approved=True, criteria=[REASON]),
        lifecycle="retired",
        reason="Replaced.",
    )
    with pytest.raises(IllegalMove, match="nothing else"):
        life.reopen(actor=None, requirement=requirement)


def test_editing_an_approved_requirement_opens_a_new_revision_and_leaves_it_approved():
    requirement = make_requirement(approved=True, criteria=[{}])
    revision = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=0, fields={"title": "Better words"}
    )
    requirement.refresh_from_db()
    assert (revision.number, revision.status, requirement.lifecycle) == (2, "draft", "approved")
    assert revision.criteria.count() == 1


def test_a_typo_in_the_title_changes_no_fingerprint():
    requirement = make_requirement(approved=True, criteria=[{}])
    before = current_revision(requirement).fingerprint
    revision = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"title": "Other title"}
    )
    assert revision.fingerprint == before
    revision = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"shall": "answer twice"}
    )
    assert revision.fingerprint != before


def test_approving_a_new_revision_supersedes_the_old_one():
    requirement = make_requirement(approved=True, criteria=[REASON])
    edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"shall": "answer twice"}
    )
    life.submit_for_review(actor=None, requirement=requirement)
    life.approve(actor=None, requirement=requirement)
    assert list(requirement.revisions.order_by("number").values_list("status", flat=True)) == [
        "superseded",
        "approved",
    ]


def test_two_people_editing_at_once_lose_no_words():
    requirement = make_requirement()
    edit_revision(
        actor=None, requirement=requirement, expected_edit_count=0, fields={"shall": "answer in German"}
    )
    with pytest.raises(EditedMeanwhile) as conflict:
        edit_revision(
            actor=None, requirement=requirement, expected_edit_count=0, fields={"shall": "answer in French"}
        )
    assert conflict.value.fields["shall"] == "answer in German"


def test_a_revision_in_review_is_not_edited():
    with pytest.raises(IllegalMove, match="Send it back"):
        edit_revision(actor=None, requirement=in_review(), expected_edit_count=None, fields={"title": "x"})


def test_discarding_the_open_revision_leaves_what_was_approved():
    requirement = make_requirement(approved=True, criteria=[REASON])
    edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"shall": "answer twice"}
    )
    discard_revision(actor=None, requirement=requirement)
    assert current_revision(requirement).status == "approved"
    assert requirement.revisions.filter(status="discarded").count() == 1


def test_infeasible_needs_a_reason():
    with pytest.raises(Refused, match="infeasible"):
        life.answer_commitment(actor=None, requirement=make_requirement(), commitment="infeasible")


def test_the_database_allows_one_open_revision_only():
    requirement = make_requirement()
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(requirement=requirement, number=2, title="t", shall="s")


def test_what_was_done_is_in_the_audit_with_before_and_after():
    person = make_user("pm")
    requirement = make_requirement(intent="parity")
    life.set_fields(actor=person, requirement=requirement, intent="lead")
    entry = AuditEntry.objects.get(verb="requirement.changed")
    assert (entry.actor, entry.before, entry.after) == (person, {"intent": "parity"}, {"intent": "lead"})
