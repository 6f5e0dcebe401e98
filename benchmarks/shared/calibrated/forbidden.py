"""What Plumbline does not do, on the same data: how often it would have been wrong."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.shared.calibrated.looks import exact_until_decided, unconfirmed_year
from benchmarks.shared.calibrated.trials import HALF, Draw, Promise, Reply, Trial, holds
from benchmarks.shared.calibrated.worlds import lenient_judge, mostly_full
from evaluations.statistics import Interval, Outcome, prediction_powered_mean, wilson
from evaluations.statistics.decisions import decide
from evaluations.statistics.quantiles import two_sided_normal, two_sided_student

Random = np.random.Generator
NEVER = Promise.NONE


def forbidden() -> Iterator[Trial]:
    for name, interval in (("Wald", wald), ("Wilson", wilson_of)):
        for threshold, n in ((0.9, 50), (0.95, 20), (0.95, 100), (0.95, 1000), (0.99, 100)):
            yield Trial(name, f"rate {threshold:g}", f"{n}", _counted(n, threshold, interval), NEVER)
    for n in (20, 100):
        yield Trial("plain t", "mostly full marks, mean 0.95", f"{n}", _plain_t(n, 0.95), NEVER)
    for labels in (30, 100):
        for rate in (0.8, 0.95):
            setting = f"people's rate {rate:g}, a lenient judge of 2,000"
            yield Trial("normal range of labels", setting, f"{labels}", _few_labels(labels, rate), NEVER)
    yield Trial(
        "Clopper–Pearson at every look",
        "rate 0.9, 40 looks until decided",
        "to 1000",
        exact_until_decided(0.9),
        NEVER,
        nominal=2 * HALF,
        together=True,
        share=0.5,
    )
    yield Trial(
        "flips at once", "52 weekly runs, rate 0.9", "200", unconfirmed_year, NEVER, nominal=HALF, share=0.5
    )


def wald(right: int, n: int) -> Interval:
    p = right / n
    half = two_sided_normal(0.95) * math.sqrt(p * (1 - p) / n)
    return Interval(p - half, p + half, 0.95)


def wilson_of(right: int, n: int) -> Interval:
    return wilson(right, n)


def _counted(n: int, threshold: float, interval: Callable[[int, int], Interval]) -> Draw:
    return lambda random: _reply(interval(int(random.binomial(n, threshold)), n), threshold)


def _few_labels(labels: int, rate: float) -> Draw:
    """The prediction-powered mean with the range of its paper."""

    def draw(random: Random) -> Reply:
        people, judge = lenient_judge(random, labels + 2000, rate)
        found = prediction_powered_mean(people[:labels], judge[:labels], judge[labels:])
        return Reply(0.0, 0.0) if found is None else _reply(found.interval, rate)

    return draw


def _plain_t(n: int, mean: float) -> Draw:
    def draw(random: Random) -> Reply:
        values = mostly_full(random, mean, n)
        half = two_sided_student(0.95, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
        return _reply(Interval(float(values.mean()) - half, float(values.mean()) + half, 0.95), mean)

    return draw


def _reply(interval: Interval, truth: float) -> Reply:
    outcome = decide(interval, truth)
    return Reply(float(outcome is Outcome.MET), float(outcome is Outcome.NOT_MET), holds(interval, truth))
