"""Which versions a suite and a selector stand for right now."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from evaluations.models import Evaluation, EvaluationVersion, ModelVersion, Suite
from evaluations.models.models import ModelVersionQuerySet


def newest_evaluation_versions(suite: Suite) -> list[EvaluationVersion]:
    """The newest frozen version of each evaluation of the suite. One query."""
    return list(_newest().filter(evaluation__suites=suite))


def newest_versions_of(evaluations: Iterable[Evaluation]) -> list[EvaluationVersion]:
    """The newest frozen version of each of these evaluations. One query."""
    return list(_newest().filter(evaluation__in=list(evaluations)))


def _newest() -> QuerySet[EvaluationVersion]:
    newest = (
        EvaluationVersion.objects.filter(evaluation=OuterRef("evaluation"), frozen_at__isnull=False)
        .order_by("-number")
        .values("pk")[:1]
    )
    return (
        EvaluationVersion.objects.filter(pk=Subquery(newest))
        .select_related("evaluation", "dataset_version__dataset", "prompt_version__prompt")
        .order_by("evaluation__slug")
    )


def selected_versions(selector: Mapping[str, Any]) -> list[ModelVersion]:
    """Active versions the selector finds; for each model the newest unless stages are named. One query.

    selector: see Schedule. An absent or empty list does not restrict.
    """
    versions = _matching(selector).select_related("model__provider").newest_first()
    if selector.get("stages"):
        return list(versions)
    newest: dict[int, ModelVersion] = {}
    for version in versions:
        newest.setdefault(version.model_id, version)
    return sorted(newest.values(), key=lambda version: version.label)


def fits(selector: Mapping[str, Any], version: ModelVersion) -> bool:
    """Whether the selector lets this very version in, be it its model's newest or not. One query."""
    return _matching(selector).filter(pk=version.pk).exists()


def _matching(selector: Mapping[str, Any]) -> ModelVersionQuerySet:
    filters = {
        "kinds": "model__kind__in",
        "sides": "model__side__in",
        "models": "model__slug__in",
        "stages": "stage__in",
    }
    wanted = {lookup: selector[name] for name, lookup in filters.items() if selector.get(name)}
    if selector.get("floating_only"):
        wanted["floating"] = True
    return ModelVersion.objects.active().filter(**wanted)
