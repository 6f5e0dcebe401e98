"""Scores are made from stored responses, in bulk and only where they are lacking: scoring twice changes nothing and calls nobody."""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from evaluations.models import Blob, Case, Response, Run, Score, ScorerVersion, Unscored
from evaluations.queries.media import outputs_by_id
from evaluations.scorers import CaseView, Kind, Media, NotScorable, Output, Scored, get_scorer, is_slow
from evaluations.services.rows import insert_rows

log = logging.getLogger(__name__)

CHUNK = 500
# Of scorers that compute for seconds a sample, a chunk is still over soon after a worker is asked to stop.
SLOW_CHUNK = 20
MAX_LABEL = 120
MAX_RATIONALE = 10_000
MAX_REASON = 300
NOT_KEPT = "The answer itself is not kept here, so there was nothing to judge."
BROKEN = "The scorer failed on this case. Score the run again when it is mended."


def score_responses(run: Run, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Score every response of a run that lacks a score of its scorers; returns how many scores were made.

    go_on is asked before each chunk of 500 (20 beside a slow scorer), so that a worker that lost the run stops. Five queries a
    chunk of texts, one more where something cannot be scored, two more where there is sound, and one for each sound that a scorer reads.
    """
    scorers = list(ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id))
    size = SLOW_CHUNK if any(is_slow(scorer.kind) for scorer in scorers) else CHUNK
    made = last = 0
    while go_on():
        chunk = list(Response.objects.filter(run=run, pk__gt=last).order_by("pk")[:size])
        if not chunk:
            return made
        last = chunk[-1].pk
        made += _score_chunk(chunk, scorers)
    return made


def _score_chunk(responses: Sequence[Response], scorers: Sequence[ScorerVersion]) -> int:
    have = set(
        Score.objects.filter(response__in=responses)
        .order_by()
        .values_list("response_id", "scorer_version_id")
    )
    lacking = [one for one in responses if any((one.pk, scorer.pk) not in have for scorer in scorers)]
    if not lacking:
        return 0
    cases = Case.objects.select_related("content").in_bulk({one.case_id for one in lacking})
    attached = _attached(cases.values())
    views = {pk: case_view(case, attached) for pk, case in cases.items()}
    outputs = outputs_by_id({one.output_id for one in lacking if one.output_id})
    made = [
        row
        for one in lacking
        for row in _scores_of(one, views[one.case_id], outputs, scorers)
        if (one.pk, row.scorer_version_id) not in have
    ]
    scores = [row for row in made if isinstance(row, Score)]
    insert_rows(scores, ignore_conflicts=True)
    _note([row for row in made if isinstance(row, Unscored)])
    return len(scores)


def _note(reasons: Sequence[Unscored]) -> None:
    """Keep why there is no score. One query, none without reasons."""
    if reasons:
        Unscored.objects.bulk_create(
            reasons,
            update_conflicts=True,
            unique_fields=["response", "scorer_version"],
            update_fields=["reason"],
        )


def _attached(cases: Iterable[Case]) -> dict[str, Media]:
    """The cases' attachments by SHA-256; what was erased is left out. One query, none without attachments."""
    hashes = {digest for case in cases for digest in case.attachments}
    blobs = Blob.objects.defer("data").filter(sha256__in=hashes, purged_at=None) if hashes else ()
    return {blob.sha256: media_of(blob) for blob in blobs}


def media_of(blob: Blob) -> Media:
    """A sound or picture as scorers see it: its bytes are fetched when one of them reads it."""
    return Media(blob.media_type, lambda: Blob.objects.get(pk=blob.pk).content)


def _scores_of(
    response: Response, case: CaseView, outputs: Mapping[int, Blob], scorers: Sequence[ScorerVersion]
) -> Iterator[Score | Unscored]:
    blob = outputs.get(response.output_id) if response.output_id else None
    output = output_of(response, blob)
    for scorer in scorers:
        # Only the answer itself can be judged; a pushed line may hold scores alone, and content may have been erased.
        readable = blob is not None and blob.purged_at is None
        scored = (
            scored_by(scorer, output, case) if readable or response.error_class else NotScorable(NOT_KEPT)
        )
        if isinstance(scored, Scored):
            yield score_row(response.pk, scorer.pk, scored)
        else:
            reason = storable(str(scored))[:MAX_REASON]
            yield Unscored(response_id=response.pk, scorer_version_id=scorer.pk, reason=reason)


def scored_by(scorer: ScorerVersion, output: Output, case: CaseView) -> Scored | NotScorable:
    """The score, or why there is none to be had: that sample is missing for this scorer."""
    try:
        scored = get_scorer(scorer.kind).score(output, case.target, case, scorer.config)
        _check_range(scorer, scored)
        return scored
    except NotScorable as reason:
        return reason
    except Exception:
        # A broken scorer must not stop the run: the sample counts as missing and can be scored again later.
        log.exception("The scorer %s failed on case %s.", scorer, case.key)
        return NotScorable(BROKEN)


def _check_range(scorer: ScorerVersion, scored: Scored) -> None:
    """Raises ValueError for a score that its own measure does not allow: no page could read the run any more."""
    value, weight = scored.numerator, scored.denominator
    fits = math.isfinite(value) and math.isfinite(weight)
    if scorer.value_kind == Kind.BINARY:
        fits = fits and value in (0.0, 1.0)
    elif scorer.value_kind == Kind.BOUNDED:
        fits = fits and scorer.low - 1e-9 <= value <= scorer.high + 1e-9
    elif scorer.value_kind == Kind.RATIO:
        fits = fits and weight >= 0
    if not fits:
        raise ValueError(f"{value} over {weight} is no {scorer.value_kind} score")


def score_row(response_id: int, scorer_version_id: int, scored: Scored) -> Score:
    return Score(
        response_id=response_id,
        scorer_version_id=scorer_version_id,
        numerator=scored.numerator,
        denominator=scored.denominator,
        label=storable(scored.label)[:MAX_LABEL],
        expected=storable(scored.expected)[:MAX_LABEL],
        probability=scored.probability,
        rationale=storable(scored.rationale)[:MAX_RATIONALE],
        parsed=scored.parsed,
    )


def storable(text: str) -> str:
    """Text as a database column can hold it: no NUL, no half characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def case_view(case: Case, attached: Mapping[str, Media] = MappingProxyType({})) -> CaseView:
    """A case as scorers see it, with those of its attachments that are given. Needs its content loaded."""
    body = case.body
    return CaseView(
        key=case.key,
        input=body.get("input"),
        target=body.get("target"),
        metadata=body.get("metadata") or {},
        slices=case.slices,
        media=[attached[digest] for digest in case.attachments if digest in attached],
    )


def output_of(response: Response, blob: Blob | None) -> Output:
    """A stored response as scorers see it."""
    media = media_of(blob) if blob is not None and not blob.is_text else None
    raw = blob.content if blob is not None and media is None else b""
    usage = {
        "input": response.input_tokens,
        "output": response.output_tokens,
        "cached": response.cached_tokens,
    }
    return Output(
        text=raw.decode("utf-8", "surrogatepass" if _is_surrogate_text(raw) else "replace"),
        finish_reason=response.finish_reason,
        latency_ms=response.latency_ms,
        usage={name: count for name, count in usage.items() if count is not None},
        cost=Decimal(response.cost) if response.cost is not None else None,
        error_class=response.error_class,
        raw=raw,
        media=media,
    )


def _is_surrogate_text(raw: bytes) -> bool:
    """Whether the bytes are what a text with half characters was stored as, and not simply broken."""
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
