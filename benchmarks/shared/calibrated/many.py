"""Many claims at once: ranks, weak slices, a gate; and a judge corrected by people's labels."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.shared.calibrated.trials import HALF, Draw, Promise, Reply, Trial, at_the_border
from benchmarks.shared.calibrated.worlds import lenient_judge, marks, tries, two_models
from evaluations.statistics import (
    Floats,
    Kind,
    Outcome,
    Rule,
    Samples,
    against_earlier,
    holm,
    judge_pair,
    plain,
    rank_intervals,
    where_do_we_lose,
)
from evaluations.statistics.opinion_pairs import Opinions, corrected_pair
from evaluations.statistics.opinions import labelled, opinions_against_threshold

Random = np.random.Generator


def many() -> Iterator[Trial]:
    yield from _ranks()
    yield from _slices()
    yield from _gate()
    yield from _powered()


def _ranks() -> Iterator[Trial]:
    for models in (4, 10):
        yield _ranking(f"{models} models, all alike, right or wrong", 200, Promise.ALWAYS, _right(models))
    yield _ranking("6 models, two groups of alike", 200, Promise.ALWAYS, _right(6))
    for n in (30, 200):
        yield _ranking("6 models, all alike, marks", n, Promise.LARGE_N, _marked(6))


def _ranking(
    setting: str, n: int, promise: Promise, make: Callable[[Random, int, list[float]], dict[str, Samples]]
) -> Trial:
    count = int(setting.split()[0])
    rates = [0.8] * 3 + [0.6] * 3 if "groups" in setting else [0.8] * count

    def draw(random: Random) -> Reply:
        """A pair said to be apart that is not."""
        found = rank_intervals(make(random, n, rates))
        wrong = any(test.significant and rates[int(test.a)] == rates[int(test.b)] for test in found.pairs)
        best = sum(rate > min(rates) for rate in rates) if "groups" in setting else count
        held = all(
            one.best_rank <= (1 if rates[int(one.name)] == max(rates) else best + 1)
            and one.worst_rank >= (best if rates[int(one.name)] == max(rates) else count)
            for one in found.standings
        )
        return Reply(float(wrong), None, held)

    return Trial("ranks", setting, f"{n}", draw, promise, nominal=2 * HALF, together=True, share=0.25)


def _right(models: int) -> Callable[[Random, int, list[float]], dict[str, Samples]]:
    def make(random: Random, n: int, rates: list[float]) -> dict[str, Samples]:
        ease = random.uniform(-0.2, 0.2, n)
        return {str(place): plain(tries(random, ease + rates[place], 1)) for place in range(models)}

    return make


def _marked(models: int) -> Callable[[Random, int, list[float]], dict[str, Samples]]:
    def make(random: Random, n: int, rates: list[float]) -> dict[str, Samples]:
        return {
            str(place): plain(marks(random, rates[place], n), kind=Kind.BOUNDED) for place in range(models)
        }

    return make


def _slices() -> Iterator[Trial]:
    for setting, kind in (("right or wrong", Kind.BINARY), ("marks", Kind.BOUNDED)):
        yield Trial(
            "slices",
            f"10 slices, 5 truly worse, {setting}: share of finds that are wrong",
            "10 × 40",
            _sliced(kind),
            Promise.ALWAYS if kind is Kind.BINARY else Promise.LARGE_N,
            nominal=0.10,
            together=True,
            share=0.15,
        )


def _sliced(kind: Kind) -> Draw:
    masks = {str(place): np.arange(400) // 40 == place for place in range(10)}

    def draw(random: Random) -> Reply:
        ours, theirs = np.zeros(400), np.zeros(400)
        for name, mask in masks.items():
            gap = 0.35 if int(name) < 5 else 0.0
            ours[mask], theirs[mask] = _slice(random, kind, gap)
        found = where_do_we_lose(plain(ours, kind=kind), plain(theirs, kind=kind), masks, Rule())
        supported = [line for line in found if line.supported]
        wrong = sum(int(line.name) >= 5 for line in supported)
        return Reply(wrong / len(supported) if supported else 0.0, None)

    return draw


def _slice(random: Random, kind: Kind, gap: float) -> tuple[Floats, Floats]:
    if kind is Kind.BINARY:
        return two_models(random, 40, 0.45, -gap)
    return marks(random, 0.7 - gap * 0.6, 40), marks(random, 0.7, 40)


def _gate() -> Iterator[Trial]:
    def draw(random: Random) -> Reply:
        """Ten criteria, none of them changed: does Holm let any count as regressed?"""
        results = [
            against_earlier(*map(plain, two_models(random, 200, 0.15, 0.0)), Rule(tolerance=0.0))
            for _ in range(10)
        ]
        adjusted = holm([1.0 if result.p is None else result.p for result in results])
        blocked = any(
            p <= 2 * HALF and result.outcome is Outcome.NOT_MET
            for p, result in zip(adjusted, results, strict=True)
        )
        return Reply(None, float(blocked))

    yield Trial("gate", "10 criteria unchanged, any blocks", "200", draw, Promise.LARGE_N, share=0.15)


def _powered() -> Iterator[Trial]:
    for labels in (30, 100, 400):
        for rate in (0.8, 0.95):

            def draw(random: Random, labels: int = labels, rate: float = rate) -> Reply:
                """The target is what people would say of all; the judge's opinions are corrected by some of it."""
                side = _labelled(lenient_judge(random, labels + 2000, rate), range(labels))
                said, rule = side.corrections, Rule(threshold=rate)
                return at_the_border(opinions_against_threshold(side.samples, said, rule, said.items), rate)

            setting = f"people's rate {rate:g}, a lenient judge of 2,000"
            yield Trial("prediction-powered", setting, f"{labels}", draw, Promise.LARGE_N)
    for labels in (30, 100):
        for way, first in (("of the same cases on both sides", 0), ("of other cases on each side", labels)):
            setting = f"a rival as good, a judge that favours ours, labels {way}"
            yield Trial(
                "prediction-powered-pair",
                setting,
                f"{labels} of 500",
                _favoured(labels, first),
                Promise.LARGE_N,
                share=0.25,
            )


def _favoured(labels: int, first: int) -> Draw:
    def draw(random: Random) -> Reply:
        ease = random.uniform(-0.2, 0.2, 500)
        ours = lenient_judge(random, 500, 0.75 + ease, favour=0.15)
        theirs = lenient_judge(random, 500, 0.75 + ease)
        sides = [_labelled(ours, range(labels)), _labelled(theirs, range(first, first + labels))]
        return at_the_border(judge_pair(corrected_pair(*sides), Rule()), 0.0)

    return draw


def _labelled(side: tuple[Floats, Floats], rows: range) -> Opinions:
    people, judge = side
    samples = plain(judge)
    return Opinions(
        samples, labelled([(str(row), float(people[row]), float(judge[row])) for row in rows], samples)
    )
