"""Reviews: who is asked, what an answer stands for, and what follows from it."""

import re

import pytest
from django.db import DatabaseError, transaction

from capabilities.errors import TextChanged
from capabilities.models import Requirement, Review
from capabilities.queries.reviews import possible_reviewers, review_state, waiting_for
from capabilities.services import requirements as life
from capabilities.services.reviews import (
    answer_review,
    request_reviews,
    review,
    take_back_request,
    withdraw_review,
)
from capabilities.services.revisions import current_revision, edit_revision
from config.errors import Refused
from config.people.models import AuditEntry, User
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_membership, make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
REASON = {"not_measurable_reason": "No data yet."}


@pytest.fixture
def author() -> User:
    return make_user("pm", approver=True, first_name="Ada")


@pytest.fixture
def other() -> User:
    return make_user("pm", approver=True, first_name="Ben")


def in_review(author: User, approvals: int = 1, approved: bool = False) -> Requirement:
    product = make_product(approvals_required=approvals)
    requirement = make_requirement(product, approved=approved, criteria=[REASON], revision={"author": author})
    if approved:
        reword(requirement, author, "answer twice")
    return life.submit_for_review(actor=author, requirement=requirement)


def reword(requirement: Requirement, author: User, shall: str) -> None:
    edit_revision(actor=author, requirement=requirement, expected_edit_count=None, fields={"shall": shall})


def answer(requirement: Requirement, actor: User, decision: str, comment: str = "", seen: str = "") -> Review:
    seen = seen or current_revision(requirement).fingerprint
    return answer_review(
        actor=actor, requirement=requirement, decision=decision, comment=comment, fingerprint=seen
    )


def state(requirement: Requirement) -> tuple[str, str]:
    requirement.refresh_from_db()
    return requirement.lifecycle, requirement.revisions.latest("number").status


def test_whoever_is_asked_sees_it_waiting_until_they_answer_the_text_as_it_is(
    author: User, other: User
) -> None:
    requirement = in_review(author, approvals=2)
    request_reviews(actor=author, requirement=requirement, reviewers=[other])
    assert [one.revision.requirement for one in waiting_for(other)] == [requirement]
    page = signed_in(other).get("/").content.decode()
    assert "Waiting for you" in page and requirement.key in page and "Ada asks for your review" in page
    answer(requirement, other, "approve")
    assert waiting_for(other) == []
    life.send_back(actor=author, requirement=requirement)
    reword(requirement, author, "answer in rhyme")
    assert waiting_for(other) == []
    life.submit_for_review(actor=author, requirement=requirement)
    assert len(waiting_for(other)) == 1


def test_a_typo_between_two_submissions_keeps_the_answer(author: User, other: User) -> None:
    requirement = in_review(author, approvals=2)
    request_reviews(actor=author, requirement=requirement, reviewers=[other])
    answer(requirement, other, "approve")
    life.send_back(actor=author, requirement=requirement)
    edit_revision(actor=author, requirement=requirement, expected_edit_count=None, fields={"title": "Mended"})
    life.submit_for_review(actor=author, requirement=requirement)
    assert waiting_for(other) == []
    assert review_state(current_revision(requirement)).approvals == 1


def test_only_others_who_may_approve_here_are_asked(author: User, other: User) -> None:
    product = make_product(approvals_required=1, restricted=True)
    for user in (author, other):
        make_membership(product, user)
    lowered = make_user("pm", approver=True)
    make_membership(product, lowered, "viewer")
    outsider, unmarked = make_user("pm", approver=True), make_user("pm")
    make_membership(product, unmarked)
    chief = make_user("admin", approver=True)
    assert possible_reviewers(product, author) == sorted([other, chief], key=lambda user: user.first_name)
    requirement = make_requirement(product, criteria=[REASON], revision={"author": author})
    life.submit_for_review(actor=author, requirement=requirement)
    for person in (author, lowered, outsider, unmarked):
        with pytest.raises(Refused):
            request_reviews(actor=author, requirement=requirement, reviewers=[person])
    assert waiting_for(outsider) == []


