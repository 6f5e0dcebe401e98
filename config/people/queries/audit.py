from dataclasses import dataclass

from config.people.models import AuditEntry, User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Trail:
    """A slice of the audit trail, newest first. `older`: value of ?before= for the next slice, None at the end."""

    entries: list[AuditEntry]
    older: int | None


def audit_trail(*, noun: str = "", actor: int | None = None, before: int | None = None) -> Trail:
    """Who did what, with the actors. One query, as fast at the end of the trail as at its start."""
    entries = AuditEntry.objects.select_related("actor").order_by("-pk")
    if noun:
        entries = entries.filter(noun=noun)
    if actor is not None:
        entries = entries.filter(actor=actor)
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Trail(shown, shown[-1].pk if len(found) > PAGE_SIZE else None)


def audited_nouns() -> list[str]:
    """The kinds of things the trail speaks of. One query."""
    return list(AuditEntry.objects.order_by("noun").values_list("noun", flat=True).distinct())


def people_in_trail() -> list[User]:
    """Everybody who may appear as an actor. One query."""
    return list(User.objects.order_by("username"))
