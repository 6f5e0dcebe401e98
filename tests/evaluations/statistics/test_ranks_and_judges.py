import numpy as np
import pytest

from evaluations.statistics import (
    Game,
    Kind,
    Outcome,
    Rule,
    agreement_interval,
    bradley_terry,
    cluster_bootstrap,
    cohen_kappa,
    comparable_groups,
    enough_to_tell,
    honesty,
    in_control,
    krippendorff_alpha,
    plain,
    prediction_powered_mean,
    rank_intervals,
    rate_models,
    share_that_held,
    standardise,
    win_rate,
)


def mean(sample: np.ndarray) -> float:
    return float(sample.mean())


RANDOM = np.random.default_rng(11)


def test_a_model_with_much_missing_is_partial_and_unranked() -> None:
    runs = {name: plain((RANDOM.random(100) < 0.8).astype(float)) for name in "abc"}
    runs["c"].numerators[:20] = np.nan
    ranking = rank_intervals(runs)
    assert ranking.partial == ("c",)
    assert {one.name for one in ranking.standings} == {"a", "b"}
    assert ranking.n == 100


def test_ranks_stand_on_the_common_items_only() -> None:
    runs = {name: plain((RANDOM.random(100) < 0.8).astype(float)) for name in "ab"}
    runs["a"].numerators[:2] = np.nan
    runs["b"].numerators[3] = np.nan
    assert rank_intervals(runs).n == 97


def test_equal_models_share_every_rank() -> None:
    scores = (RANDOM.random(100) < 0.8).astype(float)
    ranking = rank_intervals({name: plain(scores) for name in "abc"})
    assert [(one.best_rank, one.worst_rank, one.tied) for one in ranking.standings] == [(1, 3, 2)] * 3
    assert set(ranking.best_group) == {"a", "b", "c"}


def test_fewer_errors_rank_first_when_lower_is_better() -> None:
    good = plain([0.0] * 90 + [1.0] * 10, higher_is_better=False)
    bad = plain([0.0] * 40 + [1.0] * 60, higher_is_better=False)
    first, second = rank_intervals({"bad": bad, "good": good}).standings
    assert (first.name, first.worst_rank, first.ahead) == ("good", 1, 1)
    assert (second.name, second.best_rank, second.behind) == ("bad", 2, 1)


def test_nobody_to_rank_is_an_empty_ranking() -> None:
    assert rank_intervals({}).standings == ()
    assert rank_intervals({"a": plain([np.nan])}).partial == ("a",)


def test_a_prompt_judged_in_one_order_only_is_missing() -> None:
    first, second = np.array([1.0, 1.0, np.nan]), np.array([1.0, 0.0, 1.0])
    found = win_rate(("a", "b", "c"), first, second, Rule())
    assert (found.result.n, found.result.missing, found.result.point) == (2, 1, 0.75)
    assert (found.consistency, found.first_position_rate) == (0.5, 0.75)


def test_a_judge_who_always_takes_the_first_answer_shows_no_winner() -> None:
    found = win_rate(tuple(map(str, range(50))), np.ones(50), np.zeros(50), Rule())
    assert (found.result.point, found.consistency, found.first_position_rate) == (0.5, 0.0, 1.0)
    assert found.result.outcome is Outcome.INCONCLUSIVE


def test_ties_alone_have_no_first_position() -> None:
    found = win_rate(("a", "b"), np.full(2, 0.5), np.full(2, 0.5), Rule())
    assert (found.consistency, found.first_position_rate) == (1.0, None)


def test_models_without_a_chain_of_wins_are_not_comparable() -> None:
    assert bradley_terry(np.array([[0.0, 3.0], [0.0, 0.0]])) is None
    unlinked = [Game("p", "a", "b", 0.5), Game("p", "c", "d", 0.5)]
    assert rate_models(unlinked, seed=1) is None
    assert rate_models([], seed=1) is None
    assert comparable_groups([*unlinked, Game("q", "c", "d", 0.5)]) == [["c", "d"], ["a", "b"]]
    assert comparable_groups([Game("p", "a", "b", 1.0), Game("p", "b", "c", 0.5)]) == [["b", "c"], ["a"]]


def test_a_rating_rests_on_enough_prompts_or_leaves_range_and_ranks_open() -> None:
    def rated(prompts: int) -> list[tuple[bool, int, int]]:
        games = [Game(f"p{row}", "a", "b", float(row % 7 != 0)) for row in range(prompts)]
        found = rate_models(games, seed=1, replicates=1000) or []
        return [(one.interval is not None, one.best_rank, one.worst_rank) for one in found]

    assert rated(9) == [(False, 1, 2)] * 2
    assert rated(29) == [(True, 1, 2)] * 2
    assert rated(35) == [(True, 1, 1), (True, 2, 2)]


