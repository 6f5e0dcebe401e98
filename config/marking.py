"""The database marks what is derived from a row as due for another look: one generator of small triggers.

Whoever writes a source, through the ORM, the admin or psql, leaves a mark with it, in the same transaction. A migration calls
`operations()` for the sources of `capabilities.models.MARKED`.

Marks are plain inserts, never one row a target: a reader deletes exactly the marks it read, so a mark written meanwhile stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.migrations.operations.special import RunSQL


@dataclass(frozen=True)
class Source:
    """A change of `table` makes what `targets` selects due.

    targets: SQL that selects one id, over `changed`: the rows as they are or, after a change, as they were and are. columns: an update
    counts only when one of these changed; empty means any update does.
    """

    table: str
    targets: str
    columns: tuple[str, ...] = ()


def _insertion(source: Source, marks: str, column: str) -> str:
    return f"INSERT INTO {marks} ({column}) SELECT DISTINCT found.id FROM ({source.targets}) AS found (id) WHERE found.id IS NOT NULL;"


def _name(source: Source, marks: str) -> str:
    """Short enough for PostgreSQL, which would cut the ending that tells the triggers of a table apart."""
    return f"{marks.rpartition('_')[2]}_{source.table}"


def _functions(source: Source, marks: str, column: str) -> str:
    name, insertion = _name(source, marks), _insertion(source, marks, column)
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {insertion}
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION {name}_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH changed AS (SELECT NEW.* UNION ALL SELECT OLD.*)
  {insertion}
  RETURN NULL;
END $$;"""


def _triggers(source: Source, marks: str) -> str:
    # Many rows come and go in one statement, so these look at all of them at once. An update is looked at row by row, since only then
    # PostgreSQL can leave out, without running anything, the many that change nothing of interest.
    name = _name(source, marks)
    columns = source.columns or ("*",)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
CREATE TRIGGER {name}_insert AFTER INSERT ON {source.table} REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_delete AFTER DELETE ON {source.table} REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_change AFTER UPDATE ON {source.table}
FOR EACH ROW WHEN (ROW({old}) IS DISTINCT FROM ROW({new})) EXECUTE FUNCTION {name}_change();"""


def statements(sources: Iterable[Source], marks: str, column: str) -> str:
    """The SQL that creates every trigger of the sources; marks, column: the table of marks and its reference to what is due."""
    return "\n".join(_functions(source, marks, column) + _triggers(source, marks) for source in sources)


def removal(sources: Iterable[Source], marks: str) -> str:
    """The SQL that drops every trigger of the sources."""
    names = (_name(source, marks) for source in sources)
    return "\n".join(
        f"DROP FUNCTION IF EXISTS {name}() CASCADE; DROP FUNCTION IF EXISTS {name}_change() CASCADE;"
        for name in names
    )


def operations(sources: Sequence[Source], marks: str, column: str) -> list[RunSQL]:
    """Migration operations for the sources; reversible."""
    return [RunSQL(statements(sources, marks, column), removal(sources, marks))]


def again(sources: Sequence[Source], marks: str, column: str) -> list[RunSQL]:
    """Migration operations that make the sources' triggers anew, as they are written now."""
    both = removal(sources, marks) + statements(sources, marks, column)
    return [RunSQL(both, both)]
