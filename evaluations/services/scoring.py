"""Scores are made from stored responses, in bulk and only where they are lacking: scoring twice changes nothing and calls nobody."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from evaluations.models import Blob, Case, Response, Run, Score, ScorerVersion
from evaluations.scorers import CaseView, NotScorable, Output, Scored, get_scorer

log = logging.getLogger(__name__)

CHUNK = 500
MAX_LABEL = 120
MAX_RATIONALE = 10_000


def score_responses(run: Run, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Score every response of a run that lacks a score of its scorers; returns how many scores were made.

    go_on is asked before each chunk of 500, so that a worker that lost the run stops. Five queries a chunk.
    """
    scorers = list(ScorerVersion.objects.filter(evaluation_versions=run.evaluation_version_id))
    made = last = 0
    while go_on():
        chunk = list(Response.objects.filter(run=run, pk__gt=last).order_by("pk")[:CHUNK])
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
    views = {pk: case_view(case) for pk, case in cases.items()}
    outputs = Blob.objects.in_bulk({one.output_id for one in lacking if one.output_id})
    scores = [
        score
        for one in lacking
        for score in _scores_of(one, views[one.case_id], outputs, scorers)
        if (one.pk, score.scorer_version_id) not in have
    ]
    Score.objects.bulk_create(scores, ignore_conflicts=True)
    return len(scores)


def _scores_of(
    response: Response, case: CaseView, outputs: Mapping[int, Blob], scorers: Sequence[ScorerVersion]
) -> Iterator[Score]:
    blob = outputs.get(response.output_id) if response.output_id else None
    output = output_of(response, blob)
    for scorer in scorers:
        # Only the answer itself can be judged; a pushed line may hold scores alone, and content may have been erased.
        readable = blob is not None and blob.purged_at is None
        if not readable and not response.error_class:
            continue
        if (scored := scored_by(scorer, output, case)) is not None:
            yield score_row(response.pk, scorer.pk, scored)


def scored_by(scorer: ScorerVersion, output: Output, case: CaseView) -> Scored | None:
    """The score, or None where there is none to be had: that sample is missing for this scorer."""
    try:
        return get_scorer(scorer.kind).score(output, case.target, case, scorer.config)
    except NotScorable:
        return None
    except Exception:
        # A broken scorer must not stop the run: the sample counts as missing and can be scored again later.
        log.exception("The scorer %s failed on case %s.", scorer, case.key)
        return None


def score_row(response_id: int, scorer_version_id: int, scored: Scored) -> Score:
    return Score(
        response_id=response_id,
        scorer_version_id=scorer_version_id,
        numerator=scored.numerator,
        denominator=scored.denominator,
        label=storable(scored.label)[:MAX_LABEL],
        rationale=storable(scored.rationale)[:MAX_RATIONALE],
        parsed=scored.parsed,
    )


def storable(text: str) -> str:
    """Text as a database column can hold it: no NUL, no half characters."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def case_view(case: Case) -> CaseView:
    """A case as scorers see it. Needs its content loaded."""
    body = case.body
    return CaseView(
        key=case.key,
        input=body.get("input"),
        target=body.get("target"),
        metadata=body.get("metadata") or {},
        slices=case.slices,
    )


def output_of(response: Response, blob: Blob | None) -> Output:
    """A stored response as scorers see it."""
    raw = blob.content if blob is not None else b""
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
    )


def _is_surrogate_text(raw: bytes) -> bool:
    """Whether the bytes are what a text with half characters was stored as, and not simply broken."""
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
