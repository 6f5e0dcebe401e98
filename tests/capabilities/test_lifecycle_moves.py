"""Every state × every move, through services, pages and the API: what is illegal changes nothing and is refused in a sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from capabilities.models import Requirement
from capabilities.services import requirements as life
from capabilities.services.reviews import answer_review
from capabilities.services.revisions import current_revision, discard_revision, edit_revision
from config.errors import Refused
from config.people.models import AuditEntry, User
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

# What is possible from each state; everything else is refused.
TABLE = """
state                  submit approve send_back defer reject retire reopen discard edit answer review
draft                  x      .       .         x     x      .      .      .       x    x      .
in_review              .      x       x         x     x      .      .      .       .    x      x
approved               .      .       .         x     .      x      .      .       x    x      .
approved+draft         x      .       .         x     .      x      .      x       x    x      .
approved+in_review     .      x       x         x     .      x      .      x       .    x      x
deferred               .      .       .         .     .      .      x      .       .    x      .
deferred_once_agreed   .      .       .         .     .      .      x      .       .    x      .
rejected               .      .       .         .     .      .      x      .       .    .      .
retired                .      .       .         .     .      .      .      .       .    .      .
reopened_once_agreed   .      .       .         x     x      .      .      .       x    x      .
reopened+draft         x      .       .         x     x      .      .      x       x    x      .
reopened+in_review     .      x       x         x     x      .      .      x       .    x      x
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
MOVES = ROWS[0][1:]
CASES = [(row[0], move, mark == "x") for row in ROWS[1:] for move, mark in zip(MOVES, row[1:], strict=True)]
NAMES = [f"{state}-{move}" for state, move, _ in CASES]
WORDS = {"shall": "answer twice"}
REASON = "Not this year."


def make_in(state: str) -> Requirement:
    """A requirement in a state, brought there by the services."""
    base, _, opened = state.partition("+")
    requirement = make_requirement(
        make_product(),
        approved=base.startswith("approved")
        or base.endswith("once_agreed")
        or base in {"retired", "reopened"},
        criteria=[{"not_measurable_reason": "No data yet."}],
    )
    aside = {
        "deferred": "deferred",
        "deferred_once_agreed": "deferred",
        "rejected": "rejected",
        "retired": "retired",
    }
    if base.startswith("reopened"):
        life.put_aside(actor=None, requirement=requirement, lifecycle="deferred", reason=REASON)
        life.reopen(actor=None, requirement=requirement)
    if base in aside:
        life.put_aside(actor=None, requirement=requirement, lifecycle=aside[base], reason=REASON)
    if opened:
        edit_revision(actor=None, requirement=requirement, expected_edit_count=None, fields={"note": "New."})
    if opened == "in_review" or base == "in_review":
        life.submit_for_review(actor=None, requirement=requirement)
    requirement.refresh_from_db()
    return requirement


def picture(requirement: Requirement) -> tuple[Any, ...]:
    """All that a move could change."""
    requirement.refresh_from_db()
    revisions = requirement.revisions.order_by("number")
    return (
        requirement.lifecycle,
        requirement.lifecycle_reason,
        requirement.commitment,
        list(revisions.values_list("number", "status", "shall", "edit_count")),
        [list(revision.reviews.values_list("decision")) for revision in revisions],
        AuditEntry.objects.count(),
    )


def by_service(requirement: Requirement, move: str, actor: User) -> object:
    asked: dict[str, Any] = {"actor": actor, "requirement": requirement}
    seen = current_revision(requirement).fingerprint
    aside = {"defer": "deferred", "reject": "rejected", "retire": "retired"}
    deeds: dict[str, Callable[[], object]] = {
        "submit": lambda: life.submit_for_review(**asked),
        "approve": lambda: life.approve(**asked),
        "send_back": lambda: life.send_back(**asked),
        "reopen": lambda: life.reopen(**asked),
        "discard": lambda: discard_revision(**asked),
        "edit": lambda: edit_revision(**asked, expected_edit_count=None, fields=WORDS),
        "answer": lambda: life.answer_commitment(**asked, commitment="accepted"),
        "review": lambda: answer_review(**asked, decision="approve", comment="", fingerprint=seen),
    }
    if move in aside:
        return life.put_aside(**asked, lifecycle=aside[move], reason=REASON)
    return deeds[move]()


