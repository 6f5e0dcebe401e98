import json
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.core.serializers.json import DjangoJSONEncoder

from config.people import via as doors
from config.people.models import AuditEntry, User

SECRET_WORDS = ("password", "secret", "digest", "token", "authorization", "cookie", "api_key")


def _safe(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values as JSON, without anything whose name says it is a secret."""
    kept = {
        name: value
        for name, value in (values or {}).items()
        if not any(word in name.lower() for word in SECRET_WORDS)
    }
    cleaned: dict[str, Any] = json.loads(json.dumps(kept, cls=DjangoJSONEncoder))
    return cleaned


class Details(TypedDict, total=False):
    """What an entry may say beside who did what to which kind of thing.

    label: what people call the thing; never a person's name, which an erasure could not remove from a trail
    that nobody may change. product: key of its product. via: the door, else the one the request came through.
    """

    object_id: object
    label: str
    product: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    via: str | None


def record(*, actor: User | None, verb: str, noun: str, **details: Unpack[Details]) -> AuditEntry:
    """Write down who did what, in the caller's transaction, so that entry and change stand or fall together.

    actor: None for the machine itself. verb: e.g. requirement.approved. Secrets are dropped by their names.
    """
    return AuditEntry.objects.create(
        actor=actor,
        verb=verb,
        noun=noun,
        object_id=str(details.get("object_id", ""))[:40],
        label=details.get("label", "")[:200],
        product=details.get("product", ""),
        before=_safe(details.get("before")),
        after=_safe(details.get("after")),
        via=details.get("via") or doors.current(),
    )
