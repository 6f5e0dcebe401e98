"""What happens that people are told of; migrations make the triggers from this list.

A trigger writes a Happening with the row it speaks of, whoever wrote that: the ORM, the admin or psql.
"""

from dataclasses import dataclass

from django.db.migrations.operations.special import RunSQL

TABLE = "capabilities_happening"
# Of all deeds of the trail only these are anybody's news; `services.deeds.TOLD` says in which words.
TELLING = (
    "requirement.submitted",
    "requirement.approved",
    "requirement.sent_back",
    "requirement.deferred",
    "requirement.rejected",
    "requirement.retired",
    "requirement.reopened",
    "requirement.answered",
    "requirement.revision_opened",
    "review.requested",
    "review.approve",
    "review.changes",
    "review.decline",
    "review.withdrawn",
    "waiver.given",
    "waiver.revoked",
    "comment.made",
    "comment.replied",
    "comment.edited",
    "comment.answered",
    "comment.resolved",
    "comment.reopened",
    "baseline.created",
    "baseline.closed",
    "release.signed",
    "release.withdrawn",
)


@dataclass(frozen=True)
class Told:
    """Rows of `table` that come, or whose `column` is filled, and of which `when` holds, are told of."""

    source: str
    table: str
    when: str = "TRUE"
    filled: str = ""
    subject: str = "id"


TOLD = (
    Told("deed", "people_auditentry", f"verb IN {TELLING}"),
    Told("verdict", "capabilities_verdict", "outcome IN ('met', 'not_met') AND NOT pending_confirmation"),
    Told("recheck", "capabilities_standing", "freshness = 'needs_recheck'", subject="requirement_id"),
    Told("model", "evaluations_modelevent", "kind <> 'registered'"),
    Told("round", "evaluations_round", "finished_at IS NOT NULL", filled="finished_at"),
)


def _statement(told: Told) -> str:
    name = f"told_of_{told.table}"
    event = "UPDATE" if told.filled else "INSERT"
    insertion = f"INSERT INTO {TABLE} (source, source_id) SELECT DISTINCT '{told.source}', changed.{told.subject} FROM"
    if told.filled:
        body = f"{insertion} changed JOIN earlier USING (id) WHERE earlier.{told.filled} IS NULL AND changed.{told.when};"
        tables = "OLD TABLE AS earlier NEW TABLE AS changed"
    else:
        body, tables = f"{insertion} changed WHERE {told.when};", "NEW TABLE AS changed"
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {body}
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {told.table} REFERENCING {tables}
FOR EACH STATEMENT EXECUTE FUNCTION {name}();"""


def told_of(*sources: str) -> list[RunSQL]:
    """Migration operations for these sources; reversible."""
    made, gone = _made_and_gone(sources)
    return [RunSQL(made, gone)]


def told_anew_of(*sources: str) -> list[RunSQL]:
    """Migration operations for sources whose line here changed after their triggers were made."""
    made, gone = _made_and_gone(sources)
    return [RunSQL(gone + made, gone + made)]


def _made_and_gone(sources: tuple[str, ...]) -> tuple[str, str]:
    wanted = [told for told in TOLD if told.source in sources]
    gone = (f"DROP FUNCTION IF EXISTS told_of_{told.table}() CASCADE;" for told in wanted)
    return "\n".join(map(_statement, wanted)), "\n".join(gone)
