import numpy as np
import pytest

from evaluations.statistics import (
    Kind,
    Outcome,
    Reason,
    Rule,
    Trend,
    confirm_drift,
    control_chart,
    ewma,
    in_control,
    plain,
    pooled,
)
from evaluations.statistics.labelled import UNREAD, Figure, Labelled, Metric
from evaluations.statistics.samples import Samples

STEADY = [0.90, 0.92, 0.91, 0.89, 0.90, 0.91, 0.92, 0.89]


def test_below_eight_runs_nothing_is_watched_and_what_is_missing_is_counted() -> None:
    chart = control_chart(STEADY[:5])
    assert (chart.needed, chart.centre, chart.alarm) == (3, None, False)
    assert all(run.reference and run.level is None for run in chart.places)


def test_the_first_eight_that_could_be_read_are_the_reference_and_the_rest_is_watched() -> None:
    chart = control_chart([*STEADY[:3], None, *STEADY[3:], 0.9, None])
    centre, sigma = in_control(STEADY) or (0.0, 0.0)
    assert (chart.centre, chart.sigma, chart.needed) == (centre, sigma, 0)
    assert [run.reference for run in chart.places] == [True] * 3 + [False] + [True] * 5 + [False, False]
    watched = chart.places[-2]
    expected = ewma([0.9], centre, sigma)
    assert watched.level == expected.values[0] and watched.high == centre + expected.limits[0]
    assert chart.places[-1].level is None and not chart.alarm


def test_an_alarm_is_where_the_level_leaves_its_limits() -> None:
    chart = control_chart([*STEADY, 0.9, 0.8, 0.8])
    centre, sigma = in_control(STEADY) or (0.0, 0.0)
    first = ewma([0.9, 0.8, 0.8], centre, sigma).first_alarm
    assert first is not None
    assert [run.outside for run in chart.places[8:]].index(True) == first - 1
    assert chart.alarm


def test_a_look_that_found_nothing_lets_the_level_begin_anew() -> None:
    chart = control_chart([*STEADY, 0.8, 0.91], restarts={8})
    assert chart.places[8].outside and not chart.alarm
    assert not control_chart([*STEADY, 0.8], restarts={8}).alarm
    assert chart.places[9].level == pytest.approx(0.2 * 0.91 + 0.8 * (chart.centre or 0.0))


def test_a_model_that_always_scored_the_same_alarms_at_any_other_score() -> None:
    assert not control_chart([0.9] * 12).alarm
    assert control_chart([*[0.9] * 8, 0.88]).alarm


def test_pooled_runs_count_as_repeats_of_the_same_items() -> None:
    runs = [plain([1.0, 0.0, 1.0]), plain([1.0, 1.0, np.nan]), plain([1.0, 0.0, np.nan])]
    reference = pooled(runs)
    assert (reference.items, reference.repeats) == (("0", "1", "2"), 3)
    # The last item has one score of three: its own mean would be too rough.
    assert reference.present.any(axis=1).tolist() == [True, True, False]
    with pytest.raises(ValueError, match="same items"):
        pooled([plain([1.0]), plain([1.0, 1.0])])


def test_ratios_are_pooled_with_their_denominators() -> None:
    def run(errors: list[float]) -> Samples:
        return Samples(
            ("a", "b"), np.array([[one] for one in errors]), np.array([[10.0], [20.0]]), None, Kind.RATIO
        )

    reference = pooled([run([1.0, 2.0]), run([0.0, 2.0]), run([2.0, 2.0])])
    assert reference.numerators.sum(axis=1).tolist() == [3.0, 6.0]
    assert reference.denominators.tolist() == [[10.0] * 3, [20.0] * 3]


def test_labels_of_pooled_runs_are_told_apart_although_each_run_numbers_them_its_own_way() -> None:
    metric = Metric(Figure.MACRO_F1)

    def run(labels: tuple[str, ...], truths: list[int], said: list[int]) -> Samples:
        codes = [np.array([[one] for one in row], dtype=np.int32) for row in (truths, said)]
        probabilities = np.full((2, 1), np.nan)
        labelled = Labelled(metric, labels, codes[0], codes[1], probabilities)
        right = (codes[0] == codes[1]).astype(np.float64)
        return Samples(("a", "b"), right, np.ones((2, 1)), None, Kind.SET, labelled=labelled)

    found = pooled([run(("no", "yes"), [0, 1], [0, UNREAD]), run(("yes", "no", "other"), [1, 0], [2, 0])])
    assert found.labelled is not None and found.labelled.labels == ("no", "yes", "other")
    assert found.labelled.truths.tolist() == [[0, 0], [1, 1]]
    assert found.labelled.predictions.tolist() == [[0, 2], [UNREAD, 1]]


def test_a_confirming_run_is_held_against_the_mean_of_each_item() -> None:
    random = np.random.default_rng(5)
    rates = random.uniform(0.8, 1.0, 200)
    reference = pooled([plain((random.random(200) < rates).astype(float)) for _ in range(8)])
    worse = confirm_drift(plain((random.random(200) < rates - 0.2).astype(float)), reference, Rule(), 1)
    same = confirm_drift(plain((random.random(200) < rates).astype(float)), reference, Rule(), 1)
    assert (worse.trend, worse.looks) == (Trend.REGRESSED, 1)
    assert (same.trend, same.reason) == (Trend.UNKNOWN, Reason.STRADDLES)


def test_a_reference_of_two_tries_is_said_to_be_too_thin() -> None:
    found = confirm_drift(plain([0.0] * 40), pooled([plain([1.0] * 40)] * 2), Rule(), 1)
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, Reason.ONE_EPOCH)
