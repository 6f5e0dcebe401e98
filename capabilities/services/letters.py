"""Notices by mail: gathered into letters, each sent once, or again with a word that it may have arrived already.

A letter's words are made when it is sent, from what the person may still see then. That somebody hands it over is written down before
they do, so no two workers send it. Who is killed meanwhile, or gets no answer, leaves it unsure whether it arrived: it goes out again
under the same Message-ID and says so, and the page of letters counts it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from capabilities.models import Comment
from capabilities.queries.comments import shown_text, with_people
from capabilities.queries.products import visible_products
from config.mail import Mail, Unanswered, deliver
from config.people.models import Letter, Notice, User
from config.people.queries.notices import grouped, notices_of, settings_of
from config.words import counted

log = logging.getLogger(__name__)
MINUTES = (1, 5, 30, 120, 360, 720, 1_440)
SHOWN = 100
# Far longer than a mail server may take to answer.
HANDED_OVER = timedelta(minutes=5)
SALT = "no-more-mail"


@dataclass(frozen=True)
class Line:
    """A notice in a letter. words: of the comment it speaks of."""

    notice: Notice
    words: str
    url: str


def gather_letters(now: datetime | None = None) -> int:
    """A letter for everybody who has something to be mailed that is due. Returns how many."""
    now = now or timezone.now()
    waiting = Notice.objects.filter(mailed_at=None, letter=None).exclude(mail=Notice.Mail.NEVER)
    people = set(waiting.order_by().values_list("person", "mail").distinct())
    return sum(_gather(person, mail, now) for person, mail in sorted(people))


@transaction.atomic
def _gather(person_id: int, mail: str, now: datetime) -> bool:
    """Two workers never gather the same person's notices twice: the second finds them taken."""
    person = User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=person_id).first()
    if person is None:
        return False
    waiting = person.notices.filter(mailed_at=None, letter=None, mail=mail)
    waiting.exclude(read_at=None).update(mail=Notice.Mail.NEVER)
    if not waiting.filter(read_at=None).exists():
        return False
    day = None
    if mail == Notice.Mail.DAILY:
        own = settings_of([person_id])[person_id]
        local = now.astimezone(ZoneInfo(own.zone))
        day = local.date()
        if local.hour < own.digest_hour or person.letters.filter(day=day).exists():
            return False
    letter = Letter.objects.create(person=person, day=day, next_try_at=now)
    waiting.filter(read_at=None).update(letter=letter)
    return True


def send_letters(now: datetime | None = None) -> int:
    """Send what is due, one by one. Returns how many went out."""
    sent = 0
    tried: set[int] = set()
    while True:
        outcome = _send_next(now or timezone.now(), tried)
        if outcome is None:
            return sent
        sent += outcome


def _send_next(now: datetime, tried: set[int]) -> bool | None:
    begun = _begin(now, tried)
    if begun is None:
        return None
    letter, mail = begun
    if mail is None:
        return False
    try:
        deliver(mail)
    except (OSError, ValueError) as problem:
        _failed(letter, problem, now)
        return False
    _sent(letter)
    return True


@transaction.atomic
def _begin(now: datetime, tried: set[int]) -> tuple[Letter, Mail | None] | None:
    """The next letter that is due and that nobody else hands over, written down as begun; without a mail when nothing is left to say."""
    given_up_on = timezone.now() - HANDED_OVER
    free = Q(begun_at=None) | Q(begun_at__lte=given_up_on)
    due = Letter.objects.filter(free, sent_at=None, given_up_at=None, next_try_at__lte=now)
    letter = (
        due.exclude(pk__in=tried).select_for_update(skip_locked=True).order_by("next_try_at", "pk").first()
    )
    if letter is None:
        return None
    tried.add(letter.pk)
    if letter.begun_at:
        letter.unsure += 1
    mail = compose(letter)
    if mail is None:
        letter.notices.update(mail=Notice.Mail.NEVER)
        letter.delete()
        return letter, None
    letter.begun_at = timezone.now()
    letter.save(update_fields=["begun_at", "unsure"])
    return letter, mail


