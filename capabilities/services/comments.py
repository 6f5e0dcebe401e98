"""Talking about requirements. These functions are the only writers of comments; whoever may read a product may talk about it."""

from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from capabilities import signals
from capabilities.models import Comment, Criterion, Requirement, Revision
from capabilities.queries.mentions import people_named
from config.errors import Refused
from config.mentions import kept
from config.people.access import site_role
from config.people.models import Role, User
from config.people.services.audit import record

LONGEST = 20_000


class About(TypedDict, total=False):
    """asked: of whom a question is asked. revision, criterion_key: what exactly it is about."""

    asked: str
    revision: Revision | None
    criterion_key: str


@transaction.atomic
def comment(
    *, actor: User, requirement: Requirement, text: str, kind: str = "comment", **about: Unpack[About]
) -> Comment:
    """Say something about a requirement. Raises Refused without words, or when what it is about does not belong here."""
    kind, asked = Comment.Kind(kind), about.get("asked", "")
    if asked and kind != Comment.Kind.QUESTION:
        raise Refused("Only a question is asked of somebody.", "asked", {"asked": "Only for a question."})
    said = Comment(requirement=requirement, author=actor, kind=kind, asked=asked)
    said.revision, said.criterion_key = _about(requirement, about)
    named = _write(said, text)
    if asked == Comment.Asked.PEOPLE and not named:
        raise Refused(
            "Name with @ who is asked; it must be somebody who may see this product.",
            "asked",
            {"text": "Name with @ who is asked."},
        )
    _record(actor, said, "comment.made", after={"kind": str(kind)} | ({"asked": asked} if asked else {}))
    return said


@transaction.atomic
def reply(*, actor: User, parent: Comment, text: str, answers: bool = False) -> Comment:
    """Reply to a comment; a reply to a reply goes under the same one. answers: it settles the question or issue.

    Raises Refused when the comment was withdrawn, or nothing is open that could be settled.
    """
    parent = _locked(parent)
    if parent.parent_id:
        parent = _locked(Comment(pk=parent.parent_id))
    if parent.withdrawn_at:
        raise Refused("What you reply to was withdrawn.", "withdrawn")
    said = Comment(requirement=parent.requirement, parent=parent, author=actor)
    _write(said, text)
    _record(actor, said, "comment.replied", after={"to": parent.pk})
    return mark_answer(actor=actor, said=said) if answers else said


@transaction.atomic
def mark_answer(*, actor: User, said: Comment) -> Comment:
    """A reply settles what it replies to, which is resolved by it. Raises Refused when that is not open."""
    said = _locked(said)
    parent = _locked(said.parent) if said.parent else None
    if parent is None or said.withdrawn_at:
        raise Refused("Only a reply can be the answer.", "not_a_reply")
    _settle(actor, parent, "")
    said.is_answer = True
    said.save(update_fields=["is_answer"])
    _record(actor, parent, "comment.answered", after={"answer": said.pk})
    return said


@transaction.atomic
def edit_comment(*, actor: User, said: Comment, text: str) -> Comment:
    """The author puts it in other words; the earlier ones stay in the audit. Saying the same changes nothing."""
    said = _locked(said)
    if said.author_id != actor.pk:
        raise Refused("Only who wrote it can edit it.", "not_yours")
    if said.withdrawn_at:
        raise Refused("It was withdrawn.", "withdrawn")
    before = said.text
    _write(said, text)
    if said.text != before:
        said.edited_at = timezone.now()
        said.save(update_fields=["edited_at"])
        _record(actor, said, "comment.edited", before={"text": before}, after={"text": said.text})
    return said


@transaction.atomic
def withdraw_comment(*, actor: User, said: Comment) -> Comment:
    """Take the words away for ever; that something was said stays. For its author and administrators."""
    said = _locked(said)
    if actor.pk != said.author_id and site_role(actor) != Role.ADMIN:
        raise Refused("Only who wrote it, or an administrator, can withdraw it.", "not_yours")
    if said.withdrawn_at is None:
        if said.is_answer and said.parent:
            _reopen(actor, _locked(said.parent))
        said.text, said.withdrawn_at, said.is_answer = "", timezone.now(), False
        said.save(update_fields=["text", "withdrawn_at", "is_answer"])
        said.mentioned.clear()
        _record(actor, said, "comment.withdrawn")
    return said


@transaction.atomic
def resolve_comment(*, actor: User, said: Comment, closing: str = "") -> Comment:
    """Close a question or an issue, with a last word or without. Raises Refused when it is not open."""
    said = _locked(said)
    _settle(actor, said, closing.strip())
    _record(actor, said, "comment.resolved", after={"closing": said.closing})
    return said


@transaction.atomic
def reopen_comment(*, actor: User, said: Comment) -> Comment:
    """Open a resolved question or issue again; a reply that counted as its answer no longer does."""
    said = _locked(said)
    if said.resolved_at is None or said.withdrawn_at:
        raise Refused("It is not resolved.", "not_resolved")
    _reopen(actor, said)
    return said


def _settle(actor: User, said: Comment, closing: str) -> None:
    if not said.resolves:
        raise Refused("Only questions and issues are resolved.", "not_resolvable")
    if not said.is_open:
        raise Refused(f"This {said.get_kind_display().lower()} is not open any more.", "not_open")
    said.resolved_at, said.resolved_by, said.closing = timezone.now(), actor, closing[:LONGEST]
    said.save(update_fields=["resolved_at", "resolved_by", "closing"])


def _reopen(actor: User, said: Comment) -> None:
    said.resolved_at, said.resolved_by, said.closing = None, None, ""
    said.save(update_fields=["resolved_at", "resolved_by", "closing"])
    said.replies.filter(is_answer=True).update(is_answer=False)
    _record(actor, said, "comment.reopened")


def _write(said: Comment, text: str) -> list[User]:
    """Keep the words, with the people named by their ids. Answers with those people."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("Write something first.", "text", {"text": "Write something first."})
    if len(text) > LONGEST:
        raise Refused(
            f"Write at most {LONGEST:,} characters.", "text", {"text": f"At most {LONGEST:,} characters."}
        )
    named = people_named(text, said.requirement.product)
    said.text = kept(text, {person.username.lower(): person.pk for person in named})
    said.save()
    said.mentioned.set(named)
    return named


def _about(requirement: Requirement, about: About) -> tuple[Revision | None, str]:
    revision, key = about.get("revision"), about.get("criterion_key", "")
    if revision is not None and revision.requirement_id != requirement.pk:
        raise Refused(f"{requirement.key} has no such revision.", "revision")
    if key and not Criterion.objects.filter(revision__requirement=requirement, key=key).exists():
        raise Refused(f"{requirement.key} has no criterion {key}.", "unknown_criterion")
    return revision, key


def _locked(said: Comment) -> Comment:
    rows = Comment.objects.select_for_update(of=("self",))
    return rows.select_related("requirement__product", "parent", "author").get(pk=said.pk)


def _record(actor: User, said: Comment, verb: str, **details: Any) -> None:
    requirement = said.requirement
    transaction.on_commit(lambda: signals.comment_said.send(Comment, comment_id=said.pk))
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=requirement.key,
        product=requirement.product.key,
        before=details.get("before"),
        after={"comment": said.pk} | details.get("after", {}),
    )
