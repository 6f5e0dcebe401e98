"""Two or more runs on the same items, the true difference exactly on the border of the claim."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from benchmarks.shared.calibrated.trials import Draw, Promise, Reply, Trial, at_the_border
from benchmarks.shared.calibrated.worlds import marks, names, spread_rates, tries, two_models
from evaluations.statistics import (
    Kind,
    Outcome,
    Rule,
    Samples,
    Trend,
    against_any,
    against_each,
    against_earlier,
    against_every,
    against_rival,
    plain,
)

Random = np.random.Generator
Runs = tuple[Samples, Samples]


def paired() -> Iterator[Trial]:
    yield from _rates()
    yield from _means()
    yield from _rarely_unlike()
    yield from _equal()
    yield from _earlier()
    yield from _sets()


@lru_cache(maxsize=200_000)
def _of_counts(won: int, lost: int, n: int, margin: float) -> Reply:
    ours, theirs = np.zeros(n), np.zeros(n)
    ours[:won], theirs[n - lost :] = 1.0, 1.0
    return at_the_border(against_rival(plain(ours), plain(theirs), Rule(margin=margin)), margin)


def _rates() -> Iterator[Trial]:
    for n, unlike, margin in (
        (50, 0.2, 0.0),
        (200, 0.05, 0.0),
        (200, 0.2, 0.0),
        (200, 0.1, -0.02),
        (1000, 0.05, -0.02),
        (1000, 0.2, 0.05),
        (100, 0.06, 0.05),
    ):

        def draw(random: Random, n: int = n, unlike: float = unlike, margin: float = margin) -> Reply:
            shares = [(unlike + margin) / 2, (unlike - margin) / 2, 1 - unlike]
            won, lost, _ = random.multinomial(n, shares).tolist()
            return _of_counts(won, lost, n, margin)

        yield Trial("tango", f"margin {margin:+g}, unlike on {unlike:.0%}", f"{n}", draw, Promise.LARGE_N)


def rival(make: Callable[[Random], Runs], margin: float) -> Draw:
    rule = Rule(margin=margin)
    return lambda random: at_the_border(against_rival(*make(random), rule), margin)


def _means() -> Iterator[Trial]:
    for clusters in (10, 30, 100):

        def clustered(random: Random, many: int = clusters) -> Runs:
            """Both models find the same documents hard."""
            sizes = random.integers(1, 10, many)
            rates = np.repeat(spread_rates(random, 0.8, 0.3, many), sizes)
            groups = names(sizes)
            return plain(tries(random, rates, 1), clusters=groups), plain(
                tries(random, rates, 1), clusters=groups
            )

        setting = "rates 0.8, clusters of 1–9"
        yield Trial("paired-t", setting, f"G {clusters}", rival(clustered, 0.0), Promise.LARGE_N)
    for n in (20, 200):

        def repeated(random: Random, n: int = n) -> Runs:
            rates = spread_rates(random, 0.8, 0.5, n)
            return plain(tries(random, rates, 3)), plain(tries(random, rates, 3))

        yield Trial("paired-t", "rates 0.8, 3 tries", f"{n} × 3", rival(repeated, 0.0), Promise.LARGE_N)
    for n, margin in ((20, 0.0), (100, -0.05)):

        def marked(random: Random, n: int = n, margin: float = margin) -> Runs:
            ours, theirs = marks(random, 0.7 + margin, n), marks(random, 0.7, n)
            return plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED)

        yield Trial("paired-t", f"marks, margin {margin:+g}", f"{n}", rival(marked, margin), Promise.LARGE_N)


def _rarely_unlike() -> Iterator[Trial]:
    for n, margin in ((100, -0.05), (200, -0.02), (1000, -0.02)):

        def rarely(random: Random, n: int = n, margin: float = margin) -> Runs:
            """Ours differs on few items, and there loses everything: the hardest case for a mean of differences."""
            ours = np.where(random.random(n) < -margin, 0.0, 1.0)
            return plain(ours, kind=Kind.BOUNDED), plain(np.ones(n), kind=Kind.BOUNDED)

        setting = f"all marks alike but {-margin:.0%} lost, margin {margin:+g}"
        yield Trial("paired-t", setting, f"{n}", rival(rarely, margin), Promise.LARGE_N)

    def either_way(random: Random) -> Runs:
        """As many won as lost, all of them few."""
        ours, theirs = two_models(random, 200, 0.04, 0.0)
        return plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED)

    setting = "all marks alike but 2% won and 2% lost"
    yield Trial("paired-t", setting, "200", rival(either_way, 0.0), Promise.LARGE_N)


def _equal() -> Iterator[Trial]:
    for n, unlike, limit in ((300, 0.1, 0.05), (1000, 0.2, 0.05), (2000, 0.1, 0.02)):

        def draw(random: Random, n: int = n, unlike: float = unlike, limit: float = limit) -> Reply:
            """On the border in truth: neither equal within the limit nor apart by more."""
            ours, theirs = two_models(random, n, unlike, limit)
            result = against_rival(plain(ours), plain(theirs), Rule(equivalence=limit))
            return at_the_border(result, limit)

        setting = f"equal within ± {limit:g}, unlike on {unlike:.0%}"
        yield Trial("equivalence", setting, f"{n}", draw, Promise.LARGE_N, share=0.5)


def _earlier() -> Iterator[Trial]:
    for n, unlike, tolerance in ((200, 0.1, 0.0), (200, 0.1, 0.02), (1000, 0.05, 0.02)):

        def draw(random: Random, n: int = n, unlike: float = unlike, tolerance: float = tolerance) -> Reply:
            """Regressed is wrong where nothing has changed, no worse is wrong on the border of the tolerance."""
            rule = Rule(tolerance=tolerance)
            same = against_earlier(*_versions(random, n, unlike, 0.0), rule)
            worse = against_earlier(*_versions(random, n, unlike, -tolerance), rule)
            return Reply(
                met=float(worse.outcome is Outcome.MET), not_met=float(same.trend is Trend.REGRESSED)
            )

        setting = f"no worse / regressed, tolerance {tolerance:g}"
        yield Trial("earlier version", setting, f"{n}", draw, Promise.LARGE_N, share=0.5)


def _versions(random: Random, n: int, unlike: float, lead: float) -> Runs:
    new, old = two_models(random, n, unlike, lead)
    return plain(new), plain(old)


def _sets() -> Iterator[Trial]:
    for rivals, n in ((3, 200), (8, 200)):
        yield Trial(
            "every-rival",
            f"{rivals} rivals, one as good as ours, the others far behind / all as good",
            f"{n}",
            _every(rivals, n),
            Promise.LARGE_N,
            share=0.25,
        )
        yield Trial(
            "any-rival",
            f"{rivals} rivals as good as ours / one, the others far ahead",
            f"{n}",
            _any(rivals, n),
            Promise.LARGE_N,
            share=0.25,
        )
        yield Trial(
            "each rival",
            f"any of {rivals} said to differ, all as good as ours",
            f"{n}",
            _each(rivals, n),
            Promise.LARGE_N,
            nominal=0.05,
            together=True,
            share=0.25,
        )


def _field(random: Random, n: int, rates: list[float]) -> list[Samples]:
    """One run for each rate, all on the same items, of which some are harder for everybody."""
    ease = random.normal(0, 0.08, n)
    return [plain(tries(random, np.clip(ease + rate, 0.0, 1.0), 1)) for rate in rates]


def _every(rivals: int, n: int) -> Draw:
    def draw(random: Random) -> Reply:
        ours, *ahead = _field(random, n, [0.7, 0.7, *[0.3] * (rivals - 1)])
        same, *level = _field(random, n, [0.7] * (rivals + 1))
        led, even = against_every(ours, ahead, Rule()), against_every(same, level, Rule())
        return Reply(float(led.outcome is Outcome.MET), float(even.outcome is Outcome.NOT_MET))

    return draw


def _any(rivals: int, n: int) -> Draw:
    def draw(random: Random) -> Reply:
        ours, *level = _field(random, n, [0.7] * (rivals + 1))
        weak, *strong = _field(random, n, [0.4, 0.4, *[0.8] * (rivals - 1)])
        even, led = against_any(ours, level, Rule()), against_any(weak, strong, Rule())
        beaten = any(line.outcome is Outcome.MET for line in even.lines)
        return Reply(float(even.outcome is Outcome.MET or beaten), float(led.outcome is Outcome.NOT_MET))

    return draw


def _each(rivals: int, n: int) -> Draw:
    def draw(random: Random) -> Reply:
        ours, *level = _field(random, n, [0.7] * (rivals + 1))
        return Reply(float(any(line.supported for line in against_each(ours, level, Rule()))), None)

    return draw
