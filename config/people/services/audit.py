import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

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


@dataclass(frozen=True)
class Alike:
    """Things that the same happened to. things: id and label of each."""

    things: Sequence[tuple[object, str]]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


# Ten thousand entries with few different values: the values are sent once each.
RECORD_MANY = """
INSERT INTO people_auditentry (at, actor_id, via, verb, noun, object_id, label, product, before, after)
SELECT %s, %s, %s, %s, %s, left(thing ->> 0, 40), left(thing ->> 1, 200), %s, alike.before, alike.after
FROM jsonb_to_recordset(%s::jsonb) AS alike (things jsonb, before jsonb, after jsonb)
CROSS JOIN LATERAL jsonb_array_elements(alike.things) AS thing
"""


def record_many(*, actor: User | None, verb: str, noun: str, product: str, alike: Iterable[Alike]) -> None:
    """`record` for a change of many things of one product at once. One query."""
    said = [
        {
            "things": [(str(pk), label) for pk, label in one.things],
            "before": _safe(one.before),
            "after": _safe(one.after),
        }
        for one in alike
    ]
    about = (timezone.now(), actor.pk if actor else None, doors.current(), verb, noun, product)
    with connection.cursor() as cursor:
        cursor.execute(RECORD_MANY, [*about, json.dumps(said)])
