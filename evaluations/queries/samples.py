"""The samples of a run, page by page: what was asked, answered and scored, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F

from config.errors import Refused
from evaluations.models import Blob, Case, Response, Run, RunAggregate, Score, ScorerVersion
from evaluations.queries.media import outputs_by_id
from evaluations.queries.transcripts import messages_by_blob, with_transcripts
from evaluations.queries.unscored import unscored_of

SHOWS = (
    "all",
    "failed",
    "passed",
    "flaky",
    "errored",
    "missing",
    "flipped",
    "unparsed",
    "truncated",
    "reused",
)
MAX_LIMIT = 500
VALUE = "({0}.numerator / NULLIF({0}.denominator, 0))"


@dataclass(frozen=True)
class SampleScore:
    """One score. value: numerator / denominator, None for an empty denominator; passed: by the scorer's own mark."""

    slug: str
    numerator: float
    denominator: float
    value: float | None
    passed: bool
    label: str
    rationale: str
    parsed: bool


@dataclass(frozen=True)
class Answer:
    """What a run has for a sample. output: text, None when there is none, it was erased, or it is sound or a picture.

    digest: SHA-256 of the output. media_type: of sound or a picture, else empty. reused_from: the run whose call this answer is of,
    None for an answer of its own. unscored: why a scorer made no score of it, by its slug. transcript: the messages that led to it, where
    it took several steps.
    """

    output: str | None
    digest: str
    media_type: str
    finish_reason: str
    error_class: str
    error: str
    truncated: bool
    latency_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    reused_from: int | None
    scores: Mapping[str, SampleScore] = field(default_factory=dict)
    unscored: Mapping[str, str] = field(default_factory=dict)
    transcript: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Sample:
    """One case and repeat of a run. cursor: pass it as `after` for the next page. missing: why there is no answer, else empty."""

    cursor: int
    key: str
    repeat: int
    hash: str
    cluster: str
    slices: Mapping[str, str]
    input: Any
    target: Any
    metadata: Mapping[str, Any]
    state: str
    missing: str
    answer: Answer | None
    other: Answer | None = None


@dataclass(frozen=True)
class Wanted:
    """Which samples: `show` is one of SHOWS, `slice` a (name, value) pair, `vs` the run to compare with."""

    show: str = "all"
    vs: Run | None = None
    scorer: str = ""
    slice: tuple[str, str] | None = None
    after: int = 0
    limit: int = 50


def scorer_of(run: Run, slug: str = "") -> ScorerVersion:
    """The scorer that "failed" and "passed" speak of. One query. Raises Refused when it must be named or is unknown."""
    scorers = {
        one.scorer.slug: one
        for one in ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id).select_related(
            "scorer"
        )
    }
    if slug in scorers:
        return scorers[slug]
    names = ", ".join(sorted(scorers))
    if slug:
        raise Refused(f"This evaluation has no scorer “{slug}”; it has {names}.", code="unknown_scorer")
    if len(scorers) > 1:
        raise Refused(f"Name the scorer: {names}.", code="scorer_needed")
    return next(iter(scorers.values()))


def samples(run: Run, wanted: Wanted) -> list[Sample]:
    """A page of samples in the order they were asked, without those not needed, whatever the page holds. Raises Refused.

    Six queries; one more when a scorer is concerned, four more beside another run.
    """
    rows = _page(run, wanted, _scorer_concerned(run, wanted))
    cases = Case.objects.select_related("content").in_bulk([row.case_id for row in rows])
    answers = _answers([row.response_id for row in rows if row.response_id])
    others = _answers([row.other_id for row in rows if row.other_id]) if wanted.vs else {}
    return [_sample(row, cases[row.case_id], answers, others) for row in rows]


