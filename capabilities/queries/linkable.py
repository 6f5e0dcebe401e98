"""Evaluations that could measure a criterion."""

from collections.abc import Sequence

from django.db.models import QuerySet

from capabilities.models import Criterion
from evaluations.models import EvaluationVersion


def linkable_evaluations(criterion: Criterion) -> Sequence[EvaluationVersion]:
    """Frozen versions that have the criterion's scorer, the newest of each evaluation first. One query."""
    if criterion.scorer_id is None:
        return []
    return list(
        EvaluationVersion.objects.filter(scorers__scorer=criterion.scorer_id, frozen_at__isnull=False)
        .select_related("evaluation", "dataset_version__dataset", "prompt_version__prompt")
        .distinct()
        .order_by("evaluation__slug", "-number")
    )


def measuring_evaluations() -> QuerySet[EvaluationVersion]:
    """Every frozen version, for a form that also chooses the scorer. One query."""
    return (
        EvaluationVersion.objects.filter(frozen_at__isnull=False)
        .select_related("evaluation", "dataset_version__dataset")
        .order_by("evaluation__slug", "-number")
    )
