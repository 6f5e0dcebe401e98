"""Whose calls a run's answers are, and which versions of its evaluation could score them."""

from django.db.models import QuerySet

from evaluations.models import EvaluationVersion, Response, Run

MOST = 5


def sources_of(run: Run) -> list[int]:
    """Ids of up to five runs whose calls answered samples of this one, newest first. One query."""
    found = Response.objects.filter(run=run, reused_from__isnull=False).order_by("-reused_from__run")
    return list(found.values_list("reused_from__run", flat=True).distinct()[:MOST])


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