def count_samples(run: Run, wanted: Wanted) -> int:
    """How many samples all pages together hold. One query, one more when a scorer is concerned. Raises Refused."""
    condition, values = _condition(run, wanted, _scorer_concerned(run, wanted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_FOUND.format(condition=condition)}", values)
        return int(cursor.fetchone()[0])


def _scorer_concerned(run: Run, wanted: Wanted) -> ScorerVersion | None:
    if wanted.show not in SHOWS:
        raise Refused(f"show= is one of {', '.join(SHOWS)}.", code="show")
    if wanted.show == "flipped" and wanted.vs is None:
        raise Refused("Flipped samples need a second run: vs=.", code="vs_needed")
    needs_scorer = wanted.scorer or wanted.show not in ("all", "errored", "truncated", "reused")
    return scorer_of(run, wanted.scorer) if needs_scorer else None


@dataclass(frozen=True)
class _Row:
    id: int
    case_id: int
    repeat: int
    state: str
    error: str
    response_id: int | None
    other_id: int | None


def _page(run: Run, wanted: Wanted, scorer: ScorerVersion | None) -> list[_Row]:
    """Work items are written in the order they are asked, the dataset's or by lot, so their ids are the order and the cursor."""
    condition, values = _condition(run, wanted, scorer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_ROW} {_FOUND.format(condition=condition)} ORDER BY item.id LIMIT %(limit)s", values
        )
        return [_Row(*row) for row in cursor.fetchall()]


def _condition(run: Run, wanted: Wanted, scorer: ScorerVersion | None) -> tuple[str, dict[str, Any]]:
    condition = _CONDITIONS[wanted.show]
    tables = {"good": "score", "other": "other_score", "tried": "tried_score"}
    conditions = [condition.format(**{name: _passed(table, scorer) for name, table in tables.items()})]
    values: dict[str, Any] = {
        "run": run.pk,
        "vs": wanted.vs.pk if wanted.vs else None,
        "scorer": scorer.pk if scorer else None,
        "mark": scorer.pass_mark if scorer else None,
        "after": wanted.after,
        "limit": max(1, min(wanted.limit, MAX_LIMIT)),
    }
    if wanted.slice:
        conditions.append(_IN_SLICE)
        values["name"], values["value"] = wanted.slice
    return " AND ".join(conditions), values


_ROW = "SELECT item.id, item.case_id, item.repeat, item.state, item.error, response.id, other.id"
_FOUND = """
FROM evaluations_workitem AS item
LEFT JOIN evaluations_response AS response
    ON response.run_id = item.run_id AND response.case_id = item.case_id AND response.repeat = item.repeat
LEFT JOIN evaluations_score AS score ON score.response_id = response.id AND score.scorer_version_id = %(scorer)s
LEFT JOIN evaluations_response AS other
    ON other.run_id = %(vs)s AND other.case_id = item.case_id AND other.repeat = item.repeat
LEFT JOIN evaluations_score AS other_score
    ON other_score.response_id = other.id AND other_score.scorer_version_id = %(scorer)s
WHERE item.run_id = %(run)s AND item.id > %(after)s AND item.state <> 'not_needed' AND {condition}
"""
_IN_SLICE = """EXISTS (
    SELECT 1 FROM evaluations_case AS one WHERE one.id = item.case_id AND one.slices ->> %(name)s = %(value)s
)"""
_CONDITIONS = {
    "all": "true",
    "failed": "score.id IS NOT NULL AND NOT {good}",
    "passed": "score.id IS NOT NULL AND {good}",
    "errored": "response.error_class <> ''",
    "missing": "score.id IS NULL AND item.state NOT IN ('pending', 'leased')",
    "flipped": "score.id IS NOT NULL AND other_score.id IS NOT NULL AND {good} <> {other}",
    "unparsed": "score.parsed = false",
    "truncated": "response.truncated",
    "reused": "response.reused_from_id IS NOT NULL",
    # Of a case that passed in some tries only: every try of it.
    "flaky": """item.case_id IN (
        SELECT tried.case_id FROM evaluations_response AS tried
        JOIN evaluations_score AS tried_score ON tried_score.response_id = tried.id
            AND tried_score.scorer_version_id = %(scorer)s
        WHERE tried.run_id = %(run)s GROUP BY tried.case_id HAVING bool_or({tried}) AND NOT bool_and({tried})
    )""",
}


def _passed(table: str, scorer: ScorerVersion | None) -> str:
    """SQL for "reaches the pass mark"; where nothing was counted (0 of 0), nothing is wrong."""
    value = VALUE.format(table)
    if scorer is not None and scorer.direction == ScorerVersion.Direction.LOWER:
        return f"COALESCE({value} <= %(mark)s + 1e-12, {table}.numerator = 0)"
    return f"COALESCE({value} >= %(mark)s - 1e-12, {table}.numerator = 0)"