def test_nobody_is_asked_twice_and_a_request_is_taken_back(author: User, other: User) -> None:
    requirement = in_review(author)
    first = request_reviews(actor=author, requirement=requirement, reviewers=[other])
    second = request_reviews(actor=author, requirement=requirement, reviewers=[other])
    assert first == second
    take_back_request(actor=author, request=first[0])
    assert waiting_for(other) == []
    with pytest.raises(Refused, match="taken back already"):
        take_back_request(actor=author, request=first[0])


def test_the_last_approval_agrees_the_text(author: User, other: User) -> None:
    requirement = in_review(author, approvals=2)
    answer(requirement, other, "approve")
    assert state(requirement) == ("in_review", "in_review")
    answer(requirement, make_user("pm", approver=True), "approve")
    assert state(requirement) == ("approved", "approved")
    assert current_revision(requirement).self_agreed is False


def test_one_person_is_one_approval_however_often_they_give_it(author: User, other: User) -> None:
    requirement = in_review(author, approvals=2)
    for _ in range(2):
        answer(requirement, other, "approve")
    assert review_state(current_revision(requirement)).approvals == 1
    assert state(requirement)[0] == "in_review"


def test_wished_changes_make_it_a_draft_again_and_stand_against_the_same_text(
    author: User, other: User
) -> None:
    requirement = in_review(author, approvals=0)
    answer(requirement, other, "changes", "Say which language.")
    assert state(requirement) == ("draft", "draft")
    life.submit_for_review(actor=author, requirement=requirement)
    with pytest.raises(Refused, match="Ben asked for changes to this very text"):
        life.approve(actor=author, requirement=requirement)
    life.send_back(actor=author, requirement=requirement)
    reword(requirement, author, "answer in German")
    life.submit_for_review(actor=author, requirement=requirement)
    assert life.approve(actor=author, requirement=requirement).lifecycle == "approved"


def test_a_refusal_rejects_a_first_text_with_the_comment_as_the_reason(author: User, other: User) -> None:
    requirement = in_review(author)
    answer(requirement, other, "decline", "Users never ask this.")
    assert state(requirement) == ("rejected", "draft")
    assert requirement.lifecycle_reason == "Users never ask this."
    assert life.reopen(actor=author, requirement=requirement).lifecycle == "draft"


def test_a_refusal_of_a_new_revision_leaves_what_was_agreed(author: User, other: User) -> None:
    requirement = in_review(author, approved=True)
    answer(requirement, other, "decline", "The old text is right.")
    assert state(requirement) == ("approved", "discarded")
    assert current_revision(requirement).number == 1


def test_an_answer_to_another_text_is_refused_with_both(author: User, other: User) -> None:
    requirement = in_review(author)
    seen = current_revision(requirement).fingerprint
    life.send_back(actor=author, requirement=requirement)
    reword(requirement, author, "answer in rhyme")
    life.submit_for_review(actor=author, requirement=requirement)
    with pytest.raises(TextChanged) as refusal:
        answer(requirement, other, "approve", seen=seen)
    then, now = refusal.value.fields["then"], refusal.value.fields["now"]
    assert isinstance(then, dict) and isinstance(now, dict)
    assert (then["The model shall"], now["The model shall"]) == (
        "answer the question rightly",
        "answer in rhyme",
    )
    assert not Review.objects.exists()


def test_the_page_shows_the_difference_and_keeps_what_was_written(author: User, other: User) -> None:
    requirement = in_review(author)
    client = signed_in(other)
    seen = current_revision(requirement).fingerprint
    life.send_back(actor=author, requirement=requirement)
    reword(requirement, author, "answer the question in rhyme")
    life.submit_for_review(actor=author, requirement=requirement)
    reply = client.post(
        f"/requirements/{requirement.key}/review/",
        {"decision": "changes", "fingerprint": seen, "comment": "Shorter, please."},
    )
    page = reply.content.decode()
    assert reply.status_code == 409
    assert re.search(r"<del>\s*rightly", page) and re.search(r"<ins>\s*in rhyme", page)
    assert "Shorter, please." in page
    again = {"decision": "approve", "fingerprint": reply.context["fingerprint"]}
    client.post(f"/requirements/{requirement.key}/review/", again)
    assert state(requirement) == ("approved", "approved")


