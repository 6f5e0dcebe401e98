"""The measures of a discovery: by version, by check and by slice, each with its range."""

from dataclasses import dataclass
from typing import Any

from capabilities.models import DiscoveryEvidence
from capabilities.queries.discovery_rates import runs_by_id
from evaluations.models import ScorerVersion
from evaluations.queries.scores import scorer_lines
from evaluations.scorers import all_scorers, measure_of

CONTINUOUS = {"bounded", "ratio", "unbounded"}
PUSHED = "external"


@dataclass(frozen=True)
class Measured:
    """part: "" for all inputs, else a slice. point, low, high: in `unit`; None where there is nothing to say."""

    version: str
    run: int
    scorer: str
    continuous: bool
    unit: str
    part: str
    n: int
    point: float | None
    low: float | None
    high: float | None

    def as_fact(self) -> dict[str, Any]:
        return {**self.__dict__}


def measured(evidence: DiscoveryEvidence) -> list[Measured]:
    """All finished runs of a step. Four queries a run."""
    lines: list[Measured] = []
    for run in runs_by_id(evidence.runs).values():
        for found in scorer_lines(run):
            continuous = found.scorer.value_kind in CONTINUOUS
            for line in (found.whole, *found.slices):
                lines.append(
                    Measured(
                        run.model_version.label,
                        run.pk,
                        found.scorer.scorer.slug,
                        continuous,
                        found.unit,
                        line.name,
                        line.n,
                        line.point,
                        line.low,
                        line.high,
                    )
                )
    return lines


def checks_by_name(*value_kinds: str) -> dict[str, ScorerVersion]:
    """The newest version of each check of these kinds, by slug. One query."""
    rows = ScorerVersion.objects.exclude(scorer__slug__startswith="tries-").exclude(kind=PUSHED)
    found = rows.select_related("scorer").order_by("scorer__slug", "-number").distinct("scorer__slug")
    return {one.scorer.slug: one for one in found if one.value_kind in value_kinds}


def ready_kinds(*value_kinds: str) -> dict[str, str]:
    """Title by slug of the kinds of check that need no settings. No query."""
    return {
        slug: scorer.title
        for slug, scorer in all_scorers().items()
        if slug != PUSHED and not scorer.validate({}) and str(measure_of(slug, {}).kind) in value_kinds
    }
