"""What people are told. Who is to be told what is decided by those who know; here each is told once, and chooses how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.people.models import Notice, NoticeSettings, User
from config.people.queries.notices import settings_of

Kind, Mail = Notice.Kind, Notice.Mail
# What is about oneself is worth a mail of its own; the rest waits for the day's letter.
USUAL = dict.fromkeys(Kind.values, Mail.DAILY.value) | dict.fromkeys(
    (Kind.MENTION.value, Kind.QUESTION.value, Kind.ANSWER.value, Kind.REVIEW.value), Mail.AT_ONCE.value
)


@dataclass(frozen=True)
class News:
    """Something people are told of. event: its name, for telling nobody twice; text: what was done, without names of people."""

    event: str
    noun: str
    object_id: int
    label: str
    text: str
    url: str
    at: datetime
    product: str = ""
    actor_id: int | None = None


def mail_mode(own: NoticeSettings, kind: str) -> str:
    """How this person gets mail of this kind: at once, once a day, or never."""
    if not (settings.MAIL_CONFIGURED and own.mail):
        return Mail.NEVER
    return str(own.by_kind.get(kind, USUAL[kind]))


@transaction.atomic
def tell(news: News, people: Mapping[int, str]) -> None:
    """Tell each of the people (id -> kind for them) once, but nobody of their own deed. Two queries."""
    chosen = settings_of(people)
    Notice.objects.bulk_create(
        (
            Notice(
                person_id=person,
                actor_id=news.actor_id,
                at=news.at,
                kind=kind,
                event=news.event,
                noun=news.noun,
                object_id=news.object_id,
                label=news.label[:200],
                product=news.product,
                text=news.text[:300],
                url=news.url,
                mail=mail_mode(chosen[person], kind),
            )
            for person, kind in people.items()
            if person != news.actor_id
        ),
        ignore_conflicts=True,
    )


def mark_read(notices: QuerySet[Notice]) -> int:
    """Returns how many were unread. One query."""
    return notices.filter(read_at=None).update(read_at=timezone.now())


def mark_unread(notices: QuerySet[Notice]) -> int:
    return notices.exclude(read_at=None).update(read_at=None)


@transaction.atomic
def save_settings(own: NoticeSettings) -> NoticeSettings:
    """Keep what a person chose; what waits to be mailed goes the new way. Raises ValidationError."""
    own.full_clean(exclude=["person"])
    own.save()
    waiting = Notice.objects.filter(person=own.person_id, mailed_at=None, letter=None, read_at=None)
    for kind in Kind.values:
        # What was not to be mailed at all is not mailed late.
        waiting.filter(kind=kind).exclude(mail=Mail.NEVER).update(mail=mail_mode(own, kind))
    return own


def stop_mail(person: User) -> None:
    """No mail to this person from now on; notices in the app go on."""
    own = settings_of([person.pk])[person.pk]
    own.mail = False
    save_settings(own)


def forget(person: User) -> None:
    """Everything about who was told what, and what they wanted to hear of."""
    for rows in (person.notices, person.letters, person.watches):
        rows.all().delete()
    NoticeSettings.objects.filter(person=person).delete()


def kinds() -> Iterable[tuple[str, str]]:
    return Kind.choices
