"""Scorers: one small file per kind. Add a file, name it in `_BUILT_IN`, describe it in docs/scorers.md.

A package of one's own adds scorers by the entry point group `plumbline.scorers`: each entry point loads a
module or an object with the names of `Scorer`. A built-in slug cannot be replaced.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from evaluations.scorers import (
    auroc,
    bleu,
    calibration_error,
    cer,
    choice,
    chrf,
    citation_precision,
    consistency,
    correct_decline,
    cost,
    exact,
    external,
    f1,
    human_rating,
    includes,
    json_schema,
    keyword_recall,
    keywords,
    latency,
    length,
    macro_f1,
    ndcg,
    numeric,
    pattern,
    position_error,
    precision_at_k,
    real_time_factor,
    recall_at_precision,
    rubric_judge,
    speech_wer,
    suggestion_precision,
    supported_claims,
    unwanted_interruption,
    wer,
    within,
    within_radius,
)
from evaluations.scorers.opinions import Judge, as_judge
from evaluations.scorers.types import (
    CaseView,
    Direction,
    Kind,
    Measure,
    Media,
    NotScorable,
    Output,
    Scored,
    Scorer,
    Unit,
)
from evaluations.statistics.labelled import Metric

__all__ = [
    "CaseView",
    "Direction",
    "Judge",
    "Kind",
    "Measure",
    "Media",
    "NotScorable",
    "Output",
    "Scored",
    "Scorer",
    "Unit",
    "UnknownScorer",
    "all_scorers",
    "case_problem",
    "get_scorer",
    "is_slow",
    "judge_of",
    "judge_kinds",
    "measure_of",
    "metric_of",
    "wanted_label",
]

_BUILT_IN: tuple[Scorer, ...] = (
    exact,
    includes,
    choice,
    numeric,
    within,
    pattern,
    json_schema,
    keywords,
    f1,
    bleu,
    chrf,
    length,
    correct_decline,
    citation_precision,
    suggestion_precision,
    unwanted_interruption,
    position_error,
    within_radius,
    consistency,
    wer,
    cer,
    keyword_recall,
    real_time_factor,
    speech_wer,
    rubric_judge,
    supported_claims,
    human_rating,
    external,
    precision_at_k,
    ndcg,
    macro_f1,
    recall_at_precision,
    auroc,
    calibration_error,
    latency,
    cost,
)


class UnknownScorer(LookupError):
    """No scorer has this slug; the text names those there are."""


@cache
def all_scorers() -> Mapping[str, Scorer]:
    """Every scorer by slug: the built-in ones first, then those of installed packages."""
    found = {scorer.slug: scorer for scorer in _BUILT_IN}
    for entry_point in entry_points(group="plumbline.scorers"):
        scorer: Scorer = entry_point.load()
        found.setdefault(scorer.slug, scorer)
    return MappingProxyType(found)


def get_scorer(slug: str) -> Scorer:
    """The scorer with this slug. Raises UnknownScorer."""
    try:
        return all_scorers()[slug]
    except KeyError:
        known = ", ".join(all_scorers())
        raise UnknownScorer(f"There is no scorer “{slug}”; there is {known}.") from None


def is_slow(slug: str) -> bool:
    """Whether the scorer computes for seconds a sample, as an attribute `slow` of it says."""
    return bool(getattr(all_scorers().get(slug), "slow", False))


def judge_of(slug: str) -> Judge | None:
    """The scorer as a judge, None where its scores are computed or the kind is not installed here."""
    found = all_scorers().get(slug)
    return as_judge(found) if found else None


def judge_kinds() -> list[str]:
    """Slugs of the kinds whose scores are opinions of a model."""
    return [slug for slug in all_scorers() if judge_of(slug)]


def measure_of(slug: str, config: Mapping[str, Any]) -> Measure:
    """How scores of this scorer under this config are read. config must validate. Raises UnknownScorer."""
    measure = get_scorer(slug).measure
    return replace(
        measure,
        direction=Direction(config.get("direction", measure.direction)),
        unit=Unit(config.get("unit", measure.unit)),
        kind=Kind(config.get("kind", measure.kind)),
        pass_mark=config.get("pass_mark", measure.pass_mark),
        high=config.get("cutoff", measure.high),
    )


def metric_of(slug: str, config: Mapping[str, Any]) -> Metric:
    """The figure over all samples of a scorer whose kind is set. Raises UnknownScorer, AttributeError for other kinds."""
    metric: Metric = get_scorer(slug).metric(config)  # type: ignore[attr-defined]
    return metric


def wanted_label(slug: str, case: CaseView, config: Mapping[str, Any]) -> str:
    """The label a scorer of the kind set wants for a case, whatever is answered; empty where the case has none."""
    try:
        return get_scorer(slug).score(Output(text=""), case.target, case, config).expected
    except NotScorable:
        return ""


def case_problem(slug: str, case: CaseView, config: Mapping[str, Any]) -> str:
    """Why no answer to this case could ever be scored (a target that is no number, say); empty if it can."""
    if judge_of(slug):
        return ""
    sound = Media("audio/wav", lambda: b"", seconds=1.0)
    probe = Output(text="", latency_ms=0.0, cost=Decimal(0), media=sound)
    try:
        get_scorer(slug).score(probe, case.target, case, config)
    except NotScorable as problem:
        return str(problem)
    return ""
