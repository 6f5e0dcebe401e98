"""One run against a threshold that is exactly its true value."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from benchmarks.shared.calibrated.trials import Draw, Promise, Reply, Trial, at_the_border
from benchmarks.shared.calibrated.worlds import (
    costs,
    in_clusters,
    marks,
    mostly_full,
    spread_rates,
    tries,
    words_wrong,
)
from evaluations.statistics import (
    Floats,
    Kind,
    Rule,
    Samples,
    against_threshold,
    census,
    plain,
    share_within,
    win_rate,
)

Random = np.random.Generator
Make = Callable[[Random], Samples]


@lru_cache(maxsize=100_000)
def _of_counts(right: int, n: int, threshold: float, missing: int = 0) -> Reply:
    scores = [1.0] * right + [0.0] * (n - right) + [np.nan] * missing
    return at_the_border(against_threshold(plain(scores), Rule(threshold=threshold)), threshold)


def judged(make: Make, threshold: float) -> Draw:
    rule = Rule(threshold=threshold)
    return lambda random: at_the_border(against_threshold(make(random), rule), threshold)


def single() -> Iterator[Trial]:
    yield from _rates()
    yield from _rates_of_many_tries()
    yield from _marks()
    yield from _ratios_and_costs()
    yield from _latencies()
    yield from _these_items()


def _rates() -> Iterator[Trial]:
    for threshold, n in ((0.5, 20), (0.9, 50), (0.9, 400), (0.95, 100), (0.95, 1000), (0.99, 500)):
        yield Trial("clopper-pearson", f"rate {threshold:g}", f"{n}", _counted(n, threshold))
    yield Trial("clopper-pearson", "rate 0.9, 2 % missing at random", "400", _with_missing(400, 0.9, 0.02))


def _counted(n: int, threshold: float) -> Draw:
    return lambda random: _of_counts(int(random.binomial(n, threshold)), n, threshold)


def _with_missing(n: int, threshold: float, share: float) -> Draw:
    def draw(random: Random) -> Reply:
        missing = int(random.binomial(n, share))
        return _of_counts(int(random.binomial(n - missing, threshold)), n - missing, threshold, missing)

    return draw


def _rates_of_many_tries() -> Iterator[Trial]:
    method, promise = "korn-graubard", Promise.LARGE_N
    for threshold, likeness, clusters in (
        (0.8, 0.1, 10),
        (0.8, 0.1, 30),
        (0.8, 0.3, 30),
        (0.8, 0.3, 100),
        (0.95, 0.3, 30),
        (0.95, 0.3, 100),
        (0.95, 0.3, 400),
    ):

        def clustered(
            random: Random, rate: float = threshold, alike: float = likeness, many: int = clusters
        ) -> Samples:
            return in_clusters(random, rate, alike, many, 5)

        setting = f"rate {threshold:g}, clusters of 1–9, likeness {likeness:g}"
        yield Trial(method, setting, f"G {clusters}", judged(clustered, threshold), promise)
    for threshold, items in ((0.8, 30), (0.8, 200), (0.95, 50), (0.95, 400)):

        def repeated(random: Random, rate: float = threshold, n: int = items) -> Samples:
            return plain(tries(random, spread_rates(random, rate, 0.5, n), 5))

        yield Trial(
            method,
            f"rate {threshold:g}, 5 tries an item",
            f"{items} × 5",
            judged(repeated, threshold),
            promise,
        )


def _marks() -> Iterator[Trial]:
    for mean, n in ((0.6, 20), (0.6, 100), (0.9, 20), (0.9, 50), (0.9, 200), (0.9, 1000)):

        def continuous(random: Random, mean: float = mean, n: int = n) -> Samples:
            return plain(marks(random, mean, n), kind=Kind.BOUNDED)

        promise = Promise.LARGE_N
        yield Trial("bounded-mean", f"marks, mean {mean:g}", f"{n}", judged(continuous, mean), promise)
    for mean, n in ((0.95, 20), (0.95, 40), (0.95, 100), (0.95, 400), (0.99, 100), (0.99, 1000)):

        def full(random: Random, mean: float = mean, n: int = n) -> Samples:
            return plain(mostly_full(random, mean, n), kind=Kind.BOUNDED)

        yield Trial(
            "bounded-mean", f"mostly full marks, mean {mean:g}", f"{n}", judged(full, mean), Promise.LARGE_N
        )
    for n in (30, 100):
        yield Trial("bounded-mean", "judge in both orders, even", f"{n}", _judge(n), Promise.LARGE_N)


def _judge(n: int) -> Draw:
    """Two equal answers; the judge likes the first one in six of ten cases, and ties now and then."""
    prompts = tuple([str(row) for row in range(n)])

    def wins(random: Random, chance: Floats) -> Floats:
        return np.where(random.random(n) < 0.1, 0.5, (random.random(n) < chance).astype(np.float64))

    def draw(random: Random) -> Reply:
        better = np.where(random.random(n) < 0.5, 0.25, -0.25)
        found = win_rate(prompts, wins(random, 0.6 + better), wins(random, 0.4 + better), Rule())
        return at_the_border(found.result, 0.5)

    return draw


def _ratios_and_costs() -> Iterator[Trial]:
    for rate, n in ((0.1, 30), (0.1, 100), (0.1, 1000), (0.02, 100), (0.02, 1000), (0.02, 5000)):

        def transcripts(random: Random, rate: float = rate, n: int = n) -> Samples:
            return words_wrong(random, rate, n)

        yield Trial("ratio", f"word errors {rate:g}", f"{n}", judged(transcripts, rate), Promise.LARGE_N)
    for sigma, n in ((0.5, 30), (0.5, 200), (1.0, 30), (1.0, 200), (1.0, 2000)):

        def money(random: Random, sigma: float = sigma, n: int = n) -> Samples:
            return costs(random, 1.0, n, sigma)

        yield Trial("t", f"costs, log-normal σ {sigma:g}", f"{n}", judged(money, 1.0), Promise.LARGE_N)


def _latencies() -> Iterator[Trial]:
    for percentile, n in ((0.95, 100), (0.95, 500), (0.99, 500)):

        def draw(random: Random, share: float = percentile, n: int = n) -> Reply:
            """The limit is the true percentile of a uniform spread; a time-out is over any limit."""
            values = random.random(n)
            values[values > 0.998] = np.inf
            samples = plain(values, kind=Kind.UNBOUNDED, higher_is_better=False)
            return at_the_border(share_within(samples, share, Rule(threshold=share)), share)

        yield Trial("clopper-pearson", f"latency p{percentile * 100:g}", f"{n}", draw, share=0.5)


def _these_items() -> Iterator[Trial]:
    for rate, items, repeats in ((0.8, 20, 3), (0.8, 100, 3), (0.95, 50, 2), (0.95, 50, 10), (0.95, 400, 5)):
        own = spread_rates(np.random.default_rng(7), rate, 0.3, items)
        truth = float(own.mean())

        def draw(random: Random, own: Floats = own, times: int = repeats, truth: float = truth) -> Reply:
            return at_the_border(census(plain(tries(random, own, times)), Rule(threshold=truth)), truth)

        yield Trial(
            "census", f"these items only, rate {rate:g}", f"{items} × {repeats}", draw, Promise.LARGE_N
        )
