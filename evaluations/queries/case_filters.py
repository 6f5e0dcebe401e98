"""Which cases of a run are wanted, by what became of all their tries, alone or beside another run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from evaluations.models import FailureMode, Run, ScorerVersion
from evaluations.queries.vectors import Slice

SLACK = 1e-12
ALONE = {
    "": "true",
    "failed": "NOT ours.missing AND ours.passed = 0",
    "passed": "NOT ours.missing AND ours.passed = ours.scored",
    "flaky": "ours.flaky",
    "errored": "ours.errored",
    "missing": "ours.missing",
    "unparsed": "ours.unparsed",
    "truncated": "ours.truncated",
}
EACH_DECIDED = "NOT (ours.missing OR theirs.missing OR ours.flaky OR theirs.flaky)"
BESIDE = {
    "": "true",
    "won": f"{EACH_DECIDED} AND ours.passed > 0 AND theirs.passed = 0",
    "lost": f"{EACH_DECIDED} AND ours.passed = 0 AND theirs.passed > 0",
    "both_right": f"{EACH_DECIDED} AND ours.passed > 0 AND theirs.passed > 0",
    "both_wrong": f"{EACH_DECIDED} AND ours.passed = 0 AND theirs.passed = 0",
    "flaky": "NOT (ours.missing OR theirs.missing) AND (ours.flaky OR theirs.flaky)",
    "errored": "ours.errored OR theirs.errored",
    "missing": "ours.missing OR theirs.missing",
}


@dataclass(frozen=True)
class CaseFilter:
    """Cases of `run` as `scorer` sees them, `part` of them only. other, other_scorer: the run set beside it.

    mode: only cases whose answers in `run` were labelled so; unlabelled: only those without any label.
    """

    run: Run
    scorer: ScorerVersion
    other: Run | None = None
    other_scorer: ScorerVersion | None = None
    part: Slice | None = None
    mode: FailureMode | None = None
    unlabelled: bool = False

    @property
    def shows(self) -> Mapping[str, str]:
        """Names of what may be shown, each with its condition."""
        return BESIDE if self.other else ALONE


def case_counts(wanted: CaseFilter) -> dict[str, int]:
    """How many cases each way of showing finds, by name. Right, wrong, flaky and missing add up to all. One query."""
    shows = wanted.shows
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in shows.values())
    with connection.cursor() as cursor:
        cursor.execute(f"{_sides(wanted)} SELECT {counts} FROM {_joined(wanted)}", _values(wanted))
        return dict(zip(shows, cursor.fetchone(), strict=True))


def case_page(wanted: CaseFilter, show: str, after: int, limit: int) -> list[tuple[int, int]]:
    """(cursor, case id) of the cases after a cursor, in the dataset's order. Unknown names show all. One query."""
    condition = wanted.shows.get(show, "true")
    values = {**_values(wanted), "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_sides(wanted)} SELECT ours.place, case_id FROM {_joined(wanted)}"
            f" WHERE ours.place > %(after)s AND ({condition}) ORDER BY ours.place LIMIT %(limit)s",
            values,
        )
        return [(place, case_id) for place, case_id in cursor.fetchall()]


def case_ids(wanted: CaseFilter, show: str, limit: int) -> list[int]:
    """The cases found, at most `limit`. One query."""
    return [case_id for _, case_id in case_page(wanted, show, 0, limit)]


# Work items are written in the order they are asked, the dataset's or by lot, so the first id of a case is its place.
SIDE = """
{side} AS (
    SELECT case_id, min(item_id) AS place, count(score_id) AS scored, count(*) FILTER (WHERE good) AS passed,
        count(score_id) = 0 AND NOT bool_or(waiting) AS missing,
        bool_or(good) AND bool_or(NOT good) AS flaky,
        bool_or(errored) AS errored, bool_or(unparsed) AS unparsed, bool_or(truncated) AS truncated
    FROM (
        SELECT item.case_id, item.id AS item_id, score.id AS score_id, item.state IN ('pending', 'leased') AS waiting,
            CASE WHEN score.id IS NULL THEN NULL ELSE COALESCE(
                score.numerator / NULLIF(score.denominator, 0) {better}, score.numerator = 0) END AS good,
            COALESCE(response.error_class <> '', false) AS errored, COALESCE(NOT score.parsed, false) AS unparsed,
            COALESCE(response.truncated, false) AS truncated
        FROM evaluations_workitem AS item
        {slice}
        LEFT JOIN evaluations_response AS response ON response.run_id = item.run_id
            AND response.case_id = item.case_id AND response.repeat = item.repeat
        LEFT JOIN evaluations_score AS score
            ON score.response_id = response.id AND score.scorer_version_id = %({side}_scorer)s
        WHERE item.run_id = %({side}_run)s AND item.state <> 'not_needed' {labels}
    ) AS {side}_tries
    GROUP BY case_id
)
"""
IN_SLICE = "JOIN evaluations_case AS sliced ON sliced.id = item.case_id AND sliced.slices ->> %(slice)s = %(slice_value)s"

LABELLED = """
JOIN evaluations_samplelabel AS labelled ON labelled.case_id = item.case_id AND labelled.run_id = %(ours_run)s
    AND labelled.mode_id = %(mode)s
"""
NOT_LABELLED = """AND NOT EXISTS (
    SELECT 1 FROM evaluations_samplelabel AS label WHERE label.run_id = %(ours_run)s AND label.case_id = item.case_id
)"""


def _sides(wanted: CaseFilter) -> str:
    sides = {"ours": wanted.scorer}
    if wanted.other:
        sides["theirs"] = wanted.other_scorer or wanted.scorer
    part = (IN_SLICE if wanted.part else "") + (LABELLED if wanted.mode else "")
    labels = NOT_LABELLED if wanted.unlabelled else ""
    return "WITH " + ", ".join(
        SIDE.format(side=side, slice=part, labels=labels, better=_better(side, scorer))
        for side, scorer in sides.items()
    )


def _better(side: str, scorer: ScorerVersion) -> str:
    if scorer.direction == ScorerVersion.Direction.HIGHER:
        return f">= %({side}_mark)s - {SLACK}"
    return f"<= %({side}_mark)s + {SLACK}"


def _joined(wanted: CaseFilter) -> str:
    return "ours JOIN theirs USING (case_id)" if wanted.other else "ours"


def _values(wanted: CaseFilter) -> dict[str, Any]:
    other_scorer = wanted.other_scorer or wanted.scorer
    name, value = wanted.part or ("", "")
    return {
        "ours_run": wanted.run.pk,
        "ours_scorer": wanted.scorer.pk,
        "ours_mark": wanted.scorer.pass_mark,
        "theirs_run": wanted.other.pk if wanted.other else None,
        "theirs_scorer": other_scorer.pk,
        "theirs_mark": other_scorer.pass_mark,
        "mode": wanted.mode.pk if wanted.mode else None,
        "slice": name,
        "slice_value": value,
    }
