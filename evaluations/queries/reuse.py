"""Whose calls a run's answers are, and which versions of its evaluation could score them."""

from django.db import connection
from django.db.models import QuerySet

from evaluations.models import EvaluationVersion, Response, Run

MOST = 5


def sources_of(run: Run) -> list[int]:
    """Ids of up to five runs whose calls answered samples of this one, newest first. One query."""
    found = Response.objects.filter(run=run, reused_from__isnull=False).order_by("-reused_from__run")
    return list(found.values_list("reused_from__run", flat=True).distinct()[:MOST])


SHARED = """
SELECT count(*) FROM evaluations_response AS ours
JOIN evaluations_response AS theirs ON COALESCE(theirs.reused_from_id, theirs.id) = COALESCE(ours.reused_from_id, ours.id)
WHERE ours.run_id = %s AND theirs.run_id = %s"""


def shared_answers(run_a: Run, run_b: Run) -> int:
    """Answers of both runs that came of the very same call. One query, none where neither took answers over."""
    if run_a.pk == run_b.pk or not (run_a.reused or run_b.reused):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(SHARED, [run_a.pk, run_b.pk])
        return int(cursor.fetchone()[0])


def scorable_with(run: Run) -> QuerySet[EvaluationVersion]:
    """Other versions of the run's evaluation that ask exactly the same, newest first. One query."""
    asked = run.evaluation_version
    return (
        EvaluationVersion.objects.filter(
            evaluation=asked.evaluation_id,
            dataset_version=asked.dataset_version_id,
            prompt_version=asked.prompt_version_id,
            prompt_policy=asked.prompt_policy,
            parameters=asked.parameters,
            repeats=asked.repeats,
            frozen_at__isnull=False,
        )
        .exclude(pk=asked.pk)
        .select_related("evaluation")
        .order_by("-number")
    )
