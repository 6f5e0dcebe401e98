"""Cases with everything their tries left, from one run or two."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import F

from evaluations.models import (
    Blob,
    Case,
    DatasetVersionCase,
    FailureMode,
    Response,
    Run,
    Score,
    ScorerVersion,
    WorkItem,
)
from evaluations.queries.calibrations import calibrations_of
from evaluations.queries.case_filters import SLACK, CaseFilter, case_page
from evaluations.queries.failure_modes import labels_of
from evaluations.queries.human_scores import Labelled, labelled_by_scorer
from evaluations.queries.media import attachments_of, outputs_by_id
from evaluations.queries.scores import shown_unit
from evaluations.queries.transcripts import Steps, steps_by_blob, with_transcripts
from evaluations.queries.unscored import unscored_of
from evaluations.scorers import human_rating


@dataclass(frozen=True)
class TryScore:
    """One scorer's word on one try. value: None for an empty denominator; label and rationale may quote the content.

    unchecked: the opinion of a judge that people have not checked. people: what they say of this answer themselves.
    """

    slug: str
    unit: str
    value: float | None
    binary: bool
    passed: bool
    label: str
    rationale: str
    parsed: bool
    unchecked: bool = False
    people: Sequence[str] = ()


@dataclass(frozen=True)
class Rating:
    """What one person says of an answer by a scorer of ratings. note: empty where content may not be read."""

    slug: str
    rater: str
    said: str
    note: str


@dataclass(frozen=True)
class Try:
    """One repeat of a case. output: None where there is none, it was erased, may not be read or is sound or a picture; digest: its SHA-256.

    media_type: of sound or a picture that is the answer, else empty.

    missing: why there is no answer, else empty. response: its id. reused_from: the run whose call it is of; time and cost are of that call.
    unscored: why a scorer made no score of it, by its slug; empty words where content may not be read. transcript: the blob with the steps
    that led to it; steps: these, where the case is read whole. ratings: by people.
    """

    repeat: int
    state: str
    missing: str
    output: str | None = None
    digest: str = ""
    media_type: str = ""
    error_class: str = ""
    error: str = ""
    truncated: bool = False
    latency_ms: float | None = None
    tokens: int | None = None
    cost: Decimal | None = None
    reused_from: int | None = None
    response: int | None = None
    scores: Sequence[TryScore] = ()
    unscored: Mapping[str, str] = field(default_factory=dict)
    transcript: int | None = None
    steps: Steps | None = None
    ratings: Sequence[Rating] = ()

    def score(self, slug: str) -> TryScore | None:
        return next((score for score in self.scores if score.slug == slug), None)


@dataclass(frozen=True)
class CaseRow:
    """A case and its tries. cursor: `after` of the next page. input, target, metadata: None where they may not be read.

    media: SHA-256 and media type of each attachment, as attachments_of gives them.
    """

    cursor: int
    key: str
    hash: str
    cluster: str
    slices: Mapping[str, str]
    input: Any
    target: Any
    metadata: Mapping[str, Any]
    ours: Sequence[Try]
    theirs: Sequence[Try] = field(default=())
    media: Sequence[tuple[str, str | None]] = ()
    labels: Sequence[FailureMode] = field(default=())


def case_rows(
    wanted: CaseFilter, show: str = "", after: int = 0, limit: int = 50, *, content: bool
) -> list[CaseRow]:
    """A page of cases in the dataset's order. At most nine queries, also beside another run; one more each for files, sound, ratings."""
    return _loaded(wanted, case_page(wanted, show, after, limit), content=content)


def case_row(wanted: CaseFilter, key: str, *, content: bool) -> CaseRow | None:
    """One case by its key in the run's dataset version. At most nine queries; one each for sound, ratings, what led to it."""
    entries = DatasetVersionCase.objects.filter(
        version=wanted.run.evaluation_version.dataset_version_id, key=key
    )
    case_id = entries.values_list("case", flat=True).first()
    rows = _loaded(wanted, [(0, case_id)], content=content) if case_id else []
    return _with_steps(rows[0]) if rows else None


def _with_steps(row: CaseRow) -> CaseRow:
    found = steps_by_blob(one.transcript for one in (*row.ours, *row.theirs) if one.transcript)
    if not found:
        return row
    ours, theirs = (
        [replace(one, steps=found.get(one.transcript or 0)) for one in tries]
        for tries in (row.ours, row.theirs)
    )
    return replace(row, ours=ours, theirs=theirs)


