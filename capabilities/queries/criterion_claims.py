"""Vendors' claims on what a criterion measures, for its page and chart: shown beside verdicts, read by nothing that gives one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from capabilities.models import Criterion
from capabilities.queries.states import CriterionState
from evaluations.charts import GapRow
from evaluations.models import ModelVersion, Side
from evaluations.queries.claimed_scores import NOT_MEASURED, Beside, Measure, beside, claims_by_measure

MOST = 12
PLAIN = frozenset({Criterion.Statistic.MEAN, Criterion.Statistic.RATIO})


def measure_of(state: CriterionState) -> Measure:
    """(evaluation, scorer) where a claim can speak of the same number; (None, None) for shares, costs, named cases and slices."""
    criterion, link = state.criterion, state.verification
    if link is None or not criterion.measurable or criterion.slice_name or criterion.statistic not in PLAIN:
        return (None, None)
    return (link.evaluation_version.evaluation_id, criterion.scorer_id)


def claims_on(states: Sequence[CriterionState], judged: ModelVersion | None) -> dict[int, Sequence[Beside]]:
    """By criterion: standing claims of the judged version and of others' models, newest first. Up to six queries, one without claims."""
    by_measure = claims_by_measure(measure_of(state) for state in states)
    wanted = {
        pair: [claim for claim in claims if _shown(claim.model_version, judged)][:MOST]
        for pair, claims in by_measure.items()
    }
    every = {claim.pk: claim for claims in wanted.values() for claim in claims}
    read = {row.claim.pk: row for row in beside(list(every.values()))}
    return {
        state.criterion.pk: [read[claim.pk] for claim in wanted.get(measure_of(state), ())]
        for state in states
    }


def _shown(version: ModelVersion, judged: ModelVersion | None) -> bool:
    return version.model.side != Side.OWN or (judged is not None and version.pk == judged.pk)


def with_claims(rows: Sequence[tuple[GapRow, int | None]], claims: Iterable[Beside]) -> list[GapRow]:
    """Hollow marks in the rows of their versions (by id), and a row without a value for versions that were not measured."""
    marks: dict[int, list[tuple[float, str]]] = {}
    names: dict[int, ModelVersion] = {}
    for one in claims:
        version = one.claim.model_version
        marks.setdefault(version.pk, []).append((one.claim.value, one.claim.source))
        names[version.pk] = version
    found = [replace(row, claimed=marks.pop(version, ())) if version else row for row, version in rows]
    for pk, claimed in marks.items():
        version = names[pk]
        side = "ours" if version.model.side == Side.OWN else "rival"
        found.append(GapRow(version.label, side, None, claimed=claimed))  # type: ignore[arg-type]
    return found


def claim_rows(claims: Iterable[Beside]) -> list[list[str]]:
    """The table beside the chart."""
    return [
        [f"{one.claim.model_version.label} (claimed)", one.value, NOT_MEASURED, one.words]
        for one in claims
    ]  # fmt: skip


def claim_records(claims: Iterable[Beside], target: float | None) -> list[dict[str, Any]]:
    """The rows of its file: no range, since nothing was measured."""
    return [
        {
            "model": one.claim.model_version.label,
            "value": one.claim.value,
            "low": None,
            "high": None,
            "unit": one.claim.unit,
            "target": target,
            "beside_ours": NOT_MEASURED,
            "source": one.claim.source,
        }
        for one in claims
    ]
