"""Addresses that show a product's status page to whoever holds them, until a day."""

import hashlib
import secrets
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from capabilities.models import Product, SharedLink
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import ModelVersion

SECRET_BYTES = 32
LONGEST = timedelta(days=366)


def digest_of(token: str) -> str:
    """SHA-256 in hexadecimal; a fast hash is right for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def share_status(
    *,
    actor: User,
    product: Product,
    expires_at: datetime,
    model_version: ModelVersion | None = None,
    since: date | None = None,
    as_of: datetime | None = None,
) -> tuple[SharedLink, str]:
    """A link and its token, which is not stored and cannot be shown again. Raises Refused for an end that is past or over a year away."""
    now = timezone.now()
    if not now < expires_at <= now + LONGEST:
        raise Refused(
            "Choose an end within a year from now.",
            code="expires_at",
            fields={"expires_on": "Choose a day within a year from now."},
        )
    if as_of is not None and as_of >= now:
        raise Refused("Choose a moment that is past.", code="as_of")
    token = secrets.token_urlsafe(SECRET_BYTES)
    link = SharedLink.objects.create(
        product=product,
        digest=digest_of(token),
        model_version=model_version,
        since=since,
        as_of=as_of,
        made_restricted=product.restricted,
        created_by=actor,
        expires_at=expires_at,
    )
    _record(actor, link, "status.shared")
    return link, token


@transaction.atomic
def revoke_link(*, actor: User, link: SharedLink) -> SharedLink:
    """End it at once. Revoking it again changes nothing."""
    current = SharedLink.objects.select_for_update(of=("self",)).select_related("product").get(pk=link.pk)
    if current.revoked_at is None:
        current.revoked_at = timezone.now()
        current.save(update_fields=["revoked_at"])
        _record(actor, current, "status.unshared")
    return current


def count_use(link: SharedLink) -> None:
    """Write down that it was opened."""
    SharedLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1, last_used_at=timezone.now())


def _record(actor: User, link: SharedLink, verb: str) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="product",
        object_id=link.product_id,
        label=f"{link.product.key} link {link.pk}",
        product=link.product.key,
        after={"link": link.pk, "expires_at": link.expires_at, "since": link.since, "as_of": link.as_of},
    )