def test_an_answer_to_an_earlier_text_is_told_with_what_changed_since(author: User, other: User) -> None:
    requirement = in_review(author, approvals=2)
    given = answer(requirement, other, "approve")
    life.send_back(actor=author, requirement=requirement)
    reword(requirement, author, "answer in rhyme")
    life.submit_for_review(actor=author, requirement=requirement)
    client = signed_in(author)
    assert "Of an earlier text" in client.get(f"/requirements/{requirement.key}/").content.decode()
    page = client.get(f"/requirements/{requirement.key}/reviews/{given.pk}/").content.decode()
    assert "What changed since Ben answered" in page and re.search(r"<ins>\s*in rhyme", page)


def test_an_approval_withdrawn_after_the_agreement_is_told_for_ever(author: User, other: User) -> None:
    requirement = in_review(author)
    given = answer(requirement, other, "approve")
    client = signed_in(other)
    client.post(f"/requirements/{requirement.key}/reviews/{given.pk}/withdraw/", {"reason": "I misread it."})
    page = client.get(f"/requirements/{requirement.key}/").content.decode()
    assert state(requirement)[0] == "approved"
    assert "An approval was withdrawn since" in page and "I misread it." in page
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_review(actor=other, answer=given, reason="Again.")


def test_with_no_approvals_required_it_is_self_agreed_everywhere(author: User) -> None:
    requirement = in_review(author, approvals=0)
    life.approve(actor=author, requirement=requirement)
    client = signed_in(author)
    assert "Self-agreed" in client.get(f"/requirements/{requirement.key}/").content.decode()
    assert "self-agreed" in client.get("/requirements/").content.decode()
    exported = b"".join(client.get("/requirements/?format=json"))
    assert b'"self_agreed": true' in exported
    assert client.get(f"/api/v1/requirements/{requirement.key}/").json()["self_agreed"] is True


def test_an_answer_never_changes(author: User, other: User) -> None:
    given = answer(in_review(author), other, "approve")
    withdrawn = withdraw_review(actor=other, answer=given, reason="I misread it.")
    for change in (
        {"decision": "decline"},
        {"comment": "x"},
        {"withdrawn_reason": "y"},
        {"withdrawn_at": None},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Review.objects.filter(pk=withdrawn.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        current_revision(given.revision.requirement).submissions.all().delete()


def test_every_step_of_a_review_is_in_the_audit_with_before_and_after(author: User, other: User) -> None:
    requirement = in_review(author)
    [asked] = request_reviews(actor=author, requirement=requirement, reviewers=[other])
    take_back_request(actor=author, request=asked)
    given = review(actor=other, revision=current_revision(requirement), decision="approve")
    withdraw_review(actor=other, answer=given, reason="I misread it.")
    entries = AuditEntry.objects.filter(verb__startswith="review.").order_by("pk")
    assert [entry.verb for entry in entries] == [
        "review.requested",
        "review.request_taken_back",
        "review.approve",
        "review.withdrawn",
    ]
    assert all(entry.before or entry.after for entry in entries)
    assert "Ben" not in str([(entry.label, entry.before, entry.after) for entry in entries])


def test_research_answers_with_name_and_date_and_not_what_ended(author: User) -> None:
    researcher = make_user("researcher", first_name="Rosa")
    requirement = make_requirement(criteria=[REASON])
    client = signed_in(researcher)
    client.post(
        f"/requirements/{requirement.key}/answer/",
        {"commitment": "infeasible", "reason": "No microphone is that good."},
    )
    requirement.refresh_from_db()
    assert requirement.commitment_by == researcher and requirement.commitment_at
    page = client.get(f"/requirements/{requirement.key}/").content.decode()
    assert "Infeasible" in page and "No microphone is that good." in page and "Rosa" in page
    assert "research: infeasible" in client.get("/requirements/?commitment=infeasible").content.decode()
    entry = AuditEntry.objects.get(verb="requirement.answered")
    assert (entry.before["commitment"], entry.after["commitment"]) == ("none", "infeasible")


def test_waiting_takes_one_query_however_much_waits(
    author: User, other: User, django_assert_num_queries: object
) -> None:
    for _ in range(3):
        requirement = in_review(author)
        request_reviews(actor=author, requirement=requirement, reviewers=[other])
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len([one.revision.requirement.key for one in waiting_for(other)]) == 3
