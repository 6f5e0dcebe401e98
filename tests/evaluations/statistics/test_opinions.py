"""A judge's opinions corrected by people's labels: the formula worked by hand, and how often the verdict is wrong at the border."""

import numpy as np
import pytest

from evaluations.statistics import Interval, Kind, Rule, Samples, judge_pair, pair, plain
from evaluations.statistics.opinion_pairs import Opinions, corrected_pair
from evaluations.statistics.opinions import labelled, opinions_against_threshold
from evaluations.statistics.sums import Part, Sum


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


def two_runs(random, n: int, gap: float = 0.0) -> list[tuple[np.ndarray, np.ndarray]]:
    """People's word and a lenient judge's on both sides; some cases are easier for both. The judge favours ours."""
    ease, sides = random.uniform(-0.2, 0.2, n), []
    for rate, favour in ((0.75 + gap, 0.15), (0.75, 0.0)):
        people = (random.random(n) < rate + ease).astype(float)
        judge = (random.random(n) < np.where(people > 0, 0.97, 0.33 + favour)).astype(float)
        sides.append((people, judge))
    return sides


def opinions(side, rows, **shape) -> Opinions:
    samples = plain(side[1], **shape)
    return Opinions(samples, labelled(spoken(side[0], side[1], rows), samples))


def test_labels_on_both_sides_correct_the_difference_by_item() -> None:
    ours, theirs = two_runs(np.random.default_rng(2), 400)
    found = corrected_pair(opinions(ours, range(80)), opinions(theirs, range(80)))
    opinion, word = ours[1] - theirs[1], ours[0] - theirs[0]
    assert found.scored is not None and found.scored.se is not None
    assert found.scored.point == pytest.approx(opinion[80:].mean() + (word - opinion)[:80].mean())
    squares = opinion[80:].var(ddof=1) / 320 + (word - opinion)[:80].var(ddof=1) / 80
    assert found.scored.se == pytest.approx(np.sqrt(squares))
    assert (found.n, found.labels, found.scored.method) == (400, 80, "prediction-powered-pair/1")
    first, second = found.points
    assert first is not None and second is not None
    assert first - second == pytest.approx(found.scored.point)


def test_labels_that_never_meet_correct_each_side_by_its_own() -> None:
    ours, theirs = two_runs(np.random.default_rng(2), 400)
    found = corrected_pair(opinions(ours, range(80)), opinions(theirs, range(80, 140)))
    gaps = [side[0][rows] - side[1][rows] for side, rows in ((ours, slice(0, 80)), (theirs, slice(80, 140)))]
    opinion = ours[1] - theirs[1]
    assert found.scored is not None and found.scored.se is not None
    assert found.scored.point == pytest.approx(opinion.mean() + gaps[0].mean() - gaps[1].mean())
    least = opinion.var(ddof=1) / 400 + gaps[0].var(ddof=1) / 80 + gaps[1].var(ddof=1) / 60
    assert np.sqrt(least) <= found.scored.se + 1e-12


@pytest.mark.parametrize("rows", [range(29), range(0)])
def test_a_judge_may_favour_a_side_so_too_few_labels_there_show_no_number(rows: range) -> None:
    ours, theirs = two_runs(np.random.default_rng(2), 400)
    found = corrected_pair(opinions(ours, range(80)), opinions(theirs, rows))
    assert (found.reason, found.scored, found.points, found.p) == ("few_labels", None, (None, None), None)
    assert judge_pair(found, Rule()).outcome == "inconclusive"


def test_where_most_is_labelled_on_both_sides_people_alone_decide() -> None:
    ours, theirs = two_runs(np.random.default_rng(2), 100)
    found = corrected_pair(opinions(ours, range(60)), opinions(theirs, range(60)))
    assert found.scored is not None and found.scored.method == "tango/1"
    assert found.scored.point == pytest.approx((ours[0] - theirs[0])[:60].mean())


@pytest.mark.parametrize("second", [range(40), range(40, 80)])
def test_a_comparison_is_wrong_no_more_often_than_it_says_though_the_judge_favours_ours(
    second: range,
) -> None:
    random, held, wrong = np.random.default_rng(5), 0, 0
    for _ in range(100):
        ours, theirs = two_runs(random, 300)
        result = judge_pair(corrected_pair(opinions(ours, range(40)), opinions(theirs, second)), Rule())
        assert result.interval is not None
        held += result.interval.low <= 0 <= result.interval.high
        wrong += result.outcome in ("met", "not_met")
    assert held >= 89 and wrong <= 11


def test_a_sum_of_parts_is_told_by_its_own_interval_and_parts_that_go_together_add_up() -> None:
    def part(pulls: dict[str, float]) -> Part:
        return Part(
            0.1, lambda level: Interval(0.1 - 0.03 * level, 0.1 + 0.04 * level, level), 0.02, 9, pulls
        )

    apart = Sum([part({"a": 1.0}), part({"b": 1.0})], "none/1", (-1, 1))
    together = Sum([part({"a": 1.0}), part({"a": 2.0})], "none/1", (-1, 1))
    against = Sum([part({"a": 1.0}), part({"a": -1.0})], "none/1", (-1, 1))
    assert apart.interval(0.5).low == pytest.approx(0.2 - np.hypot(0.015, 0.015))
    assert together.interval(0.5).low == pytest.approx(0.2 - 0.03)
    assert against.interval(0.5) == apart.interval(0.5)
    alpha = apart.p_value(0.17)
    assert apart.interval(1 - alpha).low == pytest.approx(0.17, abs=1e-9)
    assert apart.p_value(0.2) == 1.0
