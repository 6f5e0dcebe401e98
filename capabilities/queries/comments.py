"""What was said about a requirement, as its page shows it, and the questions that wait for somebody."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString

from capabilities.models import Comment, Product, Requirement
from capabilities.queries.products import role_in, visible_products
from config.mentions import marked_up, typed
from config.people.models import Role, User

SHOWN = 50


@dataclass(frozen=True)
class Said:
    """A comment ready to be shown. typed: as its author would edit it."""

    comment: Comment
    html: SafeString
    typed: str
    replies: list["Said"] = field(default_factory=list)


@dataclass(frozen=True)
class Talk:
    """threads: the newest, oldest first; earlier: how many more there are. decisions: all that stand, newest first."""

    threads: Sequence[Said]
    decisions: Sequence[Said]
    counts: Mapping[str, int]
    earlier: int

    @property
    def total(self) -> int:
        return sum(count for kind, count in self.counts.items() if kind in Comment.Kind.values)


def talk_about(requirement: Requirement, *, kind: str = "", state: str = "", whole: bool = False) -> Talk:
    """The comments on a requirement with their replies. Six queries.

    kind, state (open or resolved): only such ones. whole: all of them, however many.
    """
    top = requirement.comments.filter(parent=None)
    counts = dict(top.order_by().values_list("kind").annotate(number=Count("pk")))
    counts["open"] = top.filter(
        Q(kind="question") | Q(kind="issue"), resolved_at=None, withdrawn_at=None
    ).count()
    wanted = top.filter(kind=kind) if kind else top
    if state == "open":
        wanted = wanted.filter(kind__in=["question", "issue"], resolved_at=None, withdrawn_at=None)
    elif state == "resolved":
        wanted = wanted.exclude(resolved_at=None)
    found = list(wanted.order_by("-pk").values_list("pk", flat=True))
    shown = found if whole else found[:SHOWN]
    decided = Q(kind="decision", withdrawn_at=None)
    rows = with_people(requirement.comments.filter(Q(pk__in=shown) | Q(parent__in=shown) | decided))
    said = {row.pk: _said(row) for row in rows}
    for one in said.values():
        if one.comment.parent_id in said:
            said[one.comment.parent_id].replies.append(one)
    threads = [one for one in said.values() if one.comment.pk in set(shown)]
    decisions = [
        one for one in said.values() if one.comment.kind == "decision" and not one.comment.withdrawn_at
    ]
    return Talk(threads, decisions[::-1], counts, len(found) - len(shown))


def with_people(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """With everybody whose name is shown. Two queries in all."""
    rows = comments.select_related("author", "resolved_by", "revision", "requirement__product")
    return rows.prefetch_related("mentioned").order_by("pk")


def _said(comment: Comment) -> Said:
    people = list(comment.mentioned.all())
    html = marked_up(comment.text, {person.pk: person.shown_name for person in people})
    return Said(comment, html, typed(comment.text, user_names(people)))


def user_names(people: Iterable[User]) -> dict[int, str]:
    return {person.pk: person.username for person in people}


def shown_text(comment: Comment) -> str:
    """The words as somebody would type them. Needs `mentioned` prefetched."""
    return typed(comment.text, user_names(comment.mentioned.all()))


def visible_comments(user: User) -> QuerySet[Comment]:
    """Everything said about requirements of products the person may see."""
    return Comment.objects.filter(requirement__product__in=visible_products(user))


@dataclass(frozen=True)
class OpenQuestions:
    """What waits: of_you is asked of this reader; waited_for is what others owe the product an answer to."""

    of_you: Sequence[Said]
    waited_for: Sequence[Said]


def open_questions(product: Product, user: User) -> OpenQuestions:
    """The questions of a product that nobody has answered, the oldest first, by who has to answer. Three queries."""
    rows = with_people(Comment.objects.open_questions().filter(requirement__product=product))
    roles = asked_roles(role_in(user, product) or user.role)
    parts: dict[bool, list[Said]] = defaultdict(list)
    for row in rows:
        parts[is_asked(row, user, roles)].append(_said(row))
    return OpenQuestions(parts[True], parts[False])


def asked_roles(role: str) -> set[str]:
    """Of whom a question is asked when it is asked of somebody with this role."""
    return {Role.RESEARCHER: {"research"}, Role.PM: {"pm"}}.get(Role(role), set())


def is_asked(question: Comment, user: User, roles: set[str]) -> bool:
    if question.asked == Comment.Asked.PEOPLE:
        return user in question.mentioned.all()
    return question.asked in roles and question.author_id != user.pk


def questions(
    product: Product, user: User, *, asked: str = "", state: str = "open", by_me: bool = False
) -> QuerySet[Comment]:
    """Questions of a product, the oldest first. asked: research, pm, or me. Two queries a page."""
    rows = with_people(
        Comment.objects.filter(requirement__product=product, kind="question", parent=None, withdrawn_at=None)
    )
    if state == "open":
        rows = rows.filter(resolved_at=None)
    elif state == "answered":
        rows = rows.exclude(resolved_at=None)
    if asked == "me":
        roles = asked_roles(role_in(user, product) or user.role)
        rows = rows.filter(
            Q(asked__in=roles) & ~Q(author=user) | Q(asked="people", mentioned=user)
        ).distinct()
    elif asked:
        rows = rows.filter(asked=asked)
    return rows.filter(author=user) if by_me else rows


def said_of(rows: Iterable[Comment]) -> list[Said]:
    return [_said(row) for row in rows]
