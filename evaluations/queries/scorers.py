"""Scorers as their pages show them."""

from collections.abc import Sequence

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from evaluations.models import EvaluationVersion, Scorer, ScorerVersion
from evaluations.scorers import UnknownScorer, get_scorer


def scorers_with_versions() -> QuerySet[Scorer]:
    """Scorers with the number and kind of their newest version and in how many evaluations they stand. One query."""
    newest = ScorerVersion.objects.filter(scorer=OuterRef("pk")).order_by("-number")
    used = (
        EvaluationVersion.objects.filter(scorers__scorer=OuterRef("pk"))
        .order_by()
        .values("scorers__scorer")
        .annotate(count=Count("evaluation", distinct=True))
    )
    return Scorer.objects.annotate(
        newest=Max("versions__number"),
        kind=Subquery(newest.values("kind")[:1]),
        used=Subquery(used.values("count")[:1]),
    ).order_by("name", "slug")


def newest_scorer_versions() -> QuerySet[ScorerVersion]:
    """The newest version of every scorer, by name. One query."""
    newest = ScorerVersion.objects.filter(scorer=OuterRef("scorer")).order_by("-number").values("pk")[:1]
    return (
        ScorerVersion.objects.filter(pk=Subquery(newest))
        .select_related("scorer")
        .order_by("scorer__name", "pk")
    )


def uses_of(scorer: Scorer, most: int = 50) -> QuerySet[EvaluationVersion]:
    """Evaluation versions that score with it, newest first. One query."""
    rows = EvaluationVersion.objects.filter(scorers__scorer=scorer)
    return rows.select_related("evaluation").order_by("-id").distinct()[:most]


def described(kind: str) -> tuple[str, str]:
    """Title and description of a kind of scorer; its own name where it is not installed."""
    try:
        found = get_scorer(kind)
    except UnknownScorer:
        return kind, "This kind is not installed here; runs cannot be scored with it."
    return found.title, found.description


def settings_of(version: ScorerVersion) -> Sequence[tuple[str, object]]:
    """The settings of a version with the words of its form."""
    try:
        properties = get_scorer(version.kind).config_schema.get("properties", {})
    except UnknownScorer:
        properties = {}
    return [(properties.get(name, {}).get("title", name), value) for name, value in version.config.items()]
