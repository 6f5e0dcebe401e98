"""Requests that carry the same key take turns, so that the later one finds what the earlier one made."""

from django.db import connection

from config.people.models import User


def take_turn(actor: User | None, key: str) -> None:
    """Wait until no other transaction of this person with this key is open; ours holds it to its end. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.pk if actor else ''}/{key}"]
        )
