"""Every published or cross-checked number of golden_stats.json, asserted to its tolerance."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluations.statistics import (
    Interval,
    Kind,
    Reach,
    Result,
    Rule,
    Samples,
    SliceCounts,
    against_earlier,
    against_every,
    against_rival,
    against_threshold,
    against_threshold_at_any_look,
    benjamini_hochberg,
    bonferroni,
    bradley_terry,
    equivalence,
    ewma,
    expected_best_of,
    holm,
    krippendorff_alpha,
    log_evidence,
    mixture_scale,
    on_rating_scale,
    order_indices,
    pass_at_k,
    pass_hat_k,
    percentile_interval,
    plain,
    prediction_powered_mean,
    rank_intervals,
    rejected,
    required_n_mean,
    required_n_rate,
    roll_up,
    sequence_mean,
    share_within,
    smallest_deciding_n,
    standardise,
    wilson,
    win_rate,
)
from evaluations.statistics.decisions import decide
from evaluations.statistics.missing import filled, missing_share
from evaluations.statistics.worked.reading import by_item

GOLDEN = json.loads((Path(__file__).parent / "golden_stats.json").read_text())
CASES = {case["id"]: case for case in GOLDEN["cases"]}
Case = dict[str, Any]


def rule_of(given: Case, **more: Any) -> Rule:
    names = ("threshold", "confidence", "margin", "tolerance", "max_missing_share")
    return Rule(**{name: given[name] for name in names if name in given}, **more)


def passes(successes: int, failures: int, missing: int = 0) -> Samples:
    return plain([1.0] * successes + [0.0] * failures + [np.nan] * missing)


def paired(only_ours: int, only_theirs: int, n: int) -> tuple[Samples, Samples]:
    alike = n - only_ours - only_theirs
    return passes(only_ours, only_theirs + alike), plain(
        [0.0] * only_ours + [1.0] * only_theirs + [0.0] * alike
    )


def close(got: Any, wanted: Any, case: Case) -> bool:
    return bool(got == pytest.approx(wanted, abs=case["abs_tol"]))


def same_interval(got: Interval | None, wanted: list[float] | None, case: Case) -> bool:
    if wanted is None:
        return got is None
    return got is not None and close([got.low, got.high], wanted, case)


def check(result: Result, case: Case) -> None:
    expected = case["expected"]
    assert result.outcome == expected["verdict"] or result.trend == expected["verdict"]
    if "ci" in expected:
        assert same_interval(result.interval, expected["ci"], case)
    if "point" in expected:
        assert result.point is expected["point"] or close(result.point, expected["point"], case)
    for name in ("se", "df", "n_eff", "n_adj"):
        if name in expected:
            assert close(getattr(result, name), expected[name], case)
    if "G" in expected:
        assert result.clusters == expected["G"]
    if "reason" in expected:
        assert result.reason == expected["reason"]


def absolute_binary(case: Case) -> None:
    given = case["input"]
    samples = passes(given["successes"], given["n"] - given["successes"])
    if given["direction"] == "lower":
        samples = plain(samples.numerators, higher_is_better=False)
    check(against_threshold(samples, rule_of(given)), case)


def absolute_binary_clustered(case: Case) -> None:
    given = case["input"]
    if "rows" in given:
        samples = by_item(given["rows"])
    elif given["clusters"] == 1:
        n = given["items_per_cluster"]
        samples = plain([1.0] * given["passes"] + [0.0] * (n - given["passes"]), clusters=["only"] * n)
    else:
        n = given["n"]
        values = [1.0] * given["successes"] + [0.0] * (n - given["successes"])
        samples = plain(values, clusters=[str(row) for row in range(n)])
    check(against_threshold(samples, rule_of(given)), case)


def absolute_census(case: Case) -> None:
    samples = by_item(CASES[case["input"]["same_as"]]["input"]["rows"])
    check(against_threshold(samples, rule_of(case["input"], reach=Reach.THESE_ITEMS)), case)


def absolute_bounded_mean(case: Case) -> None:
    given = case["input"]
    scores = given["scores"] if "scores" in given else [given["score"]] * given["count"]
    samples = plain(scores, kind=Kind.BOUNDED, bounds=tuple(given["bounds"]))
    check(against_threshold(samples, rule_of(given)), case)


def absolute_unbounded_mean(case: Case) -> None:
    samples = plain(case["input"]["costs"], kind=Kind.UNBOUNDED, higher_is_better=False)
    check(against_threshold(samples, rule_of(case["input"])), case)


def absolute_ratio(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    samples = Samples(
        items=tuple(str(row) for row in range(len(given["errors"]))),
        numerators=np.array(given["errors"], dtype=float)[:, None],
        denominators=np.array(given["words"], dtype=float)[:, None],
        clusters=tuple(given["cluster"]) if "cluster" in given else None,
        kind=Kind.RATIO,
        higher_is_better=False,
    )
    result = against_threshold(samples, rule_of({"threshold": 0.1} | given))
    if "verdict" in expected:
        check(result, case)
    else:
        assert result.point == expected["corpus_wer"]


def display_interval(case: Case) -> None:
    given = case["input"]
    interval = wilson(given["successes"], given["n"], given["confidence"])
    assert same_interval(interval, case["expected"]["ci"], case)


def errors(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    samples = passes(given["passed"], given["failed"], given["infra_errors"])
    rule = rule_of(given)
    result = against_threshold(samples, rule)
    check(result, case)
    assert result.n == expected["n_scored"]
    if "missing_share" in expected:
        assert close(missing_share(samples), expected["missing_share"], case)
        assert close(result.missing_share, expected["missing_share"], case)
        failed, passed = filled(samples, passing=False), filled(samples, passing=True)
        scored_only = passes(given["passed"], given["failed"])
        assert against_threshold(scored_only, rule).outcome == expected["verdict_scored_only"]
        assert against_threshold(failed, rule).outcome == expected["verdict_errors_as_fail"]
        assert against_threshold(passed, rule).outcome == expected["verdict_errors_as_pass"]


def regression(case: Case) -> None:
    given = case["input"]
    new, baseline = paired(given["fail_to_pass"], given["pass_to_fail"], given["n"])
    result = against_earlier(new, baseline, rule_of(given))
    check(result, case)
    assert result.trend == case["expected"]["verdict"]


def multiplicity(case: Case) -> None:
    p, alpha, expected = case["input"]["p"], case["input"]["alpha"], case["expected"]
    assert sum(rejected(benjamini_hochberg(p), alpha)) == expected["bh_reject"]
    assert sum(rejected(holm(p), alpha)) == expected["holm_reject"]
    assert sum(rejected(bonferroni(p), alpha)) == expected["bonferroni_reject"]
    assert close(benjamini_hochberg(p), expected["bh_adjusted"], case)
    assert close(holm(p), expected["holm_adjusted"], case)


def relative_best_of_n(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    results = {
        name: against_rival(*paired(won, lost, given["n"]), rule_of(given))
        for name, (won, lost) in given["discordant"].items()
    }
    assert {name: result.outcome for name, result in results.items()} == expected["per_competitor"]
    ours, rivals = one_of_ours(given["discordant"], given["n"])
    check(against_every(ours, rivals, rule_of(given)), case)


def one_of_ours(discordant: dict[str, list[int]], n: int) -> tuple[Samples, list[Samples]]:
    """Our one run that wins and loses the given counts against each rival."""
    ours = np.repeat([1.0, 0.0], n // 2)
    rivals = []
    for won, lost in discordant.values():
        theirs = ours.copy()
        theirs[:won] = 0.0
        theirs[n - lost :] = 1.0
        rivals.append(plain(theirs))
    return plain(ours), rivals


def winners_curse(case: Case) -> None:
    biases = [expected_best_of(count) for count in case["input"]["N"]]
    assert close(biases, case["expected"]["bias_in_se"], case)


def sample_size(case: Case) -> None:
    given = case["input"]
    confidence = given["confidence"]
    if "sd" in given:
        n = required_n_mean(given["sd"], given["difference"], confidence, given["power"])
    elif "p" in given:
        n = required_n_rate(given["p"], given["threshold"], confidence, given["power"])
    else:
        n = smallest_deciding_n(given["threshold"], confidence)
    assert n == case["expected"]["n"]


def latency_percentile(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    if "latencies_ms" in given:
        values, limit = given["latencies_ms"], given["threshold"]
    else:
        limit = 1000.0
        values = [1.0] * given["within"] + [2000.0] * given["over"] + [np.inf] * given["timeouts"]
    rule = Rule(threshold=given["percentile"], confidence=given["confidence"])
    samples = plain(values, kind=Kind.UNBOUNDED, higher_is_better=False)
    result = share_within(samples, limit, rule)
    assert result.outcome == expected["verdict"]
    assert same_interval(result.interval, expected["proportion_ci"], case)
    if "ci_order_statistics" in expected:
        order = percentile_interval(np.array(values), given["percentile"], given["confidence"])
        assert same_interval(order, expected["ci_order_statistics"], case)
        assert result.order == order
        indices = order_indices(len(values), given["percentile"], given["confidence"])
        assert list(indices) == expected["order_indices_1based"]


def relative_paired_binary(case: Case) -> None:
    given = case["input"]
    result = against_rival(*paired(given["ours_only"], given["theirs_only"], given["n"]), rule_of(given))
    check(result, case)
    assert close(result.p, case["expected"]["mcnemar_exact_p"], case)


def relative_paired_mean(case: Case) -> None:
    given = case["input"]
    ours = given.get("ours", [0.5] * 40)
    theirs = given.get("theirs", [0.5] * 40)
    result = against_rival(plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED), rule_of(given))
    check(result, case)
    assert close(result.p, case["expected"]["p_two_sided"], case)


def parity(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    data = CASES[given["same_as"]]["input"]
    runs = [plain(data[side], kind=Kind.BOUNDED) for side in ("ours", "theirs")]
    result = equivalence(runs[0], runs[1], given["delta"], given["alpha"])
    assert result is not None
    assert close(result.p, expected["p_tost"], case)
    assert same_interval(result.interval, expected["ci90"], case)
    assert result.equivalent is (expected["verdict"] == "equivalent")


def chances_over_tries(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    assert close(
        [float(pass_at_k(given["n"], given["c"], k)) for k in given["k"]], expected["pass_at_k"], case
    )
    assert close(
        [float(pass_hat_k(given["n"], given["c"], k)) for k in given["k"]], expected["pass_hat_k"], case
    )


def rollup(case: Case) -> None:
    assert roll_up(case["input"]["statuses"]) == case["expected"]["verdict"]


def drift_ewma(case: Case) -> None:
    given = case["input"]
    chart = ewma(given["series"], given["mean"], given["sigma"], given["lam"], given["L"])
    assert close(list(chart.values), case["expected"]["ewma"], case)
    assert chart.first_alarm == case["expected"]["first_alarm_run_1based"]


JUDGED = {"A": 1.0, "B": 0.0, "tie": 0.5}


def judge_win_rate(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    orders = [order.split("/") for order, times in given["counts"].items() for _ in range(times)]
    first, second = (np.array([JUDGED[order[place]] for order in orders]) for place in (0, 1))
    names = tuple(str(row) for row in range(len(orders)))
    found = win_rate(names, first, second, rule_of(given))
    assert close(found.result.point, expected["win_rate"], case)
    assert same_interval(found.result.interval, expected["ci"], case)
    assert close(found.consistency, expected["consistency"], case)
    assert found.result.outcome == expected["verdict"]


def rating(case: Case) -> None:
    games, expected = case["input"]["games"], case["expected"]
    models = sorted({name for winner, loser, _ in games for name in (winner, loser)})
    wins = np.zeros((len(models), len(models)))
    for winner, loser, times in games:
        wins[models.index(winner), models.index(loser)] += times
    strengths = bradley_terry(wins)
    if "strength_geomean1" not in expected:
        assert strengths is None
        return
    assert strengths is not None
    assert close(dict(zip(models, strengths, strict=True)), expected["strength_geomean1"], case)
    assert close(dict(zip(models, on_rating_scale(strengths), strict=True)), expected["elo_mean1000"], case)


def judge_ppi(case: Case) -> None:
    given = case["input"]
    ones, many = given["judge_unlabelled_ones"], given["judge_unlabelled_n"]
    found = prediction_powered_mean(
        np.array(given["human"], dtype=float),
        np.array(given["judge_on_labelled"], dtype=float),
        np.repeat([1.0, 0.0], [ones, many - ones]),
        given["confidence"],
    )
    assert found is not None
    assert close(found.point, case["expected"]["point"], case)
    assert same_interval(found.interval, case["expected"]["ci"], case)


def agreement(case: Case) -> None:
    ratings = np.array(case["input"]["ratings"], dtype=float)
    assert close(krippendorff_alpha(ratings), case["expected"]["nominal"], case)
    assert close(krippendorff_alpha(ratings, numeric=True), case["expected"]["interval"], case)


def ranks(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    bits = zip(given["models"], given["pass_matrix_bits"], strict=True)
    runs = {name: plain([float(bit) for bit in row]) for name, row in bits}
    ranking = rank_intervals(runs, given["alpha"])
    standings = {one.name: one for one in ranking.standings}
    assert close({name: one.score for name, one in standings.items()}, expected["scores"], case)
    assert [[test.a, test.b] for test in ranking.pairs] == expected["pairs"]
    assert close([test.p for test in ranking.pairs], expected["p_exact"], case)
    assert [test.significant for test in ranking.pairs] == expected["holm_reject"]
    intervals = {name: [one.best_rank, one.worst_rank] for name, one in standings.items()}
    assert intervals == expected["rank_interval"]
    assert list(ranking.best_group) == expected["best_group"]


def sequential_binary(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    samples = passes(given["successes"], given["n"] - given["successes"])
    check(against_threshold_at_any_look(samples, rule_of(given), planned_n=100), case)
    if "log_e_value_at_threshold" in expected:
        evidence = log_evidence(given["successes"], given["n"], given["threshold"])
        assert close(evidence, expected["log_e_value_at_threshold"], case)


def sequential_mean(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    assert close(mixture_scale(given["n_opt"], given["confidence"]), expected["rho"], case)
    interval = sequence_mean(given["mean"], given["sd"], given["n"], given["n_opt"], given["confidence"])
    assert same_interval(interval, expected["ci"], case)
    assert decide(interval, 0.0) == expected["verdict"]


def simpson(case: Case) -> None:
    given, expected = case["input"], case["expected"]
    slices = {name: SliceCounts(*sides["ours"], *sides["theirs"]) for name, sides in given.items()}
    found = standardise(slices)
    assert found is not None
    for name, one in slices.items():
        assert close([one.ours / one.ours_n, one.theirs / one.theirs_n], expected[name], case)
    assert close([found.ours_overall, found.theirs_overall], expected["overall"], case)
    assert close([found.ours, found.theirs], expected["standardised_to_pooled_mix"], case)


FAMILIES: dict[str, Callable[[Case], None]] = {
    "absolute_binary": absolute_binary,
    "absolute_binary_clustered": absolute_binary_clustered,
    "absolute_census": absolute_census,
    "absolute_bounded_mean": absolute_bounded_mean,
    "absolute_unbounded_mean": absolute_unbounded_mean,
    "absolute_ratio": absolute_ratio,
    "display_interval": display_interval,
    "errors": errors,
    "regression": regression,
    "multiplicity": multiplicity,
    "relative_best_of_n": relative_best_of_n,
    "winners_curse": winners_curse,
    "sample_size": sample_size,
    "latency_percentile": latency_percentile,
    "relative_paired_binary": relative_paired_binary,
    "relative_paired_mean": relative_paired_mean,
    "equivalence": parity,
    "pass_at_k": chances_over_tries,
    "rollup": rollup,
    "drift_ewma": drift_ewma,
    "judge_win_rate": judge_win_rate,
    "rating": rating,
    "judge_ppi": judge_ppi,
    "agreement": agreement,
    "ranks": ranks,
    "sequential_binary": sequential_binary,
    "sequential_mean": sequential_mean,
    "simpson": simpson,
}


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case["id"])
def test_golden_number(case: Case) -> None:
    assert case["family"] in FAMILIES, "a family without a test"
    FAMILIES[case["family"]](case)
