"""Cases beside each other in two to eight runs: which are wanted by who was right, and what every run's tries left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from evaluations.models import Case, DatasetVersionCase, Run, ScorerVersion, WorkItem
from evaluations.queries.case_filters import SLACK
from evaluations.queries.case_rows import Try, tries_of
from evaluations.queries.media import attachments_of
from evaluations.queries.vectors import Slice

DECIDED = "NOT missing AND NOT flaky"
OPEN = {"flaky": "NOT missing AND flaky", "errored": "errored", "missing": "missing"}
OF_TWO = {
    "": "true",
    "won": f"{DECIDED} AND ours AND theirs = 0",
    "lost": f"{DECIDED} AND NOT ours AND theirs > 0",
    "flipped": f"{DECIDED} AND ours <> (theirs > 0)",
    "both_right": f"{DECIDED} AND ours AND theirs > 0",
    "both_wrong": f"{DECIDED} AND NOT ours AND theirs = 0",
    **OPEN,
}
OF_MANY = {
    "": "true",
    "only_we": f"{DECIDED} AND ours AND theirs = 0",
    "behind": f"{DECIDED} AND NOT ours AND theirs > 0",
    "differ": f"{DECIDED} AND NOT (ours AND theirs = others) AND (ours OR theirs > 0)",
    "everybody": f"{DECIDED} AND ours AND theirs = others",
    "nobody": f"{DECIDED} AND NOT ours AND theirs = 0",
    **OPEN,
}


@dataclass(frozen=True)
class Columns:
    """Runs side by side, ours first, each with the version of the scorer that marks it. part: only the cases of a slice."""

    runs: Sequence[Run]
    scorers: Sequence[ScorerVersion]
    part: Slice | None = None

    @property
    def shows(self) -> Mapping[str, str]:
        """Names of what may be shown, each with its condition. Everything but all, changed and model error is a part of the whole."""
        return OF_TWO if len(self.runs) == 2 else OF_MANY


@dataclass(frozen=True)
class ColumnsRow:
    """A case with the tries of each run. cursor: `after` of the next page. input, target: None where they may not be read."""

    cursor: int
    key: str
    hash: str
    slices: Mapping[str, str]
    input: Any
    target: Any
    tries: Sequence[Sequence[Try]]
    media: Sequence[tuple[str, str | None]] = ()


def column_counts(columns: Columns) -> dict[str, int]:
    """How many cases that all the runs were given each way of showing finds, by name. One query."""
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in columns.shows.values())
    with connection.cursor() as cursor:
        cursor.execute(f"{_cases(columns)} SELECT {counts} FROM cases", _values(columns))
        return dict(zip(columns.shows, cursor.fetchone(), strict=True))


def column_rows(
    columns: Columns, show: str = "", after: int = 0, limit: int = 20, *, content: bool
) -> list[ColumnsRow]:
    """A page of cases in the first run's order, with the first output of each run. Six queries, however many cases and runs.

    One more where cases have attachments.
    """
    return _loaded(columns, _page(columns, show, after, limit), content=content)


def column_row(columns: Columns, key: str, *, content: bool) -> ColumnsRow | None:
    """One case by its key in the first run's dataset version, None unless every run was given it. Seven queries."""
    version = columns.runs[0].evaluation_version.dataset_version_id
    case_id = (
        DatasetVersionCase.objects.filter(version=version, key=key).values_list("case", flat=True).first()
    )
    given = WorkItem.objects.filter(run__in=columns.runs, case=case_id).values("run").distinct().count()
    places = [(0, case_id)] if case_id and given == len(columns.runs) else []
    rows = _loaded(columns, places, content=content)
    return rows[0] if rows else None


def neighbours(columns: Columns, show: str, key: str) -> tuple[str, str]:
    """The keys before and after a case among those that are shown; empty at the ends, and for a case that is not among them. One query."""
    condition = columns.shows.get(show, "true")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_cases(columns)}, shown AS (SELECT one.key, lag(one.key) OVER (ORDER BY place) AS before,"
            " lead(one.key) OVER (ORDER BY place) AS after FROM cases"
            f" JOIN evaluations_case AS one ON one.id = cases.case_id WHERE {condition})"
            " SELECT before, after FROM shown WHERE key = %(key)s",
            {**_values(columns), "key": key},
        )
        before, after = cursor.fetchone() or ("", "")
    return before or "", after or ""


