"""Ranks with their uncertainty: a rank is an interval, never a bare number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.statistics.multiplicity import holm
from evaluations.statistics.pairs import same_items
from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.rank_matrix import all_tests, couples, points_of
from evaluations.statistics.samples import Flags, Samples


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
    runs: Mapping[str, Samples],
    alpha: float = 0.05,
    max_missing_share: float = 0.05,
    *,
    sure: bool = False,
) -> Ranking:
    """Simultaneous rank intervals on the items every ranked model scored.

    All pairs tested (exact McNemar for single binary tries, else paired t), Holm over M(M−1)/2;
    interval [1 + number significantly better, M − number significantly worse]. sure: a difference counts only where it also stands
    however missing tries are read, as in a comparison of two.
    """
    every_item = _every_item(runs)
    partial = [name for name, run in runs.items() if _lacking(run, every_item) > max_missing_share + SLACK]
    names = [name for name in runs if name not in partial]
    if not names:
        return Ranking((), (), tuple(partial), 0)
    ranked, keep = _common([runs[name] for name in names])
    if not keep.any():
        return Ranking((), (), tuple(runs), 0)
    tests = _all_pairs(names, ranked, keep, alpha, sure=sure)
    points = dict(zip(names, points_of(ranked, keep), strict=True))
    return Ranking(
        _standings(points, tests, higher=ranked[0].higher_is_better), tests, tuple(partial), int(keep.sum())
    )


def _every_item(runs: Mapping[str, Samples]) -> int:
    lists = [run.items for run in runs.values()]
    if all(items == lists[0] for items in lists):
        return len(lists[0]) if lists else 0
    return len({item for items in lists for item in items})


def _lacking(run: Samples, total: int) -> float:
    return 1 - float(np.any(run.present, axis=1).sum()) / total if total else 1.0


def _common(runs: Sequence[Samples]) -> tuple[list[Samples], Flags]:
    """The runs on one list of items, and which of these all of them scored."""
    if any(run.items != runs[0].items for run in runs):
        runs = same_items(runs)
    return list(runs), np.logical_and.reduce([run.present.any(axis=1) for run in runs])


def _all_pairs(
    names: Sequence[str], runs: Sequence[Samples], keep: Flags, alpha: float, *, sure: bool
) -> tuple[PairTest, ...]:
    found = all_tests(runs, keep, sure=sure)
    sign = 1 if runs[0].higher_is_better else -1
    adjusted = holm(found.p.tolist())
    return tuple(
        [
            PairTest(names[a], names[b], sign * gap, p, corrected, corrected <= alpha + SLACK)
            for (a, b), gap, p, corrected in zip(
                couples(len(names)), found.gaps.tolist(), found.p.tolist(), adjusted, strict=True
            )
        ]
    )


def _standings(
    points: Mapping[str, float], tests: Sequence[PairTest], *, higher: bool
) -> tuple[Standing, ...]:
    better = dict.fromkeys(points, 0)
    worse = dict.fromkeys(points, 0)
    for test in tests:
        if test.significant and test.difference:
            winner, loser = (test.a, test.b) if test.difference > 0 else (test.b, test.a)
            worse[winner] += 1
            better[loser] += 1
    count = len(points)
    standings = [
        Standing(
            name=name,
            score=point,
            best_rank=1 + better[name],
            worst_rank=count - worse[name],
            ahead=worse[name],
            tied=count - 1 - better[name] - worse[name],
            behind=better[name],
        )
        for name, point in points.items()
    ]
    sign = -1 if higher else 1
    return tuple(sorted(standings, key=lambda one: sign * one.score))
