"""Bradley–Terry ratings from pairwise games."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from evaluations.statistics.bootstrap import percentile_ends
from evaluations.statistics.results import Interval
from evaluations.statistics.samples import Floats

SCALE, MEAN = 400 / np.log(10), 1000.0
STEPS, ENOUGH = 10_000, 1e-12


@dataclass(frozen=True)
class Game:
    """One judged pair; score of a: 1 win, 0.5 tie, 0 loss. prompt: what is resampled together."""

    prompt: str
    a: str
    b: str
    score: float


@dataclass(frozen=True)
class Rating:
    """interval: None when too few resamples connect all models."""

    model: str
    rating: float
    interval: Interval | None


def bradley_terry(wins: Floats) -> Floats | None:
    """Strengths with geometric mean 1 from wins[i, j] = games i won against j, ties one half each.

    Maximum likelihood by Newman's iteration (2023). None (not comparable) unless every model is linked
    to every other by a chain of wins.
    """
    if not _connected(wins):
        return None
    logs = np.zeros(len(wins))
    for _ in range(STEPS):
        moved = _improved(logs, wins)
        settled = float(np.abs(moved - logs).max()) < ENOUGH
        logs = moved
        if settled:
            break
    strengths: Floats = np.exp(logs - logs.mean())
    return strengths


def _improved(logs: Floats, wins: Floats) -> Floats:
    """One pass over the models in turn; all at once would swing to and fro."""
    strengths = np.exp(logs - logs.mean())
    for place in range(len(strengths)):
        sums = strengths[place] + strengths
        strengths[place] = (wins[place] * strengths / sums).sum() / (wins[:, place] / sums).sum()
    moved: Floats = np.log(strengths) - np.log(strengths).mean()
    return moved


def _connected(wins: Floats) -> bool:
    if len(wins) < 2:
        return False
    parts, _ = connected_components(csr_array(wins > 0), directed=True, connection="strong")
    return bool(parts == 1)


def on_rating_scale(strengths: Floats) -> Floats:
    """1000 + 400/ln 10 · (ln strength − mean of ln strengths)."""
    logs = np.log(strengths)
    ratings: Floats = MEAN + SCALE * (logs - logs.mean())
    return ratings


def rate_models(
    games: Sequence[Game], seed: int, replicates: int = 500, confidence: float = 0.95
) -> list[Rating] | None:
    """Ratings, best first, with percentile intervals from a bootstrap over prompts; None: not comparable.

    The same seed gives the same intervals. Resamples that split the models are left out; an interval
    needs at least half of them.
    """
    models = sorted({game.a for game in games} | {game.b for game in games})
    prompts, per_prompt = _wins_per_prompt(games, models)
    strengths = bradley_terry(per_prompt.sum(axis=0)) if len(models) > 1 else None
    if strengths is None:
        return None
    intervals = _bootstrap(per_prompt, len(prompts), seed, replicates, confidence)
    rated = zip(models, on_rating_scale(strengths), intervals, strict=True)
    ratings = [Rating(model, float(rating), interval) for model, rating, interval in rated]
    return sorted(ratings, key=lambda one: -one.rating)


def _wins_per_prompt(games: Sequence[Game], models: Sequence[str]) -> tuple[list[str], Floats]:
    prompts = sorted({game.prompt for game in games})
    row = {prompt: place for place, prompt in enumerate(prompts)}
    column = {model: place for place, model in enumerate(models)}
    wins = np.zeros((len(prompts), len(models), len(models)))
    for game in games:
        wins[row[game.prompt], column[game.a], column[game.b]] += game.score
        wins[row[game.prompt], column[game.b], column[game.a]] += 1 - game.score
    return prompts, wins


def _bootstrap(
    per_prompt: Floats, prompts: int, seed: int, replicates: int, confidence: float
) -> list[Interval] | list[None]:
    random = np.random.default_rng(seed)
    draws = random.multinomial(prompts, np.full(prompts, 1 / prompts), size=replicates)
    resampled = np.tensordot(draws.astype(np.float64), per_prompt, axes=1)
    strengths = [found for found in map(bradley_terry, resampled) if found is not None]
    if len(strengths) < replicates / 2:
        return [None] * per_prompt.shape[1]
    ratings = np.array([on_rating_scale(one) for one in strengths])
    return [percentile_ends(column, confidence) for column in ratings.T]
