"""Scores with a known true mean, as models and judges give them."""

from collections.abc import Sequence

import numpy as np

from evaluations.statistics import Floats, Kind, Samples, plain

Random = np.random.Generator


def spread_rates(random: Random, rate: float, likeness: float, shape: int | tuple[int, int]) -> Floats:
    """Rates around this one; likeness: correlation of two tries that share a rate, 0 for none."""
    if likeness == 0:
        return np.full(shape, rate)
    total = (1 - likeness) / likeness
    return random.beta(rate * total, (1 - rate) * total, shape)


def tries(random: Random, rates: Floats, repeats: int) -> Floats:
    """Right or wrong by item and repeat."""
    return (random.random((len(rates), repeats)) < rates[:, None]).astype(np.float64)


def in_clusters(random: Random, rate: float, likeness: float, clusters: int, size: int) -> Samples:
    """Items of a cluster are right or wrong together; sizes differ from one to twice as many."""
    sizes = random.integers(1, 2 * size, clusters)
    rates = np.repeat(spread_rates(random, rate, likeness, clusters), sizes)
    return plain(tries(random, rates, 1), clusters=names(sizes))


def names(sizes: Sequence[int] | np.ndarray) -> list[str]:
    return [str(cluster) for cluster, size in enumerate(sizes) for _ in range(size)]


def marks(random: Random, mean: float, n: int, likeness: float = 0.25) -> Floats:
    """Marks between 0 and 1 with this mean, continuous."""
    return spread_rates(random, mean, likeness, n)


def mostly_full(random: Random, mean: float, n: int) -> Floats:
    """Full marks but for a few answers, which get anything between 0 and 0.6: the mean of marks as a judge gives them."""
    short = random.random(n) < (1 - mean) / 0.7
    return np.where(short, random.random(n) * 0.6, 1.0)


def words_wrong(random: Random, rate: float, n: int) -> Samples:
    """Errors and words of n utterances; some speakers are much harder than others."""
    words = 3 + random.poisson(12, n)
    errors = random.binomial(words, spread_rates(random, rate, 0.1, n)).astype(np.float64)
    return Samples(
        items=tuple([str(row) for row in range(n)]),
        numerators=errors[:, None],
        denominators=words.astype(np.float64)[:, None],
        clusters=None,
        kind=Kind.RATIO,
        higher_is_better=False,
    )


def costs(random: Random, mean: float, n: int, sigma: float) -> Samples:
    """Log-normal with this mean."""
    values = mean * np.exp(random.normal(-sigma * sigma / 2, sigma, n))
    return plain(values, kind=Kind.UNBOUNDED, higher_is_better=False)


def two_models(random: Random, n: int, unlike: float, lead: float) -> tuple[Floats, Floats]:
    """Right or wrong of two models that differ on this share of the items, the first ahead by lead."""
    draws = random.random(n)
    ours, theirs = np.where(random.random(n) < 0.8, 1.0, 0.0), np.zeros(n)
    theirs[:] = ours
    won, lost = draws < (unlike + lead) / 2, draws >= 1 - (unlike - lead) / 2
    ours[won], theirs[won] = 1.0, 0.0
    ours[lost], theirs[lost] = 0.0, 1.0
    return ours, theirs


def lenient_judge(random: Random, n: int, rate: float | Floats, favour: float = 0.0) -> tuple[Floats, Floats]:
    """People pass this share of answers; their judge passes nearly all of those and a third of the rest, or that much more."""
    people = (random.random(n) < rate).astype(np.float64)
    return people, (random.random(n) < np.where(people > 0, 0.97, 0.33 + favour)).astype(np.float64)
