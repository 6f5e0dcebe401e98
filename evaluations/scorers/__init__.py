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
    choice,
    cost,
    exact,
    external,
    f1,
    includes,
    json_schema,
    keywords,
    latency,
    length,
    numeric,
    pattern,
    within,
)
from evaluations.scorers.types import (
    CaseView,
    Direction,
    Kind,
    Measure,
    NotScorable,
    Output,
    Scored,
    Scorer,
    Unit,
)

__all__ = [
    "CaseView",
    "Direction",
    "Kind",
    "Measure",
    "NotScorable",
    "Output",
    "Scored",
    "Scorer",
    "Unit",
    "UnknownScorer",
    "all_scorers",
    "case_problem",
    "get_scorer",
    "measure_of",
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
    length,
    external,
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


def measure_of(slug: str, config: Mapping[str, Any]) -> Measure:
    """How scores of this scorer under this config are read. config must validate. Raises UnknownScorer."""
    measure = get_scorer(slug).measure
    return replace(
        measure,
        direction=Direction(config.get("direction", measure.direction)),
        unit=Unit(config.get("unit", measure.unit)),
        kind=Kind(config.get("kind", measure.kind)),
        pass_mark=config.get("pass_mark", measure.pass_mark),
    )


def case_problem(slug: str, case: CaseView, config: Mapping[str, Any]) -> str:
    """Why no answer to this case could ever be scored (a target that is no number, say); empty if it can."""
    probe = Output(text="", latency_ms=0.0, cost=Decimal(0))
    try:
        get_scorer(slug).score(probe, case.target, case, config)
    except NotScorable as problem:
        return str(problem)
    return ""
