"""Many new rows in one statement: an array for each column instead of a parameter for each value."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def insert_rows(
    rows: Sequence[Model], *, returning: Sequence[str] = (), ignore_conflicts: bool = False
) -> list[tuple[Any, ...]]:
    """Insert unsaved rows of one model, for a quarter of the work of `bulk_create` with thousands. One query, none for none.

    returning: columns to answer with for each row, in no order. A column that holds the same in all rows is sent once.
    Raises what the database refuses, as `bulk_create` does.
    """
    if not rows:
        return []
    names, chosen, scalars = [], [], []
    arrays: list[str] = ["%s::int[]"]
    values: list[Any] = [list(range(len(rows)))]
    for field in rows[0]._meta.concrete_fields:
        if field.primary_key:
            continue
        names.append(field.column)
        if getattr(field, "auto_now_add", False):
            chosen.append("now()")
            continue
        found = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        if all(value == found[0] for value in found):
            chosen.append(f"%s::{_type(field)}")
            scalars.append(found[0])
        else:
            chosen.append(f"fresh.{field.column}")
            arrays.append(f"%s::{_type(field)}[]")
            values.append(found)
    fresh = ["place", *(name.removeprefix("fresh.") for name in chosen if name.startswith("fresh."))]
    statement = (
        f"INSERT INTO {rows[0]._meta.db_table} ({', '.join(names)}) SELECT {', '.join(chosen)}"
        f" FROM unnest({', '.join(arrays)}) AS fresh ({', '.join(fresh)}) ORDER BY fresh.place"
    )
    if ignore_conflicts:
        statement += " ON CONFLICT DO NOTHING"
    if returning:
        statement += f" RETURNING {', '.join(returning)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*scalars, *values])
        return cursor.fetchall() if returning else []


def _type(field: "Field[Any, Any]") -> str:
    """The column's type without its length: a cast to that would cut a value where the column refuses it."""
    return str(field.db_type(connection)).partition("(")[0]