def _loaded(columns: Columns, places: Sequence[tuple[int, int]], *, content: bool) -> list[ColumnsRow]:
    case_ids = [case_id for _, case_id in places]
    cases = (Case.objects.select_related("content") if content else Case.objects).in_bulk(case_ids)
    tries = tries_of(columns.runs, case_ids, content=content, first_output_only=True)
    media = attachments_of(cases.values()) if content else {}
    rows = [_row(cursor, cases[case_id], columns, tries, content=content) for cursor, case_id in places]
    return [
        replace(row, media=media.get(case_id, ())) for row, (_, case_id) in zip(rows, places, strict=True)
    ]


def _row(
    cursor: int,
    case: Case,
    columns: Columns,
    tries: Mapping[tuple[int, int], Sequence[Try]],
    *,
    content: bool,
) -> ColumnsRow:
    body = case.body if content else {}
    return ColumnsRow(
        cursor=cursor,
        key=case.key,
        hash=case.hash,
        slices=case.slices,
        input=body.get("input"),
        target=body.get("target"),
        tries=[tries.get((run.pk, case.pk), ()) for run in columns.runs],
    )


def _page(columns: Columns, show: str, after: int, limit: int) -> list[tuple[int, int]]:
    """(cursor, case id); an unknown name shows all."""
    condition = columns.shows.get(show, "true")
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_cases(columns)} SELECT place, case_id FROM cases"
            f" WHERE place > %(after)s AND ({condition}) ORDER BY place LIMIT %(limit)s",
            {**_values(columns), "after": after, "limit": limit},
        )
        return [(place, case_id) for place, case_id in cursor.fetchall()]


# Work items are written in the order they are asked, the dataset's or by lot, so the first id of a case is its place.
CASES = """
WITH chosen AS (
    SELECT * FROM unnest(%(runs)s::bigint[], %(scorers)s::bigint[], %(marks)s::float8[], %(higher)s::bool[])
        AS chosen(run_id, scorer_id, mark, higher)
), tries AS (
    SELECT item.run_id, item.case_id, item.id AS item_id, score.id AS score_id,
        item.state IN ('pending', 'leased') AS waiting, COALESCE(response.error_class <> '', false) AS errored,
        CASE WHEN score.id IS NULL THEN NULL
            WHEN chosen.higher THEN COALESCE(score.numerator / NULLIF(score.denominator, 0) >= chosen.mark - {slack}, score.numerator = 0)
            ELSE COALESCE(score.numerator / NULLIF(score.denominator, 0) <= chosen.mark + {slack}, score.numerator = 0) END AS good
    FROM chosen JOIN evaluations_workitem AS item ON item.run_id = chosen.run_id AND item.state <> 'not_needed'
    {slice}
    LEFT JOIN evaluations_response AS response ON response.run_id = item.run_id
        AND response.case_id = item.case_id AND response.repeat = item.repeat
    LEFT JOIN evaluations_score AS score ON score.response_id = response.id AND score.scorer_version_id = chosen.scorer_id
), sides AS (
    SELECT run_id, case_id, min(item_id) AS place, count(score_id) = 0 AND NOT bool_or(waiting) AS missing,
        COALESCE(bool_or(good) AND bool_or(NOT good), false) AS flaky, COALESCE(bool_or(good), false) AS good,
        bool_or(errored) AS errored
    FROM tries GROUP BY run_id, case_id
), cases AS (
    SELECT case_id, min(place) FILTER (WHERE run_id = %(first)s) AS place, bool_or(missing) AS missing,
        bool_or(flaky) AS flaky, bool_or(errored) AS errored, bool_or(good) FILTER (WHERE run_id = %(first)s) AS ours,
        count(*) FILTER (WHERE good AND run_id <> %(first)s) AS theirs, count(*) - 1 AS others
    FROM sides GROUP BY case_id HAVING count(*) = %(columns)s
)
"""
IN_SLICE = "JOIN evaluations_case AS sliced ON sliced.id = item.case_id AND sliced.slices ->> %(slice)s = %(slice_value)s"


def _cases(columns: Columns) -> str:
    return CASES.format(slack=SLACK, slice=IN_SLICE if columns.part else "")


def _values(columns: Columns) -> dict[str, Any]:
    name, value = columns.part or ("", "")
    return {
        "runs": [run.pk for run in columns.runs],
        "scorers": [scorer.pk for scorer in columns.scorers],
        "marks": [scorer.pass_mark for scorer in columns.scorers],
        "higher": [scorer.direction == ScorerVersion.Direction.HIGHER for scorer in columns.scorers],
        "first": columns.runs[0].pk,
        "columns": len(columns.runs),
        "slice": name,
        "slice_value": value,
    }
