"""How often a discovery happened again: per model version, with the range, from the tries of a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capabilities.models import DiscoveryEvidence, DiscoveryThumb
from evaluations.models import ModelVersion, Response, Run
from evaluations.queries.vectors import CaseList, cases_of, samples_from, vectors_of
from evaluations.statistics import (
    Kind,
    Outcome,
    Reach,
    Result,
    Rule,
    Samples,
    Unit,
    against_threshold,
    sentence,
)

LEAST_TRIES = 10
FIRST_TARGET = 0.5
INPUTS = Unit(cases="inputs")
MOVING = {Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING}


@dataclass(frozen=True)
class Rate:
    """One version's tries. judged: how many have a word on them; result: None while there is none."""

    run: Run
    good: int
    judged: int
    result: Result | None

    @property
    def version(self) -> ModelVersion:
        return self.run.model_version

    @property
    def moving(self) -> bool:
        return self.run.state in MOVING

    @property
    def low(self) -> float | None:
        return self.result.interval.low if self.result and self.result.interval else None

    @property
    def high(self) -> float | None:
        return self.result.interval.high if self.result and self.result.interval else None

    @property
    def enough(self) -> bool:
        return self.judged >= LEAST_TRIES

    @property
    def proven(self) -> bool:
        return self.enough and self.result is not None and self.result.outcome is Outcome.MET

    @property
    def sentence(self) -> str:
        if self.moving:
            return "The tries are being made."
        if self.result is None:
            return "Nobody has judged a try yet."
        if not self.enough:
            return (
                f"{self.judged} of {self.run.total} tries are judged; it takes {LEAST_TRIES} to say anything."
            )
        return sentence(self.result, INPUTS)


def runs_by_id(ids: Sequence[int]) -> dict[int, Run]:
    """One query."""
    rows = Run.objects.filter(pk__in=ids).select_related(
        "model_version__model",
        "evaluation_version__dataset_version__dataset",
        "evaluation_version__evaluation",
    )
    return {run.pk: run for run in rows.order_by("pk")}


def rates_of(evidence: DiscoveryEvidence) -> list[Rate]:
    """A line for each version of a step. Four queries, whatever it holds."""
    runs = list(runs_by_id(evidence.runs).values())
    if not runs:
        return []
    cases = cases_of(runs[0].evaluation_version.dataset_version_id)
    found = (
        _scored(evidence, runs, cases)
        if evidence.judge_id
        else _thumbed(evidence, runs, cases, thumbs_of(evidence))
    )
    return [_rate(run, found.get(run.pk), evidence.target or FIRST_TARGET) for run in runs]


def thumbs_of(evidence: DiscoveryEvidence) -> dict[int, bool]:
    """The newest word on each answer, by response id. One query."""
    rows = DiscoveryThumb.objects.filter(evidence=evidence).order_by("id").values_list("response", "good")
    return dict(rows)


def _scored(evidence: DiscoveryEvidence, runs: Sequence[Run], cases: CaseList) -> dict[int, Samples]:
    if evidence.judge is None:
        return {}
    vectors = vectors_of(runs, [evidence.judge])
    return {run_id: samples_from(vector, cases, evidence.judge) for (run_id, _), vector in vectors.items()}


def _thumbed(
    evidence: DiscoveryEvidence, runs: Sequence[Run], cases: CaseList, thumbs: Mapping[int, bool]
) -> dict[int, Samples]:
    rows = Response.objects.filter(run__in=runs).values_list("pk", "run", "case__key", "repeat")
    place = {key: number for number, key in enumerate(cases.keys)}
    repeats = runs[0].evaluation_version.repeats
    marks = {run.pk: np.full((len(cases.keys), repeats), np.nan) for run in runs}
    for pk, run, key, repeat in rows:
        if pk in thumbs:
            marks[run][place[key], repeat - 1] = float(thumbs[pk])
    return {
        run: Samples(cases.keys, found, np.ones_like(found), cases.clusters, Kind.BINARY)
        for run, found in marks.items()
    }


def _rate(run: Run, samples: Samples | None, target: float) -> Rate:
    """Tries of one input are one cluster; a claim about a single input is a claim about that input only."""
    if samples is None or not samples.present.any():
        return Rate(run, 0, 0, None)
    judged = int(samples.present.sum())
    good = int(np.nansum(samples.numerators))
    sources = len(set(samples.clusters or samples.items))
    reach = Reach.IN_GENERAL if sources > 1 else Reach.THESE_ITEMS
    # What nobody has judged yet is no failure of the machine: the range says how little is known.
    rule = Rule(threshold=target, reach=reach, max_missing_share=1.0)
    return Rate(run, good, judged, against_threshold(samples, rule))