def _loaded(wanted: CaseFilter, places: Sequence[tuple[int, int]], *, content: bool) -> list[CaseRow]:
    runs = [run for run in (wanted.run, wanted.other) if run]
    case_ids = [case_id for _, case_id in places]
    cases = (Case.objects.select_related("content") if content else Case.objects).in_bulk(case_ids)
    tries = tries_of(runs, case_ids, content=content, rated=True)
    media = attachments_of(cases.values()) if content else {}
    labels = labels_of(wanted.run, case_ids)
    return [
        _row(
            cursor,
            cases[case_id],
            tries.get((wanted.run.pk, case_id), ()),
            tries.get((wanted.other.pk, case_id), ()) if wanted.other else (),
            media.get(case_id, ()),
            labels.get(case_id, ()),
            content=content,
        )
        for cursor, case_id in places
    ]


def _row(  # noqa: PLR0913 - a field each
    cursor: int,
    case: Case,
    ours: Sequence[Try],
    theirs: Sequence[Try],
    media: Sequence[tuple[str, str | None]],
    labels: Sequence[FailureMode],
    *,
    content: bool,
) -> CaseRow:
    body = case.body if content else {}
    return CaseRow(
        cursor=cursor,
        key=case.key,
        hash=case.hash,
        cluster=case.cluster,
        slices=case.slices,
        input=body.get("input"),
        target=body.get("target"),
        metadata=body.get("metadata") or {},
        ours=ours,
        theirs=theirs,
        media=media,
        labels=labels,
    )


def tries_of(
    runs: Sequence[Run],
    case_ids: Sequence[int],
    *,
    content: bool,
    first_output_only: bool = False,
    rated: bool = False,
) -> dict[tuple[int, int], list[Try]]:
    """By run and case, repeats in order. At most five queries, one more for sound and pictures.

    first_output_only: of each run and case only the first output there is, for pages that show one of them.
    rated: with what people say of each, one query more, two where they rate.
    """
    responses = Response.objects.filter(run__in=runs, case__in=case_ids).order_by()
    responses = with_transcripts(responses.annotate(origin=F("reused_from__run")))
    found = {(one.run_id, one.case_id, one.repeat): one for one in responses}
    read = _first_with_output(found) if first_output_only else found.values()
    stored = _Stored(
        _outputs(read, content=content),
        _scores(runs, found.values(), content=content),
        unscored_of(one.pk for one in found.values()),
        _ratings(runs, {one.pk for one in found.values()}, content=content) if rated else {},
        content,
    )
    tries: dict[tuple[int, int], list[Try]] = {}
    items = WorkItem.objects.filter(run__in=runs, case__in=case_ids).order_by("case", "repeat")
    for item in items:
        response = found.get((item.run_id, item.case_id, item.repeat))
        made = _answered(item, response, stored) if response else _unanswered(item)
        tries.setdefault((item.run_id, item.case_id), []).append(made)
    return tries


def _first_with_output(found: Mapping[tuple[int, int, int], Response]) -> list[Response]:
    first: dict[tuple[int, int], Response] = {}
    for run, case, repeat in sorted(found):
        if found[run, case, repeat].output_id:
            first.setdefault((run, case), found[run, case, repeat])
    return list(first.values())


@dataclass(frozen=True)
class _Stored:
    outputs: Mapping[int, Blob]
    scores: Mapping[int, list[TryScore]]
    unscored: Mapping[int, Mapping[str, str]]
    ratings: Mapping[int, list[Rating]]
    content: bool


def _outputs(responses: Any, *, content: bool) -> dict[int, Blob]:
    """Without content the hashes alone."""
    ids = {one.output_id for one in responses if one.output_id}
    return outputs_by_id(ids) if content else Blob.objects.only("sha256", "purged_at").in_bulk(ids)


UNANSWERED = {
    WorkItem.State.PENDING.value: "Not called yet.",
    WorkItem.State.LEASED.value: "Not called yet.",
    WorkItem.State.NOT_NEEDED.value: "The run's targets were settled before it was asked.",
}


def _unanswered(item: WorkItem) -> Try:
    return Try(item.repeat, item.state, item.error or UNANSWERED.get(item.state, "There is no answer."))


