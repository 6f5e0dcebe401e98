"""Checks of the site that a suggested criterion could use."""

from collections.abc import Sequence

from capabilities.models import Criterion
from capabilities.packs import Measure
from config.words import FRACTIONS
from evaluations.models import ScorerVersion


def checks_for(measures: Sequence[Measure]) -> list[list[ScorerVersion]]:
    """For each suggestion the newest versions of checks of its kind, unit and direction. One query."""
    kinds = {measure.scorer for measure in measures}
    rows = (
        ScorerVersion.objects.order_by("scorer_id", "-number").distinct("scorer_id").select_related("scorer")
    )
    newest = sorted(
        (version for version in rows if version.kind in kinds), key=lambda version: version.scorer.name
    )
    return [[version for version in newest if _fits(measure, version)] for measure in measures]


def _fits(measure: Measure, version: ScorerVersion) -> bool:
    if measure.scorer != version.kind:
        return False
    if measure.statistic == Criterion.Statistic.PASS_ALL:
        return True
    same_unit = version.unit in FRACTIONS if measure.unit == "rate" else version.unit == measure.unit
    return same_unit and (version.direction == ScorerVersion.Direction.LOWER) == measure.lower
