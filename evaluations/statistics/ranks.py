"""Ranks with their uncertainty: a rank is an interval, never a bare number."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluations.statistics.estimation import point_of
from evaluations.statistics.multiplicity import holm
from evaluations.statistics.pairs import pair, same_items
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.samples import Samples
from evaluations.statistics.units import collapse


@dataclass(frozen=True)
class Standing:
    """One model: its score on the common items and the ranks it may hold.

    ahead, tied, behind: how many others it is significantly better than, not told apart from, worse than.
    """

    name: str
    score: float
    best_rank: int
    worst_rank: int
    ahead: int
    tied: int
    behind: int


@dataclass(frozen=True)
class PairTest:
    a: str
    b: str
    difference: float
    p: float
    adjusted_p: float
    significant: bool


@dataclass(frozen=True)
class Ranking:
    """standings by score, best first; partial: models with too much missing, unranked."""

    standings: tuple[Standing, ...]
    pairs: tuple[PairTest, ...]
    partial: tuple[str, ...]
    n: int

    @property
    def best_group(self) -> tuple[str, ...]:
        return tuple([standing.name for standing in self.standings if standing.best_rank == 1])


def rank_intervals(
    runs: Mapping[str, Samples], alpha: float = 0.05, max_missing_share: float = 0.05
) -> Ranking:
    """Simultaneous rank intervals on the items every ranked model scored.

    All pairs tested (exact McNemar for single binary tries, else paired t), Holm over M(M−1)/2;
    interval [1 + number significantly better, M − number significantly worse].
    """
    every_item = {item for run in runs.values() for item in run.items}
    partial = [
        name for name, run in runs.items() if _lacking(run, len(every_item)) > max_missing_share + SLACK
    ]
    names = [name for name in runs if name not in partial]
    if not names:
        return Ranking((), (), tuple(partial), 0)
    common = dict(zip(names, same_items([runs[name] for name in names]), strict=True))
    n = len(common[names[0]].items)
    if n == 0:
        return Ranking((), (), tuple(runs), 0)
    tests = _all_pairs(common, alpha)
    return Ranking(_standings(common, tests), tests, tuple(partial), n)


def _lacking(run: Samples, total: int) -> float:
    return 1 - float(np.any(run.present, axis=1).sum()) / total if total else 1.0


def _all_pairs(runs: Mapping[str, Samples], alpha: float) -> tuple[PairTest, ...]:
    names = list(runs)
    couples = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    pairings = [pair(runs[a], runs[b]) for a, b in couples]
    raw = [1.0 if pairing.p is None else pairing.p for pairing in pairings]
    gains = [_gain(pairing.scored.point if pairing.scored else 0.0, runs[names[0]]) for pairing in pairings]
    return tuple(
        [
            PairTest(a, b, gain, p, adjusted, adjusted <= alpha + SLACK)
            for (a, b), gain, p, adjusted in zip(couples, gains, raw, holm(raw), strict=True)
        ]
    )


def _gain(difference: float, like: Samples) -> float:
    return difference if like.higher_is_better else -difference


def _standings(runs: Mapping[str, Samples], tests: tuple[PairTest, ...]) -> tuple[Standing, ...]:
    better = dict.fromkeys(runs, 0)
    worse = dict.fromkeys(runs, 0)
    for test in tests:
        if test.significant and test.difference:
            winner, loser = (test.a, test.b) if test.difference > 0 else (test.b, test.a)
            worse[winner] += 1
            better[loser] += 1
    count = len(runs)
    standings = [
        Standing(
            name=name,
            score=point_of(run, collapse(run)) or 0.0,
            best_rank=1 + better[name],
            worst_rank=count - worse[name],
            ahead=worse[name],
            tied=count - 1 - better[name] - worse[name],
            behind=better[name],
        )
        for name, run in runs.items()
    ]
    sign = -1 if next(iter(runs.values())).higher_is_better else 1
    return tuple(sorted(standings, key=lambda one: sign * one.score))
