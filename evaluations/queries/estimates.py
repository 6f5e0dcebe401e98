"""What finished runs say: a value with its plausible range for each run and scorer."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import F

from evaluations.models import DatasetVersionCase, Run, RunAggregate, ScorerVersion
from evaluations.queries.figures import estimate_of
from evaluations.queries.vectors import CaseList, samples_from, vectors_of
from evaluations.statistics import Estimate, clopper_pearson, sequence_rate


@dataclass(frozen=True)
class ScoreLine:
    """One scorer's value in one run. low to high: the 95 % range, None where none can be given. missing: samples without a score."""

    run: Run
    scorer: ScorerVersion
    point: float | None
    low: float | None
    high: float | None
    n: int
    missing: int

    @property
    def unit(self) -> str:
        """The scorer's unit as pages write it: money in the currency of the run."""
        return self.run.currency if self.scorer.unit == "currency" else self.scorer.unit


def scores_of(runs: Sequence[Run]) -> dict[int, list[ScoreLine]]:
    """Lines by run id, scorers in the evaluation's order. Needs `evaluation_version` loaded. Four queries, one without runs.

    Rates of one try a case come from the stored sums; everything else from the packed scores.
    """
    aggregates = list(
        RunAggregate.objects.filter(run__in=runs, slice="", value="", generation=F("run__generation"))
        .select_related("scorer_version__scorer")
        .order_by("scorer_version__scorer__slug")
    )
    by_id = {run.pk: run for run in runs}
    grouped = _grouped(by_id.values()) if aggregates else {}
    hard = [row for row in aggregates if not _is_plain(row, by_id[row.run_id], grouped)]
    vectors = (
        vectors_of({by_id[row.run_id] for row in hard}, {row.scorer_version for row in hard}) if hard else {}
    )
    found: dict[int, list[ScoreLine]] = {run.pk: [] for run in runs}
    for row in aggregates:
        run = by_id[row.run_id]
        vector = vectors.get((run.pk, row.scorer_version_id))
        if vector is None:
            found[run.pk].append(_from_sums(run, row))
            continue
        cases = grouped.get(run.evaluation_version.dataset_version_id) or _numbered(vector.items)
        found[run.pk].append(
            _line(run, row, estimate_of(row, samples_from(vector, cases, row.scorer_version)))
        )
    return found


def _grouped(runs: Iterable[Run]) -> dict[int, CaseList]:
    """The cases of those dataset versions in which cases from one source count together. Two queries."""
    wanted = {run.evaluation_version.dataset_version_id for run in runs}
    entries = DatasetVersionCase.objects.filter(version__in=wanted)
    clustered = set(
        entries.exclude(case__cluster="").order_by().values_list("version_id", flat=True).distinct()
    )
    found: dict[int, list[tuple[str, str]]] = {version: [] for version in clustered}
    rows = entries.filter(version__in=clustered).order_by("version_id", "position")
    for version, key, cluster in rows.values_list("version_id", "key", "case__cluster"):
        found[version].append((key, f"group {cluster}" if cluster else f"case {key}"))
    return {version: _clustered(pairs) for version, pairs in found.items()}


def _clustered(pairs: Sequence[tuple[str, str]]) -> CaseList:
    keys, clusters = zip(*pairs, strict=True)
    return CaseList(keys, keys, clusters, ({},) * len(keys))


def _numbered(items: int) -> CaseList:
    keys = tuple(map(str, range(items)))
    return CaseList(keys, keys, None, ({},) * items)


def _is_plain(row: RunAggregate, run: Run, grouped: dict[int, CaseList]) -> bool:
    version = run.evaluation_version
    binary = row.scorer_version.value_kind == ScorerVersion.ValueKind.BINARY
    return binary and version.repeats == 1 and version.dataset_version_id not in grouped


def _from_sums(run: Run, row: RunAggregate) -> ScoreLine:
    """The same numbers the statistics give for independent tries: the share, and its Clopper–Pearson interval."""
    if not row.scored:
        return ScoreLine(run, row.scorer_version, None, None, None, 0, row.missing)
    point = row.numerator / row.denominator if row.denominator else None
    interval = (sequence_rate if run.looks else clopper_pearson)(round(row.numerator), row.scored, 0.95)
    low, high = (interval.low, interval.high) if row.scorer_version.value_kind == "binary" else (None, None)
    return ScoreLine(run, row.scorer_version, point, low, high, row.scored, row.missing)


def _line(run: Run, row: RunAggregate, found: Estimate) -> ScoreLine:
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return ScoreLine(
        run, row.scorer_version, _finite(found.point), _finite(low), _finite(high), found.n, row.missing
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(np.float64(value)) else None
