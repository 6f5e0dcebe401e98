"""Every formula asked by name with plain values: golden cases again, published numbers, and edges by the formulas themselves."""

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from evaluations import statistics
from evaluations.statistics.worked import METHODS, QUESTIONS, answer

FOLDER = Path(statistics.__file__).parent
GOLDEN = json.loads((Path(__file__).parent / "golden_stats.json").read_text())
CASES = {case["id"]: case for case in GOLDEN["cases"]}
# What a case tells beside its answer: numbers not to use, and the paper's own rounding.
ASIDE = {"naive_ci_do_not_use", "t_interval_for_comparison", "published", "mean_of_utterance_wer"}


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case["id"])
def test_a_golden_case_is_answered_by_name(case: dict[str, Any]) -> None:
    given = case["input"]
    if "same_as" in given:
        given = {**CASES[given["same_as"]]["input"], **given}
    found = answer(case["family"], given)
    expected = {name: value for name, value in case["expected"].items() if name not in ASIDE}
    assert set(expected) <= set(found)
    for name, value in expected.items():
        assert same(found[name], value, case["abs_tol"]), (name, found[name], value)


def same(found: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(expected, dict):
        return set(found) == set(expected) and all(
            same(found[key], expected[key], tolerance) for key in expected
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(lambda a, b: same(a, b, tolerance), found, expected))
    if isinstance(expected, float | int) and not isinstance(expected, bool):
        return found is not None and math.isclose(found, expected, rel_tol=0, abs_tol=tolerance)
    return bool(found == expected)


def test_every_method_of_a_result_can_be_asked() -> None:
    ids = re.compile(r'"([a-z][a-z-]*)/\d+"')
    written = {name for path in FOLDER.glob("*.py") for name in ids.findall(path.read_text())}
    assert "tango" in written
    assert sorted(written - set(METHODS)) == []
    assert sorted(set(METHODS.values()) - set(QUESTIONS)) == []
    assert answer("tango/1", {"ours_only": 3, "theirs_only": 1, "n": 9})["method"] == "tango/1"


def test_every_question_says_what_it_wants() -> None:
    assert [name for name, question in QUESTIONS.items() if not question.__doc__] == []
    page = (FOLDER.parents[1] / "docs/statistics.md").read_text()
    assert [name for name in QUESTIONS if f"`{name}`" not in page] == []


def test_the_page_tells_how_many_golden_cases_hold_a_question() -> None:
    page = (FOLDER.parents[1] / "docs/statistics.md").read_text()
    told = {
        name: int(count) for name, count in re.findall(r"^\| [^|]+ \| `(\w+)` \| .+ \| (\d+) \|$", page, re.M)
    }
    assert told == Counter(case["family"] for case in CASES.values())


@pytest.mark.parametrize(
    ("successes", "n", "exact", "score"),
    [
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1684), (0.0, 0.1611)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
    ],
)
def test_rates_are_those_that_newcombe_printed(
    successes: int, n: int, exact: tuple[float, float], score: tuple[float, float]
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I: methods 5 and 3."""
    given = {"successes": successes, "n": n}
    assert [round(end, 4) for end in answer("absolute_binary", given)["ci"]] == list(exact)
    assert [round(end, 4) for end in answer("display_interval", given)["ci"]] == list(score)


def exact(k: float, n: float, confidence: float = 0.95) -> list[float]:
    """Clopper and Pearson by the quantiles of beta; k and n may be fractions."""
    tail = (1 - confidence) / 2
    low = 0.0 if k <= 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    return [low, 1.0 if k >= n else float(stats.beta.ppf(1 - tail, k + 1, n - k))]


def robust(values: list[float], clusters: list[int]) -> float:
    """CR1: SE² = G/(G−1) · Σ_g(Σ_{i∈g}(x_i − m))² / I²."""
    x, names = np.array(values), sorted(set(clusters))
    sums = [
        sum(x[place] - x.mean() for place, name in enumerate(clusters) if name == group) for group in names
    ]
    return math.sqrt(len(names) / (len(names) - 1) * sum(one**2 for one in sums)) / len(x)


def adjusted(p: float, se: float, groups: int, confidence: float = 0.95, most: float = math.inf) -> float:
    z, t = stats.norm.ppf(0.5 + confidence / 2), stats.t.ppf(0.5 + confidence / 2, groups - 1)
    return float(min(most, p * (1 - p) / se**2 + 1) * (z / t) ** 2)


@pytest.mark.parametrize(
    ("n", "k", "confidence", "threshold", "direction", "verdict"),
    [
        (1, 1, 0.95, 0.9, "higher", "inconclusive"),
        (36, 36, 0.95, 0.9, "higher", "met"),
        (35, 35, 0.95, 0.9, "higher", "inconclusive"),
        (29, 29, 0.9, 0.9, "higher", "met"),
        (51, 51, 0.99, 0.9, "higher", "met"),
        (50, 50, 0.99, 0.9, "higher", "inconclusive"),
        (100, 3, 0.95, 0.1, "lower", "met"),
        (100, 20, 0.95, 0.1, "lower", "not_met"),
        (100, 10, 0.95, 0.1, "lower", "inconclusive"),
        (40, 0, 0.95, 0.0, "lower", "inconclusive"),
        (40, 40, 0.95, 1.0, "higher", "inconclusive"),
    ],
)
def test_rates_at_the_edges(
    n: int, k: int, confidence: float, threshold: float, direction: str, verdict: str
) -> None:
    given = {"n": n, "successes": k, "confidence": confidence, "threshold": threshold, "direction": direction}
    found = answer("absolute_binary", given)
    assert found["ci"] == pytest.approx(exact(k, n, confidence), abs=1e-10)
    assert found["verdict"] == verdict


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("groups", [2, 5, 29, 30])
def test_clustered_rates_follow_korn_and_graubard(groups: int, confidence: float) -> None:
    random = np.random.default_rng(groups)
    clusters = [place % groups for place in range(groups * 3)]
    scores = [float(score) for score in random.integers(0, 2, len(clusters))]
    scores[0], scores[1] = 1.0, 0.0
    rows = [
        [place, cluster, score] for place, (cluster, score) in enumerate(zip(clusters, scores, strict=True))
    ]
    found = answer("korn-graubard", {"rows": rows, "threshold": 0.5, "confidence": confidence})
    p, se = float(np.mean(scores)), robust(scores, clusters)
    n = float(groups) if se < 1e-12 else adjusted(p, se, groups, confidence, most=len(rows))
    assert (found["G"], found["n_adj"]) == (groups, pytest.approx(n))
    assert found["ci"] == pytest.approx(exact(p * n, n, confidence), abs=1e-9)


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (1.0, 5.0), (-1.0, 1.0)])
@pytest.mark.parametrize("groups", [1, 2, 29, 30, 31])
def test_bounded_means_are_rescaled_and_capped_below_thirty(groups: int, bounds: tuple[float, float]) -> None:
    low, width = bounds[0], bounds[1] - bounds[0]
    unit = [float(one) for one in np.random.default_rng(1).beta(8, 2, groups)]
    scores = [low + width * one for one in unit]
    found = answer("bounded-mean", {"scores": scores, "bounds": bounds, "threshold": low})
    mean = float(np.mean(unit))
    n = 1.0 if groups == 1 else adjusted(mean, robust(unit, list(range(groups))), groups)
    n = min(n, groups) if groups < 30 else n
    assert found["ci"] == pytest.approx([low + width * end for end in exact(mean * n, n)], abs=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("groups", [29, 30, 200])
def test_scores_without_spread_follow_the_rule_of_three(groups: int, constant: float) -> None:
    found = answer("constant", {"score": constant, "count": groups, "threshold": 0.25})
    u = 1 - 0.025 ** (1 / groups)
    wanted = exact(constant * groups, groups) if groups < 30 else [(1 - u) * constant, (1 - u) * constant + u]
    assert found["ci"] == pytest.approx(wanted, abs=1e-9)


def test_costs_decide_from_thirty_on() -> None:
    costs = [float(cost) for cost in np.random.default_rng(3).gamma(2, 0.004, 30)]
    for count, verdict, reason in ((29, "inconclusive", "small_n"), (30, "met", "")):
        found = answer("t", {"costs": costs[:count], "threshold": 0.05})
        half = stats.t.ppf(0.975, count - 1) * stats.sem(costs[:count])
        assert found["ci"] == pytest.approx([np.mean(costs[:count]) - half, np.mean(costs[:count]) + half])
        assert (found["verdict"], found["reason"]) == (verdict, reason)


def test_ratios_at_the_edges() -> None:
    silent = answer("ratio", {"errors": [1, 0, 2], "words": [0, 10, 30], "threshold": 0.5})
    assert silent["point"] == 3 / 40
    spotless = answer("ratio", {"errors": [0] * 40, "words": [9] * 40, "threshold": 0.1})
    assert (spotless["method"], spotless["verdict"]) == ("clopper-pearson-clusters/1", "met")
    assert spotless["ci"] == pytest.approx(exact(0, 40))
    alone = answer("ratio", {"errors": [1, 2], "words": [9, 9], "cluster": ["x", "x"], "threshold": 0.1})
    assert (alone["ci"], alone["reason"]) == (None, "one_cluster")
    assert answer("ratio", {"errors": [], "words": [], "threshold": 0.1})["verdict"] == "no_data"


@pytest.mark.parametrize(("percentile", "fewest"), [(0.95, 72), (0.99, 368)])
def test_percentiles_need_their_number_of_requests(percentile: float, fewest: int) -> None:
    for n, verdict in ((fewest - 1, "inconclusive"), (fewest, "met")):
        found = answer("latency_percentile", {"within": n, "percentile": percentile})
        first, last = (int(stats.binom.ppf(tail, n, percentile)) for tail in (0.025, 0.975))
        assert (found["verdict"], found["order_indices_1based"]) == (verdict, [first, last + 1])
        assert found["ci_order_statistics"] == ([1.0, 1.0] if last + 1 <= n else None)
    assert (
        answer("latency_percentile", {"within": 5, "percentile": percentile})["ci_order_statistics"] is None
    )


def test_a_claim_about_these_items_needs_a_second_try() -> None:
    once = [[item, item, 1] for item in "abc"]
    assert answer("census", {"rows": once, "threshold": 0.5})["reason"] == "one_epoch"
    twice = [[item, item, score] for item in "abcd" for score in (1, item != "a")]
    found = answer("census", {"rows": twice, "threshold": 0.5})
    se = math.sqrt(0.5 / 2) / 4
    assert (found["se"], found["df"]) == (pytest.approx(se), 4)
    assert found["ci"] == pytest.approx([0.875 - stats.t.ppf(0.975, 4) * se, 1.0])


@pytest.mark.parametrize(
    ("passed", "failed", "missing", "verdict"),
    [(190, 0, 10, "inconclusive"), (195, 0, 5, "met"), (180, 10, 10, "inconclusive"), (10, 180, 10, "not_met"),
     (189, 0, 11, "inconclusive"), (0, 0, 0, "no_data"), (0, 0, 4, "no_data")],
)  # fmt: skip
def test_errors_stand_only_where_three_readings_agree(
    passed: int, failed: int, missing: int, verdict: str
) -> None:
    given = {"passed": passed, "failed": failed, "infra_errors": missing, "threshold": 0.93}
    assert answer("errors", given)["verdict"] == verdict


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("shift", [0.0, 0.03, -0.2])
def test_equality_is_two_one_sided_tests(alpha: float, shift: float) -> None:
    random = np.random.default_rng(11)
    theirs = random.uniform(0.3, 0.7, 25)
    ours = theirs + shift + random.normal(0, 0.02, 25)
    found = answer("equivalence", {"ours": list(ours), "theirs": list(theirs), "delta": 0.05, "alpha": alpha})
    gaps, df = ours - theirs, 24
    se = stats.sem(gaps)
    above, below = stats.t.sf((gaps.mean() + 0.05) / se, df), stats.t.cdf((gaps.mean() - 0.05) / se, df)
    half = stats.t.ppf(1 - alpha, df) * se
    assert found["p_tost"] == pytest.approx(max(above, below), abs=1e-12)
    assert found["ci"] == pytest.approx([gaps.mean() - half, gaps.mean() + half], abs=1e-12)
    assert found["verdict"] == ("equivalent" if max(above, below) <= alpha else "inconclusive")


def test_margins_below_zero_and_lower_is_better_mirror() -> None:
    ahead = {"ours_only": 8, "theirs_only": 12, "n": 400}
    assert answer("tango", {**ahead, "margin": -0.04})["verdict"] == "met"
    assert answer("tango", {**ahead, "margin": 0})["verdict"] == "inconclusive"
    fewer = {"ours_only": 12, "theirs_only": 8, "n": 400, "direction": "lower"}
    assert answer("tango", {**fewer, "margin": -0.04})["verdict"] == "met"
    assert (
        answer("regression", {"fail_to_pass": 40, "pass_to_fail": 5, "n": 400, "direction": "lower"})[
            "verdict"
        ]
        == "regressed"
    )


def test_a_single_pair_and_pairs_without_spread() -> None:
    for n in (1, 40):
        found = answer("paired-constant", {"differences": [0.25] * n})
        u = 1 - 0.025 ** (1 / n)
        assert found["ci"] == pytest.approx([0.25 * (1 - u) - u, 0.25 * (1 - u) + u])


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_sequences_at_the_edges_have_a_closed_form(confidence: float) -> None:
    n = 50
    low = ((1 - confidence) / (n + 1)) ** (1 / n)
    given = {"n": n, "threshold": 0.5, "confidence": confidence}
    assert answer("sequential_binary", {**given, "successes": n})["ci"] == pytest.approx([low, 1.0])
    assert answer("sequential_binary", {**given, "successes": 0})["ci"] == pytest.approx([0.0, 1 - low])


def test_weak_slices_are_corrected_at_a_false_share_of_ten_percent() -> None:
    found = answer("slices", {"slices": {"de": [2, 14, 80], "fr": [5, 11, 90], "it": [3, 3, 5]}, "min_n": 10})
    p = {name: stats.binomtest(won, won + lost).pvalue for name, won, lost in (("de", 2, 14), ("fr", 5, 11))}
    assert {name: found["p"][name] for name in p} == pytest.approx(p)
    assert found["adjusted_p"] == {"de": pytest.approx(2 * p["de"]), "fr": pytest.approx(p["fr"]), "it": None}
    assert (found["order"], found["supported"]) == (["de", "fr", "it"], ["de"])


@pytest.mark.parametrize(
    ("standing", "first", "second", "verdict"),
    [(None, "met", None, "met"), ("met", "not_met", None, "inconclusive"), ("met", "not_met", "not_met", "not_met"),
     ("met", "not_met", "met", "inconclusive"), ("inconclusive", "not_met", None, "not_met"), ("met", "met", None, "met")],
)  # fmt: skip
def test_a_floating_version_flips_when_a_second_run_agrees(
    standing: str | None, first: str, second: str | None, verdict: str
) -> None:
    assert (
        answer("confirmation", {"standing": standing, "first": first, "second": second})["verdict"] == verdict
    )


def test_items_may_have_unlike_numbers_of_tries() -> None:
    rows = [["a", "x", 1], ["a", "x", 0], ["b", "x", 1], ["c", "y", 0], ["d", "z", 1], ["d", "z", 1]]
    found = answer("korn-graubard", {"rows": rows, "threshold": 0.5})
    means, clusters = [0.5, 1.0, 0.0, 1.0], [0, 0, 1, 2]
    p, se = float(np.mean(means)), robust(means, clusters)
    n = adjusted(p, se, 3, most=6)
    assert (found["point"], found["n_adj"]) == (pytest.approx(p), pytest.approx(n))
    assert found["ci"] == pytest.approx(exact(p * n, n), abs=1e-9)


def test_the_rest_at_its_edges() -> None:
    assert answer("rating", {"games": [["A", "B", 5]]})["verdict"] == "not_comparable"
    tied = answer("rating", {"games": [["A", "B", 4, "tie"]]})
    assert tied["elo_mean1000"] == pytest.approx({"A": 1000, "B": 1000})
    assert answer("pass_at_k", {"n": 3, "c": 1, "k": [3, 4, 0]}) == {
        "pass_at_k": [pytest.approx(1.0), None, None],
        "pass_hat_k": [0.0, None, None],
    }
    assert answer("drift_ewma", {"series": [1.0], "history": [0.5] * 7})["ewma"] is None
    assert answer("drift_ewma", {"look": 1, "alpha": 0.05})["alpha"] == pytest.approx(0.05 * 6 / math.pi**2)
    below = answer("drift_ewma", {"series": [-9.0], "mean": 0.0, "sigma": 1.0})
    assert (below["first_alarm_run_1based"], below["limits"]) == (1, [pytest.approx(2.86 * 0.2)])
    same_three = {"models": ["a", "b", "c"], "pass_matrix_bits": ["1101", "1101", "1101"]}
    assert answer("ranks", same_three)["rank_interval"] == dict.fromkeys("abc", [1, 3])
    assert answer("multiplicity", {"p": []})["holm_adjusted"] == []
    assert answer("calibration", {"expected": [[0, 1], [2, 3]], "measured": [1, 1]})["ci"] == pytest.approx(
        exact(1, 2)
    )
    assert answer("rollup", {"statuses": ["waived", "met"]}) == {"verdict": "met"}
    assert answer("sample_size", {"n": 80, "threshold": 0.9})["allowed_failures"] == 2
    with pytest.raises(KeyError):
        answer("wald", {})
