"""Samples of a run, found by how they ended: one query finds their ids, five load a piece of 500."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from evaluations.models import Blob, Case, Response, Run, Score, ScorerVersion, WorkItem
from evaluations.queries.vectors import Slice

PIECE = 500
SLACK = 1e-12
Show = Literal["", "failed", "passed", "errored", "missing", "flipped"]
SHOWS: tuple[Show, ...] = ("failed", "passed", "errored", "missing", "flipped")


@dataclass(frozen=True)
class SampleFilter:
    """Which samples are wanted. passed, failed and flipped need a scorer, flipped also the run it flipped against."""

    show: Show = ""
    scorer: ScorerVersion | None = None
    vs: Run | None = None
    part: Slice | None = None


@dataclass(frozen=True)
class Sample:
    """One case and repeat with what came of it. response: None for a missing sample. scores: by scorer slug."""

    item: WorkItem
    case: Case
    response: Response | None
    output: Blob | None
    scores: Mapping[str, Score]


def sample_ids(run: Run, wanted: SampleFilter, after: int = 0, limit: int | None = None) -> list[int]:
    """Ids of the run's items that the filter finds, in the dataset's order. One query."""
    joins, conditions, values = _joined(run, wanted)
    conditions = [*conditions, *_shown(wanted)]
    if wanted.part:
        conditions.append("sample_case.slices ->> %(slice)s = %(slice_value)s")
        values |= {"slice": wanted.part[0], "slice_value": wanted.part[1]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT item.id FROM evaluations_workitem AS item {' '.join(joins)}"
            f" WHERE item.run_id = %(run)s AND item.id > %(after)s{''.join(f' AND {one}' for one in conditions)}"
            " ORDER BY item.id LIMIT %(limit)s",
            {**values, "run": run.pk, "after": after, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def _joined(run: Run, wanted: SampleFilter) -> tuple[list[str], list[str], dict[str, Any]]:
    joins = [
        "LEFT JOIN evaluations_response AS response ON response.run_id = item.run_id"
        " AND response.case_id = item.case_id AND response.repeat = item.repeat"
    ]
    values: dict[str, Any] = {"slack": SLACK}
    if wanted.part:
        joins.append("JOIN evaluations_case AS sample_case ON sample_case.id = item.case_id")
    if wanted.scorer:
        joins.append(
            "LEFT JOIN evaluations_score AS score"
            " ON score.response_id = response.id AND score.scorer_version_id = %(scorer)s"
        )
        values |= {"scorer": wanted.scorer.pk, "mark": wanted.scorer.pass_mark}
    if wanted.vs:
        joins.append(
            "LEFT JOIN evaluations_response AS other ON other.run_id = %(vs)s"
            " AND other.case_id = item.case_id AND other.repeat = item.repeat"
            " LEFT JOIN evaluations_score AS other_score ON other_score.response_id = other.id"
            " AND other_score.scorer_version_id IN (SELECT id FROM evaluations_scorerversion WHERE scorer_id = %(kind)s)"
        )
        values |= {"vs": wanted.vs.pk, "kind": wanted.scorer.scorer_id if wanted.scorer else None}
    return joins, [], values


def _passes(score: str, scorer: ScorerVersion) -> str:
    value = f"{score}.numerator / NULLIF({score}.denominator, 0)"
    if scorer.direction == ScorerVersion.Direction.HIGHER:
        return f"({value} >= %(mark)s - %(slack)s)"
    return f"({value} <= %(mark)s + %(slack)s)"


def _shown(wanted: SampleFilter) -> list[str]:
    if wanted.show == "errored":
        return ["response.error_class <> ''"]
    if wanted.show == "missing":
        return ["score.id IS NULL" if wanted.scorer else "response.id IS NULL"]
    if not wanted.show or wanted.scorer is None:
        return []
    passes = _passes("score", wanted.scorer)
    other = _passes("other_score", wanted.scorer)
    return [{"passed": passes, "failed": f"NOT {passes}", "flipped": f"{passes} <> {other}"}[wanted.show]]


def samples(run: Run, ids: Sequence[int], *, content: bool = True) -> Iterator[Sample]:
    """The samples with these ids, in this order, with all of their scores. Five queries for each 500, three without content."""
    scorers = {version.pk: version.scorer.slug for version in scorers_of(run)}
    for start in range(0, len(ids), PIECE):
        yield from _piece(run, ids[start : start + PIECE], scorers, content=content)


def scorers_of(run: Run) -> list[ScorerVersion]:
    """The scorer versions of a run, with their scorers. One query."""
    versions = ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id)
    return list(versions.select_related("scorer").order_by("scorer__slug"))


def _piece(run: Run, ids: Sequence[int], scorers: Mapping[int, str], *, content: bool) -> Iterator[Sample]:
    items = WorkItem.objects.select_related("case__content" if content else "case").in_bulk(ids)
    cases = {item.case_id for item in items.values()}
    responses = {
        (one.case_id, one.repeat): one for one in Response.objects.filter(run=run, case__in=cases).order_by()
    }
    scores: dict[int, dict[str, Score]] = {}
    for score in Score.objects.filter(response__in=responses.values(), scorer_version__in=scorers).order_by():
        scores.setdefault(score.response_id, {})[scorers[score.scorer_version_id]] = score
    outputs = _outputs(responses.values()) if content else {}
    for item in (items[pk] for pk in ids):
        response = responses.get((item.case_id, item.repeat))
        yield Sample(
            item=item,
            case=item.case,
            response=response,
            output=outputs.get(response.output_id) if response and response.output_id else None,
            scores=scores.get(response.pk, {}) if response else {},
        )


def _outputs(responses: Any) -> dict[int, Blob]:
    return Blob.objects.in_bulk({one.output_id for one in responses if one.output_id})


def value_of(score: Score) -> float | None:
    return score.numerator / score.denominator if score.denominator else None


def is_passed(score: Score, scorer: ScorerVersion) -> bool:
    """Whether a score reaches the scorer's pass mark; equality has a slack of 1e-12."""
    value = value_of(score)
    if value is None:
        return False
    if scorer.direction == ScorerVersion.Direction.HIGHER:
        return value >= scorer.pass_mark - SLACK
    return value <= scorer.pass_mark + SLACK
