from dataclasses import dataclass

from config.people.models import AuditEntry, User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Line:
    """An entry and what people call the thing it speaks of today."""

    entry: AuditEntry
    subject: str

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What differs: name, value before, value after, in words; an absent value is empty, and no change to an empty one."""
        found = [
            (name.replace("_", " "), _in_words(before), _in_words(after))
            for name, (before, after) in self.entry.changes
        ]
        return [(name, before, after) for name, before, after in found if before != after]


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Trail:
    """A slice of the audit trail, newest first. `older`: ?before= for the next slice, None at the end."""

    lines: list[Line]
    older: int | None


def audit_trail(*, noun: str = "", actor: int | None = None, before: int | None = None) -> Trail:
    """Who did what. Two queries, as fast at the end of the trail as at its start."""
    entries = AuditEntry.objects.select_related("actor").order_by("-pk")
    if noun:
        entries = entries.filter(noun=noun)
    if actor is not None:
        entries = entries.filter(actor=actor)
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    names = _names(shown)
    lines = [Line(entry, names.get(entry.pk, entry.label or entry.object_id)) for entry in shown]
    return Trail(lines, shown[-1].pk if len(found) > PAGE_SIZE else None)


def _names(entries: list[AuditEntry]) -> dict[int, str]:
    """Entry id -> the name of the person it speaks of, which the entry itself must not hold."""
    about_people = {entry.pk: entry.object_id for entry in entries if entry.noun == "user"}
    people = {str(user.pk): user.shown_name for user in User.objects.filter(pk__in=about_people.values())}
    return {pk: people[person] for pk, person in about_people.items() if person in people}


def audited_nouns() -> list[str]:
    """The kinds of things the trail speaks of. One query."""
    return list(AuditEntry.objects.order_by("noun").values_list("noun", flat=True).distinct())


def people_in_trail() -> list[User]:
    """Everybody who may appear as an actor. One query."""
    return list(User.objects.order_by("username"))