def _answered(item: WorkItem, response: Any, stored: _Stored) -> Try:
    blob = stored.outputs.get(response.output_id) if response.output_id else None
    readable = stored.content and blob is not None and blob.purged_at is None
    used = [count for count in (response.input_tokens, response.output_tokens) if count is not None]
    return Try(
        repeat=item.repeat,
        state=item.state,
        missing="",
        output=blob.text if blob is not None and readable and blob.is_text else None,
        digest=blob.sha256 if blob is not None else "",
        media_type=blob.media_type if blob is not None and readable and not blob.is_text else "",
        error_class=response.error_class,
        error=response.error if stored.content else "",
        truncated=response.truncated,
        latency_ms=response.latency_ms,
        tokens=sum(used) if used else None,
        cost=response.cost,
        reused_from=response.origin,
        response=response.pk,
        scores=stored.scores.get(response.pk, ()),
        unscored={
            slug: reason if stored.content else ""
            for slug, reason in stored.unscored.get(response.pk, {}).items()
        },
        transcript=response.told if stored.content else None,
        ratings=stored.ratings.get(response.pk, ()),
    )


def _ratings(runs: Sequence[Run], wanted: Set[int], *, content: bool) -> dict[int, list[Rating]]:
    """By response. One query, one more where people rate."""
    versions = {run.evaluation_version_id for run in runs}
    rating = ScorerVersion.objects.filter(evaluation_versions__in=versions, kind=human_rating.slug)
    slugs = {one.pk: one.scorer.slug for one in rating.select_related("scorer").distinct()}
    if not slugs:
        return {}
    found: dict[int, list[Rating]] = {}
    for scorer, answers in labelled_by_scorer(slugs, runs, wanted).items():
        for pk, one in answers.items():
            found.setdefault(pk, []).extend(
                Rating(slugs[scorer], rater, said, one.notes[rater] if content else "")
                for rater, said in one.said.items()
            )
    return found


def _scores(runs: Sequence[Run], responses: Any, *, content: bool) -> dict[int, list[TryScore]]:
    """By response, the main scorer first."""
    by_run = {run.pk: run for run in runs}
    of_run = {one.pk: by_run[one.run_id] for one in responses}
    rows = list(
        Score.objects.filter(response__in=of_run)
        .select_related("scorer_version__scorer", "scorer_version__judge")
        .order_by("scorer_version__scorer__slug")
    )
    beside = _beside({row.scorer_version for row in rows if row.scorer_version.judge_id}, runs)
    made: dict[int, list[TryScore]] = {}
    for row in rows:
        unit = shown_unit(of_run[row.response_id], row.scorer_version)
        made.setdefault(row.response_id, []).append(
            replace(_score(row, unit, content=content), **beside.of(row, content=content))
        )
    return made


@dataclass(frozen=True)
class _Beside:
    """What stands beside judges' opinions."""

    unchecked: Set[int] = frozenset()
    labels: Mapping[int, Mapping[int, Labelled]] = field(default_factory=dict)

    def of(self, row: Score, *, content: bool) -> dict[str, Any]:
        scorer = row.scorer_version_id
        said = self.labels.get(scorer, {}).get(row.response_id)
        words = list(said.said.values()) if said and content else []
        return {"unchecked": scorer in self.unchecked, "people": words}


def _beside(judges: Set[ScorerVersion], runs: Sequence[Run]) -> _Beside:
    """Three queries, none without judges."""
    if not judges:
        return _Beside()
    calibrations = calibrations_of(judges)
    unchecked = {pk for pk, found in calibrations.items() if found.problem()}
    return _Beside(unchecked, labelled_by_scorer([one.pk for one in judges], runs))


def _score(row: Score, unit: str, *, content: bool) -> TryScore:
    value = row.numerator / row.denominator if row.denominator else None
    return TryScore(
        slug=row.scorer_version.scorer.slug,
        unit=unit,
        value=value,
        binary=row.scorer_version.value_kind == ScorerVersion.ValueKind.BINARY,
        passed=row.numerator == 0 if value is None else passes(value, row.scorer_version),
        label=row.label if content else "",
        rationale=row.rationale if content else "",
        parsed=row.parsed,
    )


def passes(value: float, scorer: ScorerVersion) -> bool:
    """Whether a value reaches the scorer's pass mark; equality has a slack of 1e-12."""
    if scorer.direction == ScorerVersion.Direction.HIGHER:
        return value >= scorer.pass_mark - SLACK
    return value <= scorer.pass_mark + SLACK
