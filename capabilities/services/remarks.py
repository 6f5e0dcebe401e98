"""What people say of a problem, or of a requirement's intent what would change our mind, and looking again when its day has come."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from capabilities.models import Problem, Remark, Requirement
from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record

LONGEST = 20_000


@transaction.atomic
def remark(*, actor: User, about: Problem | Requirement, text: str, remind_on: date | None = None) -> Remark:
    """Say something. remind_on: the day on which people are reminded of it, after today; of a requirement it is needed.

    Raises Refused without words, without the day and for one that is over.
    """
    text = text.replace("\x00", "").strip()
    if not text or len(text) > LONGEST:
        wrong = f"Write at most {LONGEST:,} characters." if text else "Write something first."
        raise Refused(wrong, "text", {"text": wrong})
    if remind_on is None and isinstance(about, Requirement):
        wrong = "Choose the day on which to look again."
        raise Refused(wrong, "remind_on", {"remind_on": wrong})
    if remind_on is not None and remind_on <= timezone.localdate():
        wrong = "Choose a day after today to be reminded on."
        raise Refused(wrong, "remind_on", {"remind_on": wrong})
    said = Remark.objects.create(
        problem=about if isinstance(about, Problem) else None,
        requirement=about if isinstance(about, Requirement) else None,
        text=text,
        author=actor,
        remind_on=remind_on,
    )
    after: dict[str, object] = {"remark": said.pk}
    if remind_on is not None:
        after["remind_on"] = remind_on
    _told(actor, about, "remarked", after)
    return said


@transaction.atomic
def settle(*, actor: User, said: Remark, found: str) -> Remark:
    """Somebody looked again, and found this; it is no longer listed as waiting.

    Raises Refused without words or of a remark that has no day, Conflict the second time.
    """
    said = Remark.objects.select_for_update(of=("self",)).get(pk=said.pk)
    if said.settled_at is not None:
        raise Conflict("Somebody looked again already; what they found stands there.", "settled")
    if said.remind_on is None:
        raise Refused("This carries no day, so there is nothing to look at again.", "no_day")
    found = found.replace("\x00", "").strip()[:LONGEST]
    if not found:
        wrong = "Say what you found when you looked again."
        raise Refused(wrong, "found", {"found": wrong})
    said.settled_at, said.settled_by, said.found = timezone.now(), actor, found
    said.save(update_fields=["settled_at", "settled_by", "found"])
    about = said.requirement or said.problem
    assert about is not None
    _told(actor, about, "looked_again", {"remark": said.pk, "found": found})
    return said


def _told(actor: User, about: Problem | Requirement, deed: str, after: dict[str, object]) -> None:
    noun = "problem" if isinstance(about, Problem) else "requirement"
    record(
        actor=actor,
        verb=f"{noun}.{deed}",
        noun=noun,
        object_id=about.pk,
        label=about.key,
        product=about.product.key,
        after=after,
    )
