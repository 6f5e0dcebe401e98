"""The one place that sends mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from smtplib import SMTPException, SMTPServerDisconnected

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection


@dataclass(frozen=True)
class Mail:
    """A mail to one person, as subject, text and html."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Unanswered(OSError):
    """It was handed over and no answer came: it may have arrived."""


def deliver(mail: Mail) -> None:
    """Hand it to the mail server. Raises Unanswered when nobody knows, SMTPException or OSError when that does not take it."""
    message = EmailMultiAlternatives(
        # A line break would begin another header.
        subject=" ".join(mail.subject.split()),
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers=dict(mail.headers),
    )
    message.attach_alternative(mail.html, "text/html")
    # Once the line stands, an error without an answer of the server no longer says that it did not take it.
    with get_connection() as connection:
        message.connection = connection
        try:
            message.send()
        except SMTPServerDisconnected as problem:
            raise Unanswered(str(problem)) from problem
        except SMTPException:
            raise
        except OSError as problem:
            raise Unanswered(repr(problem)) from problem
