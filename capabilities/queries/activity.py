"""What happened in a product, newest first: deeds of the audit trail and changes of verdicts, told in words."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from capabilities.models import Comment, Problem, Product, Requirement, Revision, Verdict
from capabilities.queries.activity_words import GROUPS, VERDICT, words_of
from capabilities.queries.changes import Change, verdict_change
from capabilities.queries.comments import shown_text
from capabilities.queries.products import visible_products
from config.people.models import AuditEntry, User
from config.people.queries.audit import Line

PAGE_SIZE = 40
LONGEST = 160
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"([0-9]{1,17})\.([01])\.([0-9]{1,18})", re.ASCII)
PERSON = re.compile(r"person ([0-9]{1,18})", re.ASCII)
NOBODY = "person None"
PEOPLE = {"reviewer", "user", "approver"}
MACHINE = {"fingerprint", "evidence", "comment", "answer", "to", "stamp"}
# Who is a member is for administrators.
HIDDEN = ["product.member_set"]
DEED, FLIP = 1, 0


@dataclass(frozen=True)
class Wanted:
    """Which events. group: a key of GROUPS."""

    actor: int | None = None
    noun: str = ""
    group: str = ""
    since: datetime | None = None

    @property
    def verdicts(self) -> bool:
        return self.actor is None and self.noun in {"", "requirement"} and self.group in {"", VERDICT}

    @property
    def deeds(self) -> bool:
        return self.group != VERDICT


@dataclass(frozen=True)
class Event:
    """One line. label: what it speaks of; rest: the part of it, e.g. AC-1; text: what was said; verdict: where one changed.

    changes: name, before, after, in words.
    """

    place: tuple[datetime, int, int]
    actor: User | None
    noun: str
    verb: str
    words: str
    label: str
    rest: str = ""
    title: str = ""
    object_id: str = ""
    text: str = ""
    comment: int | None = None
    verdict: Change | None = None
    changes: Sequence[tuple[str, str, str]] = ()

    @property
    def at(self) -> datetime:
        return self.place[0]

    @property
    def url(self) -> str:
        """Its page; empty where it has none, or no longer."""
        if self.noun == "requirement" and self.title:
            return reverse("capabilities:requirement-detail", args=[self.label])
        if self.noun == "baseline":
            return reverse("capabilities:baseline-detail", args=[self.label])
        if self.noun == "problem":
            return reverse("capabilities:problem-detail", args=[self.label])
        return ""

    @property
    def cursor(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}.{self.place[1]}.{self.place[2]}"


@dataclass(frozen=True)
class Feed:
    """A slice. older: ?before= of the next one, empty at the end."""

    events: Sequence[Event]
    older: str


def activity(
    product: Product, user: User, wanted: Wanted, *, before: str = "", size: int = PAGE_SIZE
) -> Feed:
    """What happened in a product the person may see. Up to eight queries, as fast at the end as at the start."""
    entries = AuditEntry.objects.filter(product=product.key).exclude(verb__in=HIDDEN)
    verdicts = Verdict.objects.filter(verification__criterion__revision__requirement__product=product)
    if wanted.actor is not None:
        entries = entries.filter(actor=wanted.actor)
    if wanted.noun:
        entries = entries.filter(noun=wanted.noun)
    if wanted.group:
        entries = entries.filter(GROUPS[wanted.group][1])
    if wanted.since is not None:
        entries, verdicts = (
            entries.filter(at__gte=wanted.since),
            verdicts.filter(created_at__gte=wanted.since),
        )
    found = _newest(
        entries if wanted.deeds else entries.none(),
        verdicts if wanted.verdicts else verdicts.none(),
        before,
        size + 1,
    )
    shown = _told(found[:size], lambda: set(visible_products(user).values_list("key", flat=True)))
    return Feed(shown, shown[-1].cursor if len(found) > size else "")


def of_requirement(requirement: Requirement, size: int) -> list[Event]:
    """The newest of what happened to one requirement; nothing of others is named. Up to six queries."""
    entries = AuditEntry.objects.filter(noun="requirement", object_id=str(requirement.pk))
    verdicts = Verdict.objects.filter(verification__criterion__revision__requirement=requirement)
    return _told(_newest(entries, verdicts, "", size), lambda: {requirement.product.key})


def of_problem(problem: Problem, size: int) -> list[Event]:
    """The newest of what happened to one problem. Up to six queries."""
    entries = AuditEntry.objects.filter(noun="problem", object_id=str(problem.pk))
    return _told(_newest(entries, Verdict.objects.none(), "", size), lambda: {problem.product.key})


def actors(product: Product) -> list[User]:
    """Who did something in the product. One query."""
    done = AuditEntry.objects.filter(product=product.key).exclude(verb__in=HIDDEN).values("actor")
    return list(User.objects.filter(pk__in=done).order_by("username"))


def _newest(
    entries: QuerySet[AuditEntry], verdicts: QuerySet[Verdict], before: str, size: int
) -> list[AuditEntry | Verdict]:
    """Both, merged. Two queries."""
    deeds = entries.filter(_older("at", DEED, before)).select_related("actor").order_by("-at", "-pk")
    flips = _flips(verdicts).filter(_older("created_at", FLIP, before)).order_by("-created_at", "-pk")
    both: list[AuditEntry | Verdict] = [*deeds[:size], *flips[:size]]
    return sorted(both, key=_place, reverse=True)[:size]


def _place(row: AuditEntry | Verdict) -> tuple[datetime, int, int]:
    return (row.at, DEED, row.pk) if isinstance(row, AuditEntry) else (row.created_at, FLIP, row.pk)


def _older(name: str, rank: int, cursor: str) -> Q:
    """What comes after the place a cursor names; nonsense names the start."""
    match = CURSOR.fullmatch(cursor)
    if match is None:
        return Q()
    at = EPOCH + timedelta(microseconds=int(match[1]))
    older = Q(**{f"{name}__lt": at})
    if rank > int(match[2]):
        return older
    return older | (Q(**{name: at}) & (Q(pk__lt=int(match[3])) if rank == int(match[2]) else Q()))


def _flips(verdicts: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """Those that differ from the one before on the same evidence and version, and first ones."""
    earlier = Verdict.objects.filter(
        verification=OuterRef("verification"), model_version=OuterRef("model_version"), pk__lt=OuterRef("pk")
    )
    numbered = verdicts.annotate(before=Subquery(earlier.order_by("-pk").values("outcome")[:1]))
    # What a new revision took over from the one before is no news.
    flipped = numbered.filter(Q(before=None) | ~Q(before=F("outcome"))).exclude(
        detail__has_key="carried_from"
    )
    return flipped.select_related(
        "model_version__model", "verification__criterion__revision__requirement__product"
    )


@dataclass(frozen=True)
class _Known:
    """What the entries of a slice speak of, by id. seen: keys of the products whose things may be named."""

    titles: Mapping[str, str]
    comments: Mapping[int, Comment]
    people: Mapping[int, str]
    seen: set[str]


def _told(rows: Sequence[AuditEntry | Verdict], seen: Callable[[], set[str]]) -> list[Event]:
    entries = [row for row in rows if isinstance(row, AuditEntry)]
    linked = any(entry.verb.startswith("link.") for entry in entries)
    known = _Known(_titles(entries), _comments(entries), _people(entries), seen() if linked else set())
    return [_deed(row, known) if isinstance(row, AuditEntry) else _flip(row) for row in rows]


def _flip(verdict: Verdict) -> Event:
    change = verdict_change(verdict)
    requirement = verdict.verification.criterion.revision.requirement
    return Event(
        _place(verdict),
        None,
        noun="requirement",
        verb=VERDICT,
        words="went from" if change.before else "was judged for the first time",
        label=change.key,
        rest=change.criterion,
        title=change.title,
        object_id=str(requirement.pk),
        verdict=change,
    )


def _deed(entry: AuditEntry, known: _Known) -> Event:
    said = known.comments.get(_number(entry.after.get("comment")))
    whole = entry.noun != "requirement"
    label, _, rest = (entry.label, "", "") if whole else entry.label.partition(" ")
    hidden = entry.verb.startswith("link.") and not _target(entry) <= known.seen
    return Event(
        _place(entry),
        entry.actor,
        noun=entry.noun,
        verb=entry.verb,
        words=words_of(entry),
        label=label or entry.object_id,
        rest="" if hidden else rest,
        title="" if whole else known.titles.get(entry.object_id, ""),
        object_id=entry.object_id,
        text=shown_text(said)[:2_000] if said else "",
        comment=said.pk if said else None,
        changes=() if hidden or entry.verb.startswith("comment.") else _changes(entry, known.people),
    )


def _target(entry: AuditEntry) -> set[str]:
    """Keys of the products a link leads to."""
    keys = [values.get("target", "") for values in (entry.before, entry.after) if values]
    return {str(key).rpartition("-")[0] for key in keys}


def _changes(entry: AuditEntry, people: Mapping[int, str]) -> list[tuple[str, str, str]]:
    return [
        (name, _named(name, before, people), _named(name, after, people))
        for name, before, after in Line(entry, entry.label).changes
        if name not in MACHINE
    ]


def _named(name: str, value: str, people: Mapping[int, str]) -> str:
    """People by their names of today, which the trail itself does not hold."""
    if value == NOBODY:
        return ""
    number = _person(name, value)
    words = people.get(number, "somebody") if number else value
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _person(name: str, value: object) -> int:
    if name in PEOPLE:
        return _number(value)
    match = PERSON.fullmatch(str(value)) if name == "owner" else None
    return int(match[1]) if match else 0


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _titles(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """The newest title of each requirement that still exists. One query."""
    ids = {_number(entry.object_id) for entry in entries if entry.noun == "requirement"}
    rows = Revision.objects.filter(requirement__in=ids).order_by("requirement_id", "-number")
    newest = rows.distinct("requirement_id").values_list("requirement_id", "title")
    return {str(pk): title for pk, title in newest}


def _comments(entries: Iterable[AuditEntry]) -> dict[int, Comment]:
    """What was said, as it reads today. Two queries."""
    ids = {_number(entry.after.get("comment")) for entry in entries if entry.verb.startswith("comment.")}
    return Comment.objects.prefetch_related("mentioned").in_bulk(ids - {0})


def _people(entries: Iterable[AuditEntry]) -> dict[int, str]:
    """Everybody the values name. One query."""
    values: list[tuple[str, Any]] = [
        pair for entry in entries for side in (entry.before, entry.after) for pair in side.items()
    ]
    ids = {_person(name, value) for name, value in values} - {0}
    return {person.pk: person.shown_name for person in User.objects.filter(pk__in=ids)}