def _answers(response_ids: Sequence[int]) -> dict[int, Answer]:
    """Four queries, one more where there is sound and where answers took several steps."""
    responses: dict[int, Any] = with_transcripts(
        Response.objects.annotate(origin=F("reused_from__run"))
    ).in_bulk(response_ids)
    told = messages_by_blob(one.told for one in responses.values() if one.told)
    blobs = outputs_by_id({one.output_id for one in responses.values() if one.output_id})
    scores: dict[int, dict[str, SampleScore]] = {}
    rows = Score.objects.filter(response__in=response_ids).select_related("scorer_version__scorer")
    for score in rows.order_by("scorer_version__scorer__slug"):
        scores.setdefault(score.response_id, {})[score.scorer_version.scorer.slug] = sample_score(score)
    lacking = unscored_of(response_ids)
    return {
        pk: replace(
            _answer(
                one,
                blobs.get(one.output_id) if one.output_id else None,
                scores.get(pk, {}),
                lacking.get(pk, {}),
            ),
            transcript=told.get(one.told, ()),
        )
        for pk, one in responses.items()
    }


def _answer(
    response: Any, blob: Blob | None, scores: Mapping[str, SampleScore], unscored: Mapping[str, str]
) -> Answer:
    return Answer(
        output=blob.text if blob is not None and blob.purged_at is None and blob.is_text else None,
        digest=blob.sha256 if blob is not None else "",
        media_type=blob.media_type if blob is not None and not blob.is_text else "",
        finish_reason=response.finish_reason,
        error_class=response.error_class,
        error=response.error,
        truncated=response.truncated,
        latency_ms=response.latency_ms,
        input_tokens=response.input_tokens,
        output_tokens=response.output_tokens,
        cost=response.cost,
        reused_from=response.origin,
        scores=scores,
        unscored=unscored,
    )


def sample_score(score: Score) -> SampleScore:
    """A score beside its scorer's own mark. Needs scorer_version and its scorer loaded."""
    version = score.scorer_version
    value = score.numerator / score.denominator if score.denominator else None
    higher = version.direction == ScorerVersion.Direction.HIGHER
    good = score.numerator == 0
    if value is not None:
        good = value >= version.pass_mark - 1e-12 if higher else value <= version.pass_mark + 1e-12
    return SampleScore(
        slug=version.scorer.slug,
        numerator=score.numerator,
        denominator=score.denominator,
        value=value,
        passed=good,
        label=score.label,
        rationale=score.rationale,
        parsed=score.parsed,
    )


def _sample(row: _Row, case: Case, answers: Mapping[int, Answer], others: Mapping[int, Answer]) -> Sample:
    body = case.body
    return Sample(
        cursor=row.id,
        key=case.key,
        repeat=row.repeat,
        hash=case.hash,
        cluster=case.cluster,
        slices=case.slices,
        input=body.get("input"),
        target=body.get("target"),
        metadata=body.get("metadata") or {},
        state=row.state,
        missing="" if row.response_id else row.error,
        answer=answers.get(row.response_id) if row.response_id else None,
        other=others.get(row.other_id) if row.other_id else None,
    )


@dataclass(frozen=True)
class Facet:
    """How many samples of a slice (or of all, name "") there are and what became of them."""

    name: str
    value: str
    samples: int
    scored: int
    passed: int
    failed: int
    missing: int
    errored: int
    unparsed: int
    truncated: int


def facets(run: Run, scorer: ScorerVersion) -> list[Facet]:
    """All samples first, then each slice by name and value, from the run's sums. One query; empty before the run is finished."""
    rows = RunAggregate.objects.filter(run=run, scorer_version=scorer, generation=run.generation)
    return [
        Facet(
            name=row.slice,
            value=row.value,
            samples=row.scored + row.missing,
            scored=row.scored,
            passed=row.passed,
            failed=row.scored - row.passed,
            missing=row.missing,
            errored=row.errored,
            unparsed=row.unparsed,
            truncated=row.truncated,
        )
        for row in rows.order_by("slice", "value")
    ]
