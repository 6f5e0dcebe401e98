"""The PostgreSQL extension that search needs, and what to do where it cannot be made."""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.core.management.base import CommandError
from django.db.utils import DatabaseError

MISSING = (
    "Search needs PostgreSQL's extension pg_trgm, which could not be made in this database ({reason}). "
    "Let an administrator of the server run CREATE EXTENSION pg_trgm in it (Debian: package postgresql-contrib), then try again."
)


class Trigrams(TrigramExtension):
    """`CREATE EXTENSION pg_trgm`; nothing where it is there. Raises CommandError with what to do."""

    def database_forwards(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().database_forwards(*args, **kwargs)
        except DatabaseError as error:
            raise CommandError(MISSING.format(reason=str(error).strip().splitlines()[0])) from error
