"""Bradley–Terry ratings from pairwise games: who is comparable at all, how strong, and which ranks that leaves open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evaluations.statistics.arrays import Flags, Floats
from evaluations.statistics.bootstrap import percentile_ends
from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.multiplicity import holm, rejected
from evaluations.statistics.quantiles import two_sided_student
from evaluations.statistics.results import Interval

SCALE, MEAN = 400 / np.log(10), 1000.0
STEPS, ENOUGH = 10_000, 1e-12
# Resampling fewer prompts than this says next to nothing of those that were not drawn.
FEWEST_PROMPTS = 10
CHUNK = 250


@dataclass(frozen=True)
class Game:
    """One judged pair; score of a: 1 win, 0.5 tie, 0 loss. prompt: what is resampled together."""

    prompt: str
    a: str
    b: str
    score: float


@dataclass(frozen=True)
class Rating:
    """interval: None when too few prompts, or resamples that connect all models, are there.

    best_rank, worst_rank: 1 + number of models shown to be better, number of models less those shown to be worse; any rank below
    30 prompts. games: it took part in; prompts: of these.
    """

    model: str
    rating: float
    interval: Interval | None
    best_rank: int
    worst_rank: int
    games: int
    prompts: int


def bradley_terry(wins: Floats) -> Floats | None:
    """Strengths with geometric mean 1 from wins[i, j] = games i won against j, ties one half each.

    Maximum likelihood by Newman's iteration (2023). None (not comparable) unless every model is linked
    to every other by a chain of wins.
    """
    wins = np.asarray(wins, dtype=np.float64)
    if len(wins) < 2 or not _reach(wins[None]).all():
        return None
    strengths: Floats = np.exp(_logs(wins[None])[0])
    return strengths


def on_rating_scale(strengths: Floats) -> Floats:
    """1000 + 400/ln 10 · (ln strength − mean of ln strengths)."""
    return _rescaled(np.log(strengths))


def comparable_groups(games: Sequence[Game]) -> list[list[str]]:
    """Models linked by chains of wins both ways (a tie is both); the largest group first, of equals that of more games."""
    models, _, per_prompt = _wins_per_prompt(games)
    if not models:
        return []
    wins = per_prompt.sum(axis=0)
    reach = _reach(wins[None])[0]
    groups = {tuple(np.flatnonzero(row).tolist()) for row in reach & reach.T}
    ordered = sorted(groups, key=lambda one: (-len(one), -wins[np.ix_(one, one)].sum(), one))
    return [[models[place] for place in group] for group in ordered]


def rate_models(
    games: Sequence[Game], seed: int, replicates: int = 500, confidence: float = 0.95
) -> list[Rating] | None:
    """Ratings, best first, with percentile intervals from a bootstrap over prompts; None: not comparable.

    The same seed gives the same intervals, expanded for few prompts (Hesterberg 2015). Resamples that split the models are left out;
    an interval needs at least half of them and ten prompts. Ranks: differences of all pairs in the resamples, Holm over M(M−1)/2.
    """
    models, prompts, per_prompt = _wins_per_prompt(games)
    strengths = bradley_terry(per_prompt.sum(axis=0)) if len(models) > 1 else None
    if strengths is None:
        return None
    drawn = _drawn(per_prompt, seed, replicates) if len(prompts) >= FEWEST_PROMPTS else None
    read_at = _expanded(confidence, len(prompts))
    ranks = _ranks(drawn, len(models), len(prompts), 1 - read_at)
    ratings = [
        Rating(
            model=model,
            rating=float(on_rating_scale(strengths)[place]),
            interval=None if drawn is None else _ends(drawn[:, place], read_at, confidence),
            best_rank=ranks[place][0],
            worst_rank=ranks[place][1],
            games=sum(model in (game.a, game.b) for game in games),
            prompts=len({game.prompt for game in games if model in (game.a, game.b)}),
        )
        for place, model in enumerate(models)
    ]
    return sorted(ratings, key=lambda one: -one.rating)


def _wins_per_prompt(games: Sequence[Game]) -> tuple[list[str], list[str], Floats]:
    """Models, prompts, and wins of shape (prompts, models, models)."""
    models = sorted({name for game in games for name in (game.a, game.b)})
    prompts = sorted({game.prompt for game in games})
    row = {prompt: place for place, prompt in enumerate(prompts)}
    column = {model: place for place, model in enumerate(models)}
    wins = np.zeros((len(prompts), len(models), len(models)))
    for game in games:
        wins[row[game.prompt], column[game.a], column[game.b]] += game.score
        wins[row[game.prompt], column[game.b], column[game.a]] += 1 - game.score
    return models, prompts, wins


def _reach(wins: Floats) -> Flags:
    """Whether a chain of wins leads from one model to the other: shape (tables, models, models), as wins."""
    models = wins.shape[1]
    reach: Flags = (wins > 0) | np.eye(models, dtype=np.bool_)
    for _ in range(max(models - 1, 1).bit_length()):
        steps = reach.astype(np.float32)
        reach = steps @ steps > 0
    return reach


def _logs(wins: Floats) -> Floats:
    """Logs of the strengths, mean 0, shape (tables, models), of wins (tables, models, models) that are all connected."""
    logs = np.zeros(wins.shape[:2])
    moving: NDArray[np.intp] = np.arange(len(wins))
    for _ in range(STEPS):
        moved = _improved(logs[moving], wins[moving])
        unsettled = np.abs(moved - logs[moving]).max(axis=1) >= ENOUGH
        logs[moving] = moved
        moving = moving[unsettled]
        if not len(moving):
            break
    return logs


def _improved(logs: Floats, wins: Floats) -> Floats:
    """One pass over the models in turn; all at once would swing to and fro."""
    strengths = np.exp(logs)
    for place in range(strengths.shape[1]):
        sums = strengths[:, place, None] + strengths
        won = (wins[:, place] * strengths / sums).sum(axis=1)
        strengths[:, place] = won / (wins[:, :, place] / sums).sum(axis=1)
    moved: Floats = np.log(strengths)
    moved -= moved.mean(axis=1, keepdims=True)
    return moved


def _rescaled(logs: Floats) -> Floats:
    ratings: Floats = MEAN + SCALE * (logs - logs.mean(axis=-1, keepdims=True))
    return ratings


def _drawn(per_prompt: Floats, seed: int, replicates: int) -> Floats | None:
    """Ratings in each resample of prompts that connects all models; None where fewer than half do."""
    random, prompts = np.random.default_rng(seed), len(per_prompt)
    even = np.full(prompts, 1 / prompts)
    found = []
    for start in range(0, replicates, CHUNK):
        draws = random.multinomial(prompts, even, size=min(CHUNK, replicates - start))
        tables = np.tensordot(draws.astype(np.float64), per_prompt, axes=1)
        found.append(_logs(tables[_reach(tables).all(axis=(1, 2))]))
    logs = np.concatenate(found)
    return _rescaled(logs) if len(logs) >= max(replicates / 2, 1) else None


def _expanded(confidence: float, prompts: int) -> float:
    """The level at which resamples are read, so that a range from few prompts is as wide as Student's."""
    if prompts < FEWEST_PROMPTS:
        return confidence
    wide = two_sided_student(confidence, prompts - 1) * np.sqrt(prompts / (prompts - 1))
    return 1 - 2 * float(special.ndtr(-wide))


def _ends(found: Floats, read_at: float, confidence: float) -> Interval:
    return replace(percentile_ends(found, read_at), confidence=confidence)


def _ranks(drawn: Floats | None, models: int, prompts: int, alpha: float) -> list[tuple[int, int]]:
    """Best and worst rank of each model, in their order."""
    if drawn is None or prompts < ENOUGH_CLUSTERS:
        return [(1, models)] * models
    couples = list(combinations(range(models), 2))
    gaps = [drawn[:, a] - drawn[:, b] for a, b in couples]
    above = [((gap <= 0).sum() + 1) / (len(gap) + 1) for gap in gaps]
    below = [((gap >= 0).sum() + 1) / (len(gap) + 1) for gap in gaps]
    p = [min(1.0, 2 * float(min(pair))) for pair in zip(above, below, strict=True)]
    better, worse = [0] * models, [0] * models
    for (a, b), stands, up, down in zip(couples, rejected(holm(p), alpha), above, below, strict=True):
        if stands:
            winner, loser = (a, b) if up < down else (b, a)
            worse[winner] += 1
            better[loser] += 1
    return [(1 + better[place], models - worse[place]) for place in range(models)]
