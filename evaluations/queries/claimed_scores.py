"""What vendors claim beside what is measured here. For showing only: nothing that judges, ranks or compares reads from this module."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from config.words import FRACTIONS, SPACE, number, range_text, score
from evaluations.models import NOT_EVIDENCE, ClaimedScore, ModelVersion, Run
from evaluations.models.claimed_scores import ClaimedScoreQuerySet
from evaluations.models.runs import ASKED
from evaluations.queries.estimates import ScoreLine, scores_of

NOT_MEASURED = "claimed by the vendor, not measured here"
Measure = tuple[int | None, int | None]


@dataclass(frozen=True)
class Beside:
    """A claim, and the latest finished run of its version on the same evaluation by the same scorer, where there is one."""

    claim: ClaimedScore
    measured: ScoreLine | None

    @property
    def value(self) -> str:
        return score(self.claim.value, self.claim.unit)

    @property
    def same_unit(self) -> bool:
        return self.measured is not None and self.measured.scorer.unit == self.claim.unit

    @property
    def gap(self) -> float | None:
        """Claimed less measured, in the scorer's unit."""
        if self.measured is None or self.measured.point is None or not self.same_unit:
            return None
        return self.claim.value - self.measured.point

    @property
    def words(self) -> str:
        """Measured here: 88.1 % (85.0–91.0 %), n 240. The claim is 3.9 points higher. Nothing about chance."""
        line, gap = self.measured, self.gap
        if line is None:
            return "Not measured here yet."
        if line.point is None or gap is None:
            return "A run of it here says nothing that could stand beside the claim."
        unit = self.claim.unit
        span = f" ({range_text(line.low, line.high, unit)})" if line.low is not None else ""
        said = f"Measured here: {score(line.point, unit)}{span}, n {number(line.n)}."
        return f"{said} {_apart(gap, unit)} Conditions may differ."


def _apart(gap: float, unit: str) -> str:
    size = f"{number(abs(gap) * 100, 1)}{SPACE}points" if unit in FRACTIONS else score(abs(gap), unit)
    if abs(gap) < (0.0005 if unit in FRACTIONS else 1e-12):
        return "The claim is the same."
    return f"The claim is {size} {'higher' if gap > 0 else 'lower'}."


def claims() -> ClaimedScoreQuerySet:
    """All of them with what their lines show."""
    return ClaimedScore.objects.select_related(
        "model_version__model", "evaluation", "scorer", "author", "withdrawn_by", "log"
    )


def claims_matching(wanted: Mapping[str, str]) -> ClaimedScoreQuerySet:
    """By model and evaluation (slugs), q (part of benchmark, source, model or evaluation) and state (standing, withdrawn, else both)."""
    rows = claims()
    if model := wanted.get("model"):
        rows = rows.filter(model_version__model__slug=model)
    if evaluation := wanted.get("evaluation"):
        rows = rows.filter(evaluation__slug=evaluation)
    if wanted.get("state") in {"standing", "withdrawn"}:
        rows = rows.filter(withdrawn_at__isnull=wanted["state"] == "standing")
    if text := wanted.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(
            Q(benchmark__icontains=text)
            | Q(source__icontains=text)
            | Q(model_version__model__name__icontains=text)
            | Q(evaluation__name__icontains=text)
        )
    return rows


def claims_by_measure(measures: Iterable[Measure]) -> dict[Measure, list[ClaimedScore]]:
    """Standing claims by (evaluation, scorer), the newest first. One query, none without measures."""
    wanted = {pair for pair in measures if None not in pair}
    if not wanted:
        return {}
    rows = claims().standing().filter(
        evaluation__in={pair[0] for pair in wanted}, scorer__in={pair[1] for pair in wanted}
    )  # fmt: skip
    found: dict[Measure, list[ClaimedScore]] = {}
    for claim in rows:
        pair = (claim.evaluation_id, claim.scorer_id)
        if pair in wanted:
            found.setdefault(pair, []).append(claim)
    return found


def beside(claimed: Sequence[ClaimedScore]) -> list[Beside]:
    """Each with what is measured of its version by the same measure, of the evaluation's newest version that ran. Five queries at most."""
    runs = _runs(claimed)
    lines = scores_of(list(runs.values())) if runs else {}
    return [Beside(claim, _line(claim, runs, lines)) for claim in claimed]


def _runs(claimed: Sequence[ClaimedScore]) -> dict[tuple[int, int], Run]:
    """By model version and evaluation. One query."""
    known = [claim for claim in claimed if claim.evaluation_id]
    if not known:
        return {}
    pair = ("model_version_id", "evaluation_version__evaluation_id")
    rows = (
        Run.objects.finished()
        .exclude(origin__in=NOT_EVIDENCE)
        .filter(
            model_version__in={claim.model_version_id for claim in known},
            evaluation_version__evaluation__in={claim.evaluation_id for claim in known},
        )
        .select_related("evaluation_version")
        .order_by(*pair, "-evaluation_version__number", ASKED.desc(), "-id")
        .distinct(*pair)
    )
    return {(run.model_version_id, run.evaluation_version.evaluation_id): run for run in rows}


def _line(
    claim: ClaimedScore, runs: Mapping[tuple[int, int], Run], lines: Mapping[int, Sequence[ScoreLine]]
) -> ScoreLine | None:
    run = runs.get((claim.model_version_id, claim.evaluation_id or 0))
    found = lines.get(run.pk, ()) if run else ()
    return next((line for line in found if line.scorer.scorer_id == claim.scorer_id), None)


def as_record(row: Beside) -> dict[str, Any]:
    """A line of a file: values in the unit, a rate is a fraction."""
    claim, line = row.claim, row.measured if row.same_unit else None
    return {
        "id": claim.pk,
        "version": claim.model_version.label,
        "evaluation": claim.evaluation.slug if claim.evaluation else "",
        "scorer": claim.scorer.slug if claim.scorer else "",
        "benchmark": claim.benchmark,
        "metric": claim.metric,
        "claimed": claim.value,
        "unit": claim.unit,
        "source": claim.source,
        "claimed_on": claim.claimed_on,
        "conditions": claim.conditions,
        "claimed_n": claim.n,
        "standard_error": claim.standard_error,
        "direction": claim.direction,
        "log": claim.log_id,
        "measured_here": line.point if line else None,
        "low": line.low if line else None,
        "high": line.high if line else None,
        "n": line.n if line else None,
        "run": line.run.pk if line else None,
        "claimed_less_measured": row.gap,
        "entered_by": claim.author.username,
        "created_at": claim.created_at,
        "withdrawn_at": claim.withdrawn_at,
        "withdrawn_reason": claim.withdrawn_reason,
    }


def told_of(version: ModelVersion) -> list[dict[str, Any]]:
    """What vendors claim of a version and stands, as records with the measure and the sentence beside. Six queries at most.

    What logs report of it is no vendor's word; the list of claims has it.
    """
    found = beside(list(claims().standing().filter(model_version=version, log=None)))
    return [
        as_record(row)
        | {"measure": row.claim.measure, "value": row.value, "sentence": row.words, "source_url": row.claim.source_url}
        for row in found
    ]  # fmt: skip
