"""What people say about requirements: who may, what stays, what is answered, and what is gone."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Comment
from capabilities.queries.comments import open_questions, shown_text
from capabilities.services import comments
from config.errors import Refused
from config.people.models import AuditEntry, Role
from config.people.services.users import pseudonymise_user
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_comment,
    make_membership,
    make_product,
    make_requirement,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def page_of(comment: Comment, user: Any = None, **query: str) -> str:
    client = signed_in(user or make_user(Role.VIEWER))
    return str(client.get(f"/requirements/{comment.requirement.key}/", query).content.decode())


def test_a_viewer_says_something_in_markdown() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.VIEWER)
    reply = client.post(
        f"/requirements/{requirement.key}/comments/new/", {"text": "It *must* hold.", "kind": "decision"}
    )
    said = Comment.objects.get()
    assert reply["Location"].endswith(f"#comment-{said.pk}")
    page = page_of(said)
    assert page.count("It <em>must</em> hold.") == 2, "in the talk and pinned beside it"
    assert "Decided" in page


def test_nothing_is_said_without_words() -> None:
    requirement = make_requirement()
    with pytest.raises(Refused):
        comments.comment(actor=make_user(), requirement=requirement, text=" \x00 ")
    assert not Comment.objects.exists()


def test_a_reply_to_a_reply_stands_under_the_same_comment() -> None:
    said = make_comment()
    first = make_comment(parent=said, text="Yes.")
    second = make_comment(parent=first, text="Also at night.")
    assert second.parent == said


def test_an_answer_settles_the_question_and_reopening_unsettles_it() -> None:
    asker, researcher = make_user(Role.PM), make_user(Role.RESEARCHER)
    said = make_comment(author=asker, kind="question", asked="research")
    answer = comments.reply(actor=researcher, parent=said, text="By May.", answers=True)
    said.refresh_from_db()
    assert (said.resolved_by, said.is_open, answer.is_answer) == (researcher, False, True)
    comments.reopen_comment(actor=asker, said=said)
    said.refresh_from_db()
    answer.refresh_from_db()
    assert (said.is_open, answer.is_answer) == (True, False)


def test_withdrawing_the_answer_opens_the_question_again() -> None:
    said = make_comment(kind="question")
    answer = make_comment(parent=said, text="By May.", answers=True)
    comments.withdraw_comment(actor=answer.author, said=answer)
    said.refresh_from_db()
    assert said.is_open


def test_an_issue_is_resolved_with_a_last_word() -> None:
    said = make_comment(kind="issue", text="It hums.")
    comments.resolve_comment(actor=make_user(first_name="Ada"), said=said, closing="Mended in 1.2")
    page = page_of(said)
    assert "Resolved by Ada" in page
    assert "Mended in 1.2" in page


@pytest.mark.parametrize("kind", ["comment", "decision"])
def test_only_questions_and_issues_are_resolved(kind: str) -> None:
    said = make_comment(kind=kind)
    with pytest.raises(Refused):
        comments.resolve_comment(actor=said.author, said=said)
    said.refresh_from_db()
    assert said.resolved_at is None


def test_the_database_refuses_an_answer_that_is_no_reply() -> None:
    said = make_comment()
    with pytest.raises(IntegrityError):
        Comment.objects.filter(pk=said.pk).update(is_answer=True)


def test_an_edit_is_marked_and_the_earlier_words_are_in_the_audit() -> None:
    said = make_comment(text="Ninety percent.")
    comments.edit_comment(actor=said.author, said=said, text="Ninety-five percent.")
    entry = AuditEntry.objects.get(verb="comment.edited")
    assert (entry.before["text"], entry.after["text"]) == ("Ninety percent.", "Ninety-five percent.")
    assert "edited" in page_of(said)


def test_nobody_edits_the_words_of_others() -> None:
    said = make_comment()
    signed_in(make_user(Role.ADMIN)).post(f"/comments/{said.pk}/edit/", {"text": "Mine."})
    said.refresh_from_db()
    assert said.text == "Is this for voice too?"


def test_withdrawn_words_are_nowhere() -> None:
    said = make_comment(text="Our secret plan.")
    comments.withdraw_comment(actor=said.author, said=said)
    page = page_of(said)
    assert "Withdrawn" in page
    assert "secret plan" not in page
    assert "secret plan" not in str(list(AuditEntry.objects.values_list("before", "after")))


def test_an_administrator_withdraws_for_others_and_a_product_manager_does_not() -> None:
    said = make_comment()
    with pytest.raises(Refused):
        comments.withdraw_comment(actor=make_user(Role.PM), said=said)
    assert comments.withdraw_comment(actor=make_user(Role.ADMIN), said=said).withdrawn_at


def test_who_is_named_is_kept_by_id_and_an_erasure_reaches_every_mention() -> None:
    ada = make_user(username="ada.l", first_name="Ada")
    said = make_comment(text="Ask @ada.l. Or @nobody, me@ada.l")
    assert said.text == f"Ask @{{{ada.pk}}}. Or @nobody, me@ada.l"
    assert "<strong>@Ada</strong>" in page_of(said)
    pseudonymise_user(user=ada, actor=make_user(Role.ADMIN))
    assert "Ada" not in page_of(said).replace("me@ada.l", "")
    assert f"@erased-{ada.pk}" in page_of(said)


def test_only_people_who_may_see_the_product_are_named() -> None:
    product = make_product(restricted=True)
    member = make_membership(product, make_user(username="member")).user
    make_user(username="stranger")
    said = make_comment(make_requirement(product), "@member and @stranger", author=member)
    assert list(said.mentioned.all()) == [member]
    client = signed_in(member)
    names = [
        one["username"] for one in client.get("/people.json?q=&product=" + product.key).json()["results"]
    ]
    assert names == ["member"]


def test_a_question_to_named_people_names_somebody() -> None:
    requirement = make_requirement()
    with pytest.raises(Refused):
        comments.comment(
            actor=make_user(), requirement=requirement, text="Who?", kind="question", asked="people"
        )
    assert not Comment.objects.exists()


def test_a_criterion_of_another_requirement_is_refused() -> None:
    with pytest.raises(Refused):
        make_comment(make_requirement(), criterion_key="AC-9")
    assert not Comment.objects.exists()


def test_a_question_stands_on_both_overviews_until_it_is_answered() -> None:
    product = make_product()
    manager, researcher = make_user(Role.PM), make_user(Role.RESEARCHER)
    said = make_comment(
        make_requirement(product), "How many hours?", author=manager, kind="question", asked="research"
    )
    theirs, ours = (signed_in(one).get("/").content.decode() for one in (researcher, manager))
    assert "Asked of you: 1" in theirs
    assert "Waiting for an answer: 1" in ours
    comments.reply(actor=researcher, parent=said, text="Forty.", answers=True)
    for one in (researcher, manager):
        assert "How many hours?" not in signed_in(one).get("/").content.decode()


def test_a_question_to_named_people_is_asked_of_them_alone() -> None:
    product, ada = make_product(), make_user(Role.VIEWER, username="ada")
    make_comment(make_requirement(product), "When, @ada?", kind="question", asked="people")
    assert len(open_questions(product, ada).of_you) == 1
    assert len(open_questions(product, make_user(Role.RESEARCHER)).of_you) == 0


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["To research?"]),
        ("state=answered", ["To all?"]),
        ("asked=pm", []),
        ("asked=me&state=all", ["To research?"]),
        ("state=all&mine=on", []),
    ],
)
def test_questions_are_filtered_in_the_address(query: str, shown: list[str]) -> None:
    product = make_product()
    make_comment(make_requirement(product), "To research?", kind="question", asked="research")
    answered = make_comment(make_requirement(product), "To all?", kind="question")
    make_comment(parent=answered, text="Yes.", answers=True)
    page = signed_in(role=Role.RESEARCHER).get(f"/questions/?{query}").content.decode()
    assert [text for text in ("To research?", "To all?") if text in page] == shown


def test_the_talk_is_filtered_by_kind_and_state() -> None:
    requirement = make_requirement()
    plain = make_comment(requirement, "A plain word")
    said = make_comment(requirement, "An open issue", kind="issue")
    shown = f'id="comment-{said.pk}"'
    assert f'id="comment-{plain.pk}"' not in page_of(said, said="issue")
    assert shown in page_of(said, talk="open")
    assert shown not in page_of(said, talk="resolved")


def test_a_long_talk_shows_its_end_and_leads_to_all_of_it() -> None:
    requirement = make_requirement()
    author = make_user()
    first, *_, last = [make_comment(requirement, f"Word {number}.", author=author) for number in range(53)]
    page = page_of(last)
    assert "3 earlier comments" in page
    assert f'id="comment-{first.pk}"' not in page
    address = signed_in().get(f"/comments/{first.pk}/")["Location"]
    assert f'id="comment-{first.pk}"' in signed_in().get(address.split("#")[0]).content.decode()


def test_more_comments_take_the_same_queries(django_assert_num_queries: Any) -> None:
    requirement, client = make_requirement(), signed_in()
    ada = make_user(username="ada")
    said = make_comment(requirement, "@ada")
    make_comment(parent=said, text="Yes @ada", author=ada)
    client.get(f"/requirements/{requirement.key}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/requirements/{requirement.key}/")
    for number in range(4):
        more = make_comment(requirement, f"{number} @ada", kind="question")
        make_comment(parent=more, text="@ada")
    with django_assert_num_queries(len(few)):
        client.get(f"/requirements/{requirement.key}/")


def test_the_api_says_answers_edits_and_withdraws() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.RESEARCHER)
    address = f"/api/v1/requirements/{requirement.key}/comments/"
    body = {"text": "How far?", "kind": "question", "asked": "pm", "revision": 1}
    made = client.post(address, body, "application/json").json()
    assert (made["kind"], made["asked"], made["revision"], made["resolved_at"]) == ("question", "pm", 1, None)
    one = f"/api/v1/comments/{made['id']}/"
    answer = client.post(f"{one}reply/", {"text": "Ten metres.", "answers": True}, "application/json").json()
    assert answer["is_answer"]
    assert client.get(one).json()["resolved_by"] == answer["author"]
    assert client.post(f"{one}reopen/").json()["resolved_at"] is None
    assert client.post(f"{one}resolve/", {"closing": "Done"}, "application/json").json()["closing"] == "Done"
    assert client.patch(one, {"text": "How far off?"}, "application/json").json()["edited_at"]
    assert client.post(f"{one}withdraw/").json()["text"] == ""
    assert len(client.get(address).json()) == 2
    assert client.get("/api/v1/comments/?open=true").json()["results"] == []


def test_the_api_shows_names_as_they_are_typed() -> None:
    make_user(username="ada")
    said = make_comment(text="Ask @ada")
    assert shown_text(said) == "Ask @ada"
    shown = signed_in().get(f"/api/v1/comments/{said.pk}/").json()
    assert (shown["text"], shown["mentioned"]) == ("Ask @ada", ["ada"])
