"""A judge's opinions corrected by people's labels: the formula worked by hand, and how often the verdict is wrong at the border."""

import numpy as np
import pytest

from evaluations.statistics import Kind, Rule, Samples, pair, plain
from evaluations.statistics.opinions import labelled, opinions_against_threshold


def spoken(people, judge, rows):
    return [(str(row), float(people[row]), float(judge[row])) for row in rows]


def test_the_corrected_mean_is_the_published_one() -> None:
    """θ = mean f + mean (Y − f), SE² = var(f)/N + var(Y − f)/n, worked by numpy; the spread of the corrections is estimated (n − 1)."""
    random = np.random.default_rng(3)
    judge = random.uniform(0.3, 1, 400)
    people = (judge - 0.1 + random.normal(0, 0.05, 400)).clip(0, 1)
    samples = plain(judge, kind=Kind.BOUNDED)
    own = {str(row) for row in range(100)}
    result = opinions_against_threshold(
        samples, labelled(spoken(people, judge, range(100)), samples), Rule(threshold=0.1), own
    )
    gaps, rest = people[:100] - judge[:100], judge[100:]
    assert result.point == pytest.approx(rest.mean() + gaps.mean())
    assert result.se == pytest.approx(np.sqrt(rest.var(ddof=1) / 300 + gaps.var(ddof=1) / 100))
    assert (result.n, result.labels, result.method) == (400, 100, "prediction-powered/2")


def test_parts_that_never_differ_are_not_taken_for_certain() -> None:
    samples = plain(np.array([1.0] * 990 + [0.0] * 10))
    same = labelled([(str(row), 1.0, 1.0) for row in range(50)], samples)
    result = opinions_against_threshold(samples, same, Rule(threshold=0.95))
    assert result.outcome == "inconclusive"
    assert result.interval is not None and result.point is not None
    assert result.interval.low < 0.95 < result.point


def test_where_people_labelled_most_their_word_alone_decides() -> None:
    samples = plain(np.zeros(100))
    said = labelled([(str(row), 1.0, 0.0) for row in range(90)], samples)
    result = opinions_against_threshold(samples, said, Rule(threshold=0.9), said.items)
    assert (result.outcome, result.point, result.method) == ("met", 1.0, "clopper-pearson/1")


def test_answers_to_one_case_are_one_case_and_cases_of_one_source_go_together() -> None:
    samples = plain(np.repeat([1.0, 0.0], 50), clusters=[f"page {row // 2}" for row in range(100)])
    twice = [(str(row), 1.0, 0.0) for row in range(0, 60, 2)] * 2
    said = labelled(twice, samples)
    assert len(said.people.items) == 30 and said.people.repeats == 2
    assert pair(said.people, said.judge).n == 30
    result = opinions_against_threshold(samples, said, Rule(threshold=0.5), said.items)
    alone = opinions_against_threshold(
        plain(samples.numerators[:, 0]), labelled(twice, plain(samples.numerators[:, 0])), Rule(threshold=0.5)
    )
    assert result.se is not None and alone.se is not None and result.se > alone.se


def world(random, n: int, rate: float) -> tuple[Samples, np.ndarray, np.ndarray]:
    """A lenient judge that passes a third of what people fail."""
    people = (random.random(n) < rate).astype(float)
    judge = (random.random(n) < np.where(people > 0, 0.97, 0.33)).astype(float)
    return plain(judge), people, judge


@pytest.mark.parametrize(("labels", "rate"), [(30, 0.8), (50, 0.95)])
def test_the_range_holds_the_truth_as_often_as_it_says_even_with_few_labels(labels: int, rate: float) -> None:
    """The plain normal range of the paper holds it in 84 to 87 of 100 here."""
    random, held, wrong = np.random.default_rng(7), 0, 0
    for _ in range(150):
        samples, people, judge = world(random, 400, rate)
        said = labelled(spoken(people, judge, range(labels)), samples)
        result = opinions_against_threshold(samples, said, Rule(threshold=rate), said.items)
        assert result.interval is not None
        held += result.interval.low <= rate <= result.interval.high
        wrong += result.outcome in ("met", "not_met")
    assert held >= 135 and wrong <= 15