def is_sentence(text: str) -> bool:
    return len(text.split()) >= 4 and text[0].isupper() and text.rstrip().endswith(".")


@pytest.mark.parametrize(("state", "move", "possible"), CASES, ids=NAMES)
def test_services(state: str, move: str, possible: bool) -> None:
    requirement, actor = make_in(state), make_user("pm", approver=True)
    before = picture(requirement)
    if possible:
        by_service(requirement, move, actor)
        assert picture(requirement) != before
        return
    with pytest.raises(Refused) as refusal:
        by_service(requirement, move, actor)
    assert is_sentence(refusal.value.message), refusal.value.message
    assert picture(requirement) == before


PAGES = {
    "submit": ("submit", {}),
    "approve": ("approve", {}),
    "send_back": ("send-back", {}),
    "defer": ("put-aside", {"lifecycle": "deferred", "reason": REASON}),
    "reject": ("put-aside", {"lifecycle": "rejected", "reason": REASON}),
    "retire": ("put-aside", {"lifecycle": "retired", "reason": REASON}),
    "reopen": ("reopen", {}),
    "discard": ("discard", {}),
    "answer": ("answer", {"commitment": "accepted"}),
    "review": ("review", {"decision": "approve"}),
}


def by_page(client: Client, requirement: Requirement, move: str) -> tuple[bool, str]:
    """Whether the page took it, and what it said."""
    place = f"/requirements/{requirement.key}"
    if move == "edit":
        form = client.get(f"{place}/edit/").context["form"]
        typed = {field.name: "" if field.value() is None else str(field.value()) for field in form}
        reply = client.post(f"{place}/edit/", typed | WORDS)
        errors = "" if reply.status_code == 302 else " ".join(reply.context["form"].non_field_errors())
        return reply.status_code == 302, errors
    verb, data = PAGES[move]
    seen = {"fingerprint": current_revision(requirement).fingerprint} if move == "review" else {}
    reply = client.post(f"{place}/{verb}/", data | seen)
    [message] = get_messages(reply.wsgi_request)
    return message.level_tag != "error", str(message)


@pytest.mark.parametrize(("state", "move", "possible"), CASES, ids=NAMES)
def test_pages(state: str, move: str, possible: bool) -> None:
    requirement = make_in(state)
    client = signed_in(make_user("pm", approver=True))
    before = picture(requirement)
    done, said = by_page(client, requirement, move)
    assert done == possible
    assert (picture(requirement) != before) == possible
    assert possible or is_sentence(said), said
    assert client.get(f"/requirements/{requirement.key}/").status_code == 200


API = {
    "send_back": ("send-back", {}),
    "defer": ("defer", {"reason": REASON}),
    "reject": ("reject", {"reason": REASON}),
    "retire": ("retire", {"reason": REASON}),
    "answer": ("commitment", {"commitment": "accepted"}),
    "review": ("reviews", {"decision": "approve"}),
}


@pytest.mark.parametrize(("state", "move", "possible"), CASES, ids=NAMES)
def test_api(state: str, move: str, possible: bool) -> None:
    requirement = make_in(state)
    caller = Caller("read", "write", user=make_user("pm", approver=True))
    before = picture(requirement)
    path = f"/requirements/{requirement.key}/"
    now = current_revision(requirement)
    if move == "edit":
        reply = caller.patch(path, WORDS | {"edit_count": now.edit_count})
    else:
        verb, body = API.get(move, (move, {}))
        seen = {"seen": now.fingerprint} if move == "review" else {}
        reply = caller.post(f"{path}{verb}/", body | seen)
    assert reply.status_code in ((200, 201) if possible else (422,)), reply.content
    assert (picture(requirement) != before) == possible
    assert possible or is_sentence(reply.json()["error"]["message"]), reply.json()


def test_a_requirement_that_ends_leaves_no_open_revision() -> None:
    requirement = make_in("approved+in_review")
    life.put_aside(actor=None, requirement=requirement, lifecycle="retired", reason=REASON)
    assert list(requirement.revisions.order_by("number").values_list("status", flat=True)) == [
        "approved",
        "discarded",
    ]


def test_discarding_what_is_in_review_after_reopening_makes_it_a_draft_again() -> None:
    requirement = make_in("reopened+in_review")
    discard_revision(actor=None, requirement=requirement)
    requirement.refresh_from_db()
    assert requirement.lifecycle == "draft"