@transaction.atomic
def _sent(letter: Letter) -> None:
    letter.tries, letter.error, letter.sent_at, letter.begun_at = letter.tries + 1, "", timezone.now(), None
    letter.save(update_fields=["tries", "error", "sent_at", "begun_at"])
    letter.notices.update(mailed_at=letter.sent_at)


def _failed(letter: Letter, problem: Exception, now: datetime) -> None:
    """Later again, after longer pauses; in the end it waits for the operator."""
    log.warning("Letter %s was not sent: %r", letter.pk, problem)
    letter.tries += 1
    letter.begun_at = None
    letter.unsure += isinstance(problem, Unanswered)
    letter.error = repr(problem)[:1_000]
    if letter.tries > len(MINUTES):
        letter.given_up_at = now
    else:
        letter.next_try_at = now + timedelta(minutes=MINUTES[letter.tries - 1])
    letter.save(update_fields=["tries", "begun_at", "unsure", "error", "given_up_at", "next_try_at"])


@transaction.atomic
def try_again(letter: Letter) -> None:
    """The operator mended what was wrong."""
    Letter.objects.filter(pk=letter.pk, sent_at=None).update(
        given_up_at=None, tries=0, next_try_at=timezone.now()
    )


def compose(letter: Letter) -> Mail | None:
    """The mail, or None when there is nothing left to say: read meanwhile, no longer to be seen, no address, no wish for mail."""
    person = letter.person
    if not (person.is_active and person.email and settings_of([person.pk])[person.pk].mail):
        return None
    keys = visible_products(person).values_list("key", flat=True)
    notices = list(notices_of(person, keys).filter(letter=letter, read_at=None)[:SHOWN])
    if not notices:
        return None
    leave = settings.SITE_URL + reverse("capabilities:unsubscribe", args=[token_of(person)])
    context = {
        "person": person,
        "digest": letter.day is not None,
        "groups": [(label, _lines(found)) for label, found in grouped(notices)],
        "count": len(notices),
        "unsure": letter.unsure > 0,
        "leave": leave,
        "settings_url": settings.SITE_URL + reverse("capabilities:notice-settings"),
        "all_url": settings.SITE_URL + reverse("capabilities:notice-list"),
    }
    return Mail(
        to=person.email,
        subject=_subject(letter, notices),
        text=render_to_string("email/notices.txt", context),
        html=render_to_string("email/notices.html", context),
        headers={
            "Message-ID": f"<letter-{letter.pk}-{letter.created_at.timestamp():.0f}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _subject(letter: Letter, notices: list[Notice]) -> str:
    if letter.day is not None:
        return f"Plumbline: {counted(len(notices), 'notices')} of {letter.day:%-d %b}"
    first = notices[0]
    if len(notices) > 1:
        return f"{first.label} and more: {counted(len(notices), 'notices')}"
    return f"{first.label}: {said_of(first)}"


def said_of(notice: Notice) -> str:
    """Who did what, in one line."""
    return f"{notice.actor.shown_name} {notice.text}" if notice.actor else notice.text


def _lines(notices: list[Notice]) -> list[Line]:
    ids = [notice.object_id for notice in notices if notice.noun == "comment"]
    said = {one.pk: shown_text(one) for one in with_people(Comment.objects.filter(pk__in=ids))}
    return [
        Line(
            notice,
            said.get(notice.object_id, "") if notice.noun == "comment" else "",
            settings.SITE_URL + notice.url,
        )
        for notice in notices
    ]


def token_of(person: User) -> str:
    """What ends mail to this person without signing in; it names nobody and does nothing else."""
    return signing.dumps(person.pk, salt=SALT)


def person_of(token: str) -> User | None:
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=found, is_active=True).first()
