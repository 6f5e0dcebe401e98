"""The database refuses changes to what verdicts rest on: one generator of small triggers.

Migrations call `operations()` for the rules of `evaluations.models.FROZEN` and `capabilities.models.FROZEN`. TRUNCATE stays possible,
so a test flush works. A migration that must backfill a frozen table wraps its statements with `thawed`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations.special import RunSQL


@dataclass(frozen=True)
class Frozen:
    """Rows of `table` may not change or go while `when` holds of the old row.

    when: SQL over OLD, "" = always. mutable: columns that may still change. children: (table, foreign key column) whose rows may not be
    inserted, changed or deleted while `when` holds of their parent. deletable: the row may go, only changes are refused. guard: SQL over
    OLD and NEW that an update of a frozen row must satisfy as well, e.g. which state may follow which. born_with: (table, foreign key
    column) whose rows may be inserted only in the transaction that made their parent.
    """

    table: str
    when: str = ""
    mutable: tuple[str, ...] = ()
    children: tuple[tuple[str, str], ...] = field(default=())
    deletable: bool = False
    guard: str = ""
    born_with: tuple[tuple[str, str], ...] = field(default=())


def _row_function(rule: Frozen) -> str:
    condition = rule.when or "TRUE"
    dropped = "".join(f" - '{column}'" for column in rule.mutable)
    delete = (
        "RETURN OLD;"
        if rule.deletable
        else f"RAISE EXCEPTION '{rule.table} is frozen: rows cannot be deleted' USING ERRCODE = '23514';"
    )
    return f"""
CREATE OR REPLACE FUNCTION freeze_{rule.table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ({condition}) THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN {delete} END IF;
  IF (to_jsonb(OLD){dropped}) IS DISTINCT FROM (to_jsonb(NEW){dropped}) THEN
    RAISE EXCEPTION '{rule.table} is frozen: what a verdict rests on never changes' USING ERRCODE = '23514';
  END IF;
  IF NOT ({rule.guard or "TRUE"}) THEN
    RAISE EXCEPTION '{rule.table} is frozen: this change of state is not allowed' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER freeze_{rule.table} BEFORE UPDATE OR DELETE ON {rule.table}
FOR EACH ROW EXECUTE FUNCTION freeze_{rule.table}();"""


def _child_function(rule: Frozen, child: str, column: str) -> str:
    condition = (rule.when or "TRUE").replace("OLD.", "parent.")
    return f"""
CREATE OR REPLACE FUNCTION freeze_{child}_under_{rule.table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parent {rule.table}%ROWTYPE;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    SELECT * INTO parent FROM {rule.table} WHERE id = OLD.{column} FOR SHARE;
    IF FOUND AND ({condition}) THEN
      RAISE EXCEPTION '{child} belongs to a frozen {rule.table}' USING ERRCODE = '23514';
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    SELECT * INTO parent FROM {rule.table} WHERE id = NEW.{column} FOR SHARE;
    IF FOUND AND ({condition}) THEN
      RAISE EXCEPTION '{child} belongs to a frozen {rule.table}' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER freeze_{child}_under_{rule.table} BEFORE INSERT OR UPDATE OR DELETE ON {child}
FOR EACH ROW EXECUTE FUNCTION freeze_{child}_under_{rule.table}();"""


def _birth_function(rule: Frozen, child: str, column: str) -> str:
    # A parent that is visible while the transaction that wrote it is in progress was written by this very transaction (or a savepoint
    # of it, which has an id of its own). Ids too old to be known have no status.
    return f"""
CREATE OR REPLACE FUNCTION freeze_{child}_with_{rule.table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  epoch bigint := (pg_current_xact_id()::text::bigint >> 32) << 32;
  made bigint;
BEGIN
  SELECT xmin::text::bigint INTO made FROM {rule.table} WHERE id = NEW.{column};
  IF FOUND AND pg_xact_status((epoch + made)::text::xid8) IS DISTINCT FROM 'in progress' THEN
    RAISE EXCEPTION '{child} is written together with its {rule.table} or never' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER freeze_{child}_with_{rule.table} BEFORE INSERT ON {child}
FOR EACH ROW EXECUTE FUNCTION freeze_{child}_with_{rule.table}();"""


def statements(rules: Iterable[Frozen]) -> str:
    """The SQL that creates every trigger of the rules."""
    parts: list[str] = []
    for rule in rules:
        parts.append(_row_function(rule))
        parts.extend(_child_function(rule, child, column) for child, column in rule.children)
        parts.extend(_birth_function(rule, child, column) for child, column in rule.born_with)
    return "\n".join(parts)


def removal(rules: Iterable[Frozen]) -> str:
    """The SQL that drops every trigger of the rules."""
    parts: list[str] = []
    for rule in rules:
        parts.append(f"DROP FUNCTION IF EXISTS freeze_{rule.table}() CASCADE;")
        parts.extend(
            f"DROP FUNCTION IF EXISTS freeze_{child}_under_{rule.table}() CASCADE;"
            for child, _ in rule.children
        )
        parts.extend(
            f"DROP FUNCTION IF EXISTS freeze_{child}_with_{rule.table}() CASCADE;"
            for child, _ in rule.born_with
        )
    return "\n".join(parts)


def operations(rules: Sequence[Frozen]) -> list[RunSQL]:
    """Migration operations for the rules; reversible."""
    return [RunSQL(statements(rules), removal(rules))]


@contextmanager
def thawed(*tables: str) -> Iterator[None]:
    """Inside a transaction, let a migration backfill frozen tables; triggers come back before it commits."""
    with connection.cursor() as cursor:
        for table in tables:
            _switch(cursor, table, "DISABLE")
        yield
        for table in tables:
            _switch(cursor, table, "ENABLE")


def _switch(cursor: CursorWrapper, table: str, to: str) -> None:
    """Only the triggers made here: those that mark what is derived must see a backfill too."""
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'freeze\\_%%'", [table]
    )
    for (trigger,) in cursor.fetchall():
        quoted = connection.ops.quote_name
        cursor.execute(f"ALTER TABLE {quoted(table)} {to} TRIGGER {quoted(trigger)}")
