"""What a question brings as plain values, read into samples and a rule; a result told back as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluations.statistics.results import Interval, Result
from evaluations.statistics.samples import Kind, Rule, Samples, plain

Given = Mapping[str, Any]
Answer = dict[str, Any]
RULE = (
    "threshold",
    "confidence",
    "margin",
    "tolerance",
    "max_missing_share",
    "equivalence",
    "min_n",
    "min_repeats",
)


def rule_of(given: Given, **more: Any) -> Rule:
    return Rule(**{name: given[name] for name in RULE if given.get(name) is not None}, **more)


def higher(given: Given) -> bool:
    return bool(given.get("direction", "higher") != "lower")


def clusters_of(given: Given, n: int) -> Sequence[str] | None:
    """A name for each of n items, where the question names clusters."""
    named = given.get("cluster", given.get("clusters"))
    if isinstance(named, Sequence) and not isinstance(named, str) and len(named) == n:
        return [str(name) for name in named]
    return None


def passes(passed: int, failed: int, missing: int = 0, *, higher_is_better: bool = True) -> Samples:
    scores = [1.0] * passed + [0.0] * failed + [np.nan] * missing
    return plain(scores, higher_is_better=higher_is_better)


def by_item(rows: Sequence[Sequence[Any]], *, higher_is_better: bool = True) -> Samples:
    """Rows of item, cluster and score; items may have unlike numbers of tries."""
    tries: dict[str, list[float]] = {}
    clusters: dict[str, str] = {}
    for item, cluster, score in rows:
        tries.setdefault(str(item), []).append(np.nan if score is None else float(score))
        clusters[str(item)] = str(cluster)
    most = max(map(len, tries.values()), default=1)
    scores = np.array([[*row, *[np.nan] * (most - len(row))] for row in tries.values()], dtype=np.float64)
    kind = Kind.BINARY if np.isin(scores[~np.isnan(scores)], (0.0, 1.0)).all() else Kind.BOUNDED
    names = [clusters[item] for item in tries]
    return plain(
        scores.reshape(len(tries), most), kind=kind, clusters=names, higher_is_better=higher_is_better
    )


def ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def told(result: Result) -> Answer:
    """The result under the names that questions use for what they expect."""
    return {
        "method": result.method,
        "verdict": str(result.trend or result.outcome),
        "reason": str(result.reason),
        "lean": result.lean,
        "point": result.point,
        "ci": ends(result.interval),
        "se": result.se,
        "df": result.df,
        "n": result.n,
        "n_scored": result.n,
        "G": result.clusters,
        "n_eff": result.n_eff,
        "n_adj": result.n_adj,
        "missing_share": result.missing_share,
        "needed_n": result.needed_n,
        "never_settles": result.never_settles,
        "mde": result.mde,
        "p_two_sided": result.p,
    }
