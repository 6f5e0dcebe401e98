"""The rows of a push, read and written in bulk: COPY into a temporary table, then one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection

from evaluations.importers.results import PushedResult
from evaluations.models import Run
from evaluations.scorers.types import Scored

MAX_ERROR = 300
MAX_LABEL = 120

Place = tuple[int, int]
"""Case id and repeat."""
StoredScore = tuple[float, float, str, str]
"""Numerator, denominator, label, rationale."""
AnswerRow = tuple[str, str, str, float | None, int | None, int | None, int | None]
"""SHA-256 of the output, error class, error, latency, tokens in, out and cached."""


@dataclass(frozen=True)
class Line:
    """One line that may be stored. digest: SHA-256 of its output, empty without one."""

    number: int
    place: Place
    result: PushedResult
    digest: str

    @property
    def is_missing(self) -> bool:
        return self.result.error is not None and self.result.error.kind == "infrastructure"

    @property
    def error(self) -> str:
        return self.result.error.message[:MAX_ERROR] if self.result.error else ""

    @cached_property
    def row(self) -> AnswerRow:
        usage = self.result.usage
        return (
            self.digest,
            "model" if self.result.error else "",
            self.error,
            self.result.latency_ms,
            usage.get("input"),
            usage.get("output"),
            usage.get("cached"),
        )


@dataclass
class Answer:
    """What is stored for a sample; scores by scorer version."""

    row: AnswerRow
    scores: dict[int, StoredScore] = field(default_factory=dict)


def score_row(scored: Scored) -> StoredScore:
    return (scored.numerator, scored.denominator, scored.label[:MAX_LABEL], scored.rationale)


def sample_states(run: Run, lines: Sequence[Line]) -> dict[Place, tuple[str, str]]:
    """State and error of the samples the lines speak of. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, repeat, state, error FROM evaluations_workitem WHERE run_id = %s AND case_id = ANY(%s)",
            [run.pk, _case_ids(lines)],
        )
        return {(case_id, repeat): (state, error) for case_id, repeat, state, error in cursor.fetchall()}


def stored_answers(run: Run, lines: Sequence[Line]) -> dict[Place, Answer]:
    """Responses and their scores of the samples the lines speak of. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT response.id, case_id, repeat, COALESCE(blob.sha256, ''), error_class, error, latency_ms,
                input_tokens, output_tokens, cached_tokens
            FROM evaluations_response AS response LEFT JOIN evaluations_blob AS blob ON blob.id = output_id
            WHERE run_id = %s AND case_id = ANY(%s)
            """,
            [run.pk, _case_ids(lines)],
        )
        rows = cursor.fetchall()
        by_id = {row[0]: Answer(tuple(row[3:])) for row in rows}
        cursor.execute(
            """
            SELECT response_id, scorer_version_id, numerator, denominator, label, rationale
            FROM evaluations_score WHERE response_id = ANY(%s)
            """,
            [list(by_id)],
        )
        for response_id, scorer_id, *score in cursor.fetchall():
            by_id[response_id].scores[scorer_id] = tuple(score)
    return {(row[1], row[2]): by_id[row[0]] for row in rows}


def copy_responses(run: Run, lines: Iterable[Line], blobs: Mapping[str, int]) -> None:
    """Insert the lines' answers. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE pushed_response (case_id bigint, repeat smallint, output_id bigint, error_class text,"
            " error text, latency_ms double precision, input_tokens int, output_tokens int, cached_tokens int)"
        )
        with cursor.copy("COPY pushed_response FROM STDIN") as copy:
            for line in lines:
                copy.write_row((*line.place, blobs.get(line.digest), *line.row[1:]))
        cursor.execute(
            """
            INSERT INTO evaluations_response (run_id, case_id, repeat, output_id, finish_reason, error_class, error,
                truncated, latency_ms, input_tokens, output_tokens, cached_tokens, created_at)
            SELECT %s, case_id, repeat, output_id, '', error_class, error,
                false, latency_ms, input_tokens, output_tokens, cached_tokens, now()
            FROM pushed_response
            ON CONFLICT DO NOTHING
            """,
            [run.pk],
        )
        cursor.execute("DROP TABLE pushed_response")


def copy_scores(run: Run, lines: Sequence[Line], scorer_ids: Mapping[str, int]) -> None:
    """Insert the lines' own scores; their answers are there. Inside a transaction."""
    if not any(line.result.scores for line in lines):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE pushed_score (case_id bigint, repeat smallint, scorer_id bigint, num double precision,"
            " den double precision, label text, rationale text)"
        )
        with cursor.copy("COPY pushed_score FROM STDIN") as copy:
            for line in lines:
                for slug, scored in line.result.scores.items():
                    copy.write_row((*line.place, scorer_ids[slug], *score_row(scored)))
        cursor.execute(
            """
            INSERT INTO evaluations_score
                (response_id, scorer_version_id, numerator, denominator, label, rationale, parsed, expected)
            SELECT response.id, pushed.scorer_id, pushed.num, pushed.den, pushed.label, pushed.rationale, true, ''
            FROM pushed_score AS pushed
            JOIN evaluations_response AS response
                ON response.run_id = %s AND response.case_id = pushed.case_id AND response.repeat = pushed.repeat
            ON CONFLICT DO NOTHING
            """,
            [run.pk],
        )
        cursor.execute("DROP TABLE pushed_score")


def finish_items(run: Run, lines: Sequence[Line]) -> None:
    """The samples of the lines are done, or failed where the line says their infrastructure did. One query."""
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE evaluations_workitem AS item
            SET state = CASE WHEN pushed.missing THEN 'failed' ELSE 'done' END,
                error_class = CASE WHEN pushed.missing THEN 'infrastructure' ELSE '' END, error = pushed.error
            FROM unnest(%s::bigint[], %s::int[], %s::boolean[], %s::text[]) AS pushed(case_id, repeat, missing, error)
            WHERE item.run_id = %s AND item.case_id = pushed.case_id AND item.repeat = pushed.repeat
            """,
            [
                [line.place[0] for line in lines],
                [line.place[1] for line in lines],
                [line.is_missing for line in lines],
                [line.error if line.is_missing else "" for line in lines],
                run.pk,
            ],
        )


def _case_ids(lines: Sequence[Line]) -> list[int]:
    return sorted({line.place[0] for line in lines})
