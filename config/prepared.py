"""Statements that run many times a second: the database plans them once a connection and is sent their values apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """A cursor for statements whose text never changes; a value whose type does not follow from its place needs a cast.

    With PLUMBLINE_PGBOUNCER, where the next statement may meet another connection, they are planned each time as all others are.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection._prepare_cursor(psycopg.Cursor(connection.connection)) as cursor:  # type: ignore[attr-defined]
        yield cursor
