"""Answers that are not paid twice: the same call of a version that cannot change was answered in an earlier run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Mod

from evaluations.models import (
    NOT_EVIDENCE,
    Case,
    DatasetVersionCase,
    EvaluationVersion,
    ModelVersion,
    Origin,
    Run,
    ScorerVersion,
)
from evaluations.models.scorers import MEASURED
from evaluations.providers import UnknownAdapter, get_adapter
from evaluations.services.requests import CallPlan, NotCallable

LOOKED_AT = 2_000
CHUNK = 500

# What a copy of an answer takes over from it as it is.
CARRIED = """output_id, finish_reason, error_class, error, truncated, latency_ms, first_token_ms, input_tokens, output_tokens,
    cached_tokens, cost"""
# The newest original answer to each call. Its model errors are answers too: asking again only where a version failed would flatter it.
# Not from the lab, where one may try until it suits; not erased; not from a run that several models answered, or another model than now.
ANSWERED = """
SELECT DISTINCT ON (asked.place) asked.place, answer.id
FROM unnest(%(places)s::bigint[], %(digests)s::bytea[]) AS asked(place, digest)
JOIN evaluations_response AS answer ON answer.request_digest = asked.digest
JOIN evaluations_run AS origin ON origin.id = answer.run_id
JOIN evaluations_blob AS output ON output.id = answer.output_id
WHERE origin.id <> %(run)s AND origin.origin <> 'lab' AND NOT origin.mixed_models
    AND origin.resolved_model = %(resolved)s AND output.purged_at IS NULL
ORDER BY asked.place, answer.id DESC
"""


@dataclass(frozen=True)
class Expected:
    """How many samples of a run would be answered by earlier calls. exact: every case was looked at, not one in so many."""

    samples: int
    exact: bool


def call_reason(evaluation_version: EvaluationVersion, model_version: ModelVersion, origin: str = "") -> str:
    """Why every sample of this pair is called, in words; empty where earlier answers may be taken.

    At most one query. Needs the model's provider loaded.
    """
    if model_version.floating:
        return "the version may change under us, so every sample is called."
    if not _is_called_out(model_version):
        return "asking it costs nothing, so every sample is asked."
    if origin == Origin.LAB:
        return "a try is always called."
    if ScorerVersion.objects.filter(evaluation_versions=evaluation_version, kind__in=MEASURED).exists():
        return "time or cost is measured, and an old call tells nothing of now, so every sample is called."
    return ""


def _is_called_out(model_version: ModelVersion) -> bool:
    provider = model_version.model.provider
    try:
        return provider is not None and get_adapter(provider.adapter).needs_http
    except UnknownAdapter:
        return False


def answering_model(model_version: ModelVersion) -> str | None:
    """The model id that answers for a version at present, "" where replies name none; None when it changed within the newest run.

    One query.
    """
    runs = Run.objects.filter(model_version=model_version).exclude(resolved_model="").order_by("-pk")
    newest = runs.only("resolved_model", "mixed_models").first()
    if newest is None:
        return ""
    return None if newest.mixed_models else newest.resolved_model


def expected_reuse(
    evaluation_version: EvaluationVersion, model_version: ModelVersion, plan: CallPlan
) -> Expected:
    """How many samples a run started now would take from earlier runs.

    Up to 2,000 cases are looked at; of more, one in so many. Three queries where nothing can be reused, else two more for each 500 cases.
    """
    if call_reason(evaluation_version, model_version):
        return Expected(0, True)
    resolved = answering_model(model_version)
    called = Run.objects.filter(model_version=model_version, calls__gt=0, mixed_models=False)
    if resolved is None or not called.exclude(origin__in=NOT_EVIDENCE).exists():
        return Expected(0, True)
    cases = evaluation_version.dataset_version.case_count
    step = -(-cases // LOOKED_AT) or 1
    found = sum(
        _answered(plan, chunk, evaluation_version.repeats, resolved)
        for chunk in _chunks(evaluation_version, step)
    )
    return Expected(min(found * step, cases * evaluation_version.repeats), step == 1)


def _chunks(evaluation_version: EvaluationVersion, step: int) -> Iterator[list[Case]]:
    entries = DatasetVersionCase.objects.filter(version=evaluation_version.dataset_version_id)
    if step > 1:
        entries = entries.annotate(turn=Mod(F("position"), Value(step))).filter(turn=0)
    ids = list(entries.values_list("case_id", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield list(Case.objects.select_related("content").filter(pk__in=ids[start : start + CHUNK]))


def _answered(plan: CallPlan, cases: list[Case], repeats: int, resolved: str) -> int:
    digests = [
        digest
        for case in cases
        for repeat in range(1, repeats + 1)
        if (digest := digest_of(plan, case, repeat)) is not None
    ]
    values: dict[str, Any] = {
        "places": list(range(len(digests))),
        "digests": digests,
        "run": 0,
        "resolved": resolved,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({ANSWERED}) AS answered", values)
        return int(cursor.fetchone()[0])


def digest_of(plan: CallPlan, case: Case, repeat: int) -> bytes | None:
    """The digest of one try, None for a case that cannot be asked. Needs the case's content loaded."""
    try:
        return plan.digest(case, repeat)
    except NotCallable:
        return None
