"""Figures over all samples against a threshold that is exactly their true value: what they are in all of the world drawn from."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from benchmarks.shared.calibrated.trials import Draw, Promise, Reply, Trial, at_the_border
from evaluations.statistics import (
    Figure,
    Floats,
    Kind,
    Labelled,
    Metric,
    Rule,
    Samples,
    against_threshold,
)
from evaluations.statistics.arrays import Codes

Random = np.random.Generator
Drawn = tuple[Codes, Codes, Floats]
"""Places of the labels wanted and said, and the probability given to what was said."""
LABELS = ("a", "b", "c")
SHARES = np.array([0.6, 0.3, 0.1])
# Of each label wanted how often each is said.
SAID = np.array([[0.90, 0.07, 0.03], [0.10, 0.85, 0.05], [0.10, 0.15, 0.75]])
APART, POSITIVE = 1.8, 0.3
SURE, TOO_SURE = (0.55, 0.65, 0.75, 0.85, 0.95), 0.1
SHARE = 0.2


def figures() -> Iterator[Trial]:
    for n in (100, 300, 1_000):
        yield _trial(
            Figure.MACRO_F1, f"macro-F1 of three labels, {_macro_f1():.3f}", n, _of_labels, _macro_f1()
        )
        area = float(stats.norm.cdf(APART / np.sqrt(2)))
        yield _trial(Figure.AUROC, f"AUROC {area:.3f}, three in ten positive", n, _of_scores, area)
        yield _trial(Figure.CALIBRATION_ERROR, f"calibration error {TOO_SURE:g}", n, _too_sure, TOO_SURE)


def _trial(figure: Figure, setting: str, n: int, draw: Callable[[Random, int], Drawn], truth: float) -> Trial:
    method = "bootstrap-t" if figure is Figure.CALIBRATION_ERROR else "bootstrap"
    return Trial(method, setting, f"{n}", _judged(figure, n, draw, truth), Promise.LARGE_N, share=SHARE)


def _judged(figure: Figure, n: int, draw: Callable[[Random, int], Drawn], truth: float) -> Draw:
    higher = figure is not Figure.CALIBRATION_ERROR

    def judged(random: Random) -> Reply:
        samples = _samples(figure, draw(random, n), int(random.integers(1 << 30)), higher=higher)
        return at_the_border(against_threshold(samples, Rule(threshold=truth)), truth)

    return judged


def _samples(figure: Figure, drawn: Drawn, seed: int, *, higher: bool) -> Samples:
    truths, said = drawn[0].reshape(-1, 1), drawn[1].reshape(-1, 1)
    probabilities = drawn[2].reshape(-1, 1)
    return Samples(
        items=tuple(map(str, range(len(truths)))),
        numerators=(truths == said).astype(np.float64),
        denominators=np.ones(truths.shape),
        clusters=None,
        kind=Kind.SET,
        higher_is_better=higher,
        labelled=Labelled(Metric(figure, positive="b", seed=seed), LABELS, truths, said, probabilities),
    )


def _of_labels(random: Random, n: int) -> Drawn:
    truths = random.choice(3, n, p=SHARES).astype(np.int32)
    said = (random.random((n, 1)) > SAID[truths].cumsum(axis=1)).sum(axis=1)
    return truths, np.minimum(said, 2).astype(np.int32), np.ones(n)


def _macro_f1() -> float:
    found = SHARES * SAID.diagonal()
    return float(np.mean(2 * found / (SHARES + SHARES @ SAID)))


def _of_scores(random: Random, n: int) -> Drawn:
    """Scores of two normal distributions; said is the likelier of the two labels, with a probability that grows with the score."""
    positive = random.random(n) < POSITIVE
    sure = stats.norm.cdf(random.normal(size=n) + APART * positive - APART / 2)
    said = sure >= 0.5
    return positive.astype(np.int32), said.astype(np.int32), np.where(said, sure, 1 - sure)


def _too_sure(random: Random, n: int) -> Drawn:
    """Every probability is a tenth higher than how often it holds."""
    sure = random.choice(SURE, n)
    right = random.random(n) < sure - TOO_SURE
    truths = np.zeros(n, dtype=np.int32)
    return truths, np.where(right, 0, 1).astype(np.int32), sure