def test_ratings_are_the_same_again_with_the_same_seed() -> None:
    games = [
        Game(f"p{row}", a, b, float(RANDOM.choice([0.0, 0.5, 1.0])))
        for row in range(40)
        for a, b in [("a", "b"), ("b", "c"), ("a", "c")]
    ]
    once, again = rate_models(games, seed=5, replicates=60), rate_models(games, seed=5, replicates=60)
    assert once == again
    assert once is not None
    assert [one.rating for one in once] == sorted((one.rating for one in once), reverse=True)
    assert np.mean([one.rating for one in once]) == pytest.approx(1000)
    assert all(one.interval and one.interval.low <= one.rating <= one.interval.high for one in once)


def test_perfect_agreement_is_one_and_sameness_says_nothing() -> None:
    ratings = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    assert krippendorff_alpha(ratings) == krippendorff_alpha(ratings, numeric=True) == 1
    assert cohen_kappa(ratings) == 1
    assert krippendorff_alpha(np.ones((2, 5))) is None
    assert cohen_kappa(np.ones((2, 5))) is None
    assert cohen_kappa(np.array([[np.nan], [1.0]])) is None


def test_agreement_comes_with_an_interval_that_holds_it() -> None:
    truth = RANDOM.integers(0, 3, 120)
    noisy = np.where(RANDOM.random(120) < 0.8, truth, RANDOM.integers(0, 3, 120))
    ratings = np.array([truth, noisy], dtype=float)
    kappa, interval = cohen_kappa(ratings), agreement_interval(ratings, cohen_kappa, seed=1, replicates=200)
    assert kappa is not None and interval is not None
    assert interval.low < kappa < interval.high
    assert interval == agreement_interval(ratings, cohen_kappa, seed=1, replicates=200)
    assert agreement_interval(np.empty((2, 0)), cohen_kappa, seed=1) is None


def test_labels_without_spread_power_nothing() -> None:
    assert prediction_powered_mean(np.ones(5), np.ones(5), np.ones(50)) is None
    assert prediction_powered_mean(np.empty(0), np.empty(0), np.ones(50)) is None
    with pytest.raises(ValueError, match="same item"):
        prediction_powered_mean(np.ones(5), np.ones(4), np.ones(50))


def test_the_bootstrap_draws_whole_clusters_with_a_stored_seed() -> None:
    values = np.repeat(RANDOM.normal(size=20), 10)
    clusters = [f"c{row // 10}" for row in range(200)]
    grouped = cluster_bootstrap(values, clusters, mean, seed=3, replicates=400)
    alone = cluster_bootstrap(values, None, mean, seed=3, replicates=400)
    assert grouped is not None and alone is not None
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert grouped == cluster_bootstrap(values, clusters, mean, seed=3, replicates=400)
    assert cluster_bootstrap(values, ["one"] * 200, mean, seed=3) is None


def test_fewer_than_eight_good_runs_are_no_reference() -> None:
    assert in_control([0.8] * 7) is None
    assert in_control([0.8, 0.9] * 4) == pytest.approx((0.85, 0.0534522))


def test_expectations_that_held_are_counted_with_their_interval() -> None:
    held = share_that_held([(0.8, 0.9), (0.5, 0.6), (0.1, 0.3)], [0.9, 0.7, 0.2])
    assert (held.held, held.n) == (2, 3)
    assert held.interval is not None and held.interval.low < 2 / 3 < held.interval.high
    assert share_that_held([], []).share is None


@pytest.mark.parametrize(
    ("held", "n", "grade"),
    [
        (16, 16, "too_few"),
        (17, 17, "too_wide"),
        (0, 3, "too_narrow"),
        (14, 17, "as_stated"),
        (0, 0, "too_few"),
    ],
)
def test_ranges_are_called_dishonest_only_where_the_interval_says_so(held: int, n: int, grade: str) -> None:
    measured = [0.5] * held + [2.0] * (n - held)
    assert honesty(share_that_held([(0.0, 1.0)] * n, measured), 0.8) == grade


def test_ranges_for_one_result_miss_together() -> None:
    alone = share_that_held([(0.0, 1.0)] * 20, [0.5] * 20)
    together = share_that_held([(0.0, 1.0)] * 20, [0.5] * 20, results=["a", "b"] * 10)
    assert (together.results, together.n) == (2, 20)
    assert alone.interval is not None and together.interval is not None
    assert together.interval.low < alone.interval.low


def test_from_seventeen_results_on_an_interval_can_tell_eighty_percent_from_all() -> None:
    assert enough_to_tell(0.8) == 17
    assert share_that_held([(0, 1)] * 17, [0.5] * 17).interval.low > 0.8  # type: ignore[union-attr]
    assert share_that_held([(0, 1)] * 16, [0.5] * 16).interval.low < 0.8  # type: ignore[union-attr]


def test_a_slice_without_items_cannot_be_standardised() -> None:
    assert standardise({}) is None


def test_graded_scores_are_ranked_by_paired_t() -> None:
    base = RANDOM.uniform(0.3, 0.6, 80)
    runs = {
        "a": plain(base + 0.2, kind=Kind.BOUNDED),
        "b": plain(base + RANDOM.normal(0, 0.02, 80), kind=Kind.BOUNDED),
    }
    assert rank_intervals(runs).best_group == ("a",)
