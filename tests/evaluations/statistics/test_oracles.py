"""The same numbers from independent libraries."""

import evalica
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from statsmodels.api import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_paired

from evaluations.statistics import (
    Kind,
    Rule,
    against_rival,
    benjamini_hochberg,
    bradley_terry,
    clopper_pearson,
    cohen_kappa,
    equivalence,
    holm,
    log_evidence,
    mcnemar_exact,
    pass_at_k,
    pass_hat_k,
    percentile_interval,
    plain,
    tango,
    wilson,
)

RANDOM = np.random.default_rng(20260301)


@pytest.mark.parametrize(
    ("k", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (7, 19), (999, 1000), (50_123, 99_999)]
)
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_rate_intervals_are_those_of_statsmodels(k: int, n: int, confidence: float) -> None:
    exact = proportion_confint(k, n, alpha=1 - confidence, method="beta")
    interval = clopper_pearson(k, n, confidence)
    assert [interval.low, interval.high] == pytest.approx(np.nan_to_num(exact, nan=0.0), abs=1e-10)
    score = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    drawn = wilson(k, n, confidence)
    assert [drawn.low, drawn.high] == pytest.approx(score, abs=1e-10)


def test_tango_ends_where_the_profiled_score_test_does() -> None:
    for b, c, n in [(12, 3, 50), (0, 9, 44), (40, 20, 300), (1, 1, 2)]:
        interval = tango(b, c, n)
        for end in (interval.low, interval.high):
            assert abs(profile_score(b, c, n, end)) == pytest.approx(stats.norm.ppf(0.975), abs=1e-6)


def profile_score(b: int, c: int, n: int, gap: float) -> float:
    """The score statistic with its nuisance rate found by numeric maximisation instead of the formula."""

    def unlikely(rate: float) -> float:
        chances = np.array([rate + gap, rate, 1 - 2 * rate - gap])
        return -float(log_likelihood([b, c, n - b - c], chances))

    found = minimize_scalar(
        unlikely,
        bounds=(max(0.0, -gap) + 1e-13, (1 - gap) / 2 - 1e-13),
        method="bounded",
        options={"xatol": 1e-13},
    )
    return float((b - c - n * gap) / np.sqrt(n * (2 * found.x + gap * (1 - gap))))


def log_likelihood(counts: list[int], chances: np.ndarray) -> float:
    return float(xlogy(counts, np.maximum(chances, 1e-300)).sum())


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (10, 3), (200, 260)])
def test_mcnemar_is_that_of_statsmodels(b: int, c: int) -> None:
    assert mcnemar_exact(b, c) == pytest.approx(mcnemar([[5, b], [c, 5]], exact=True).pvalue)


def test_corrections_are_those_of_statsmodels() -> None:
    for size in (1, 2, 15, 200):
        p = list(RANDOM.uniform(0, 0.2, size))
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
        assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert holm([]) == benjamini_hochberg([]) == []


def test_paired_means_are_those_of_scipy() -> None:
    ours, theirs = RANDOM.uniform(0, 1, (2, 37))
    result = against_rival(plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED), Rule())
    wanted = stats.ttest_rel(ours, theirs)
    ends = wanted.confidence_interval(0.95)
    assert result.p == pytest.approx(wanted.pvalue)
    assert result.interval is not None
    assert [result.interval.low, result.interval.high] == pytest.approx([ends.low, ends.high])


def test_equivalence_is_that_of_statsmodels() -> None:
    ours = RANDOM.uniform(0.4, 0.6, 30)
    for shift in (0.0, 0.02, 0.08):
        theirs = ours + RANDOM.normal(shift, 0.03, 30)
        found = equivalence(plain(ours, kind=Kind.BOUNDED), plain(theirs, kind=Kind.BOUNDED), 0.05)
        assert found is not None
        assert found.p == pytest.approx(ttost_paired(ours, theirs, -0.05, 0.05)[0])


def test_clustered_errors_are_those_of_statsmodels() -> None:
    groups = RANDOM.integers(0, 12, 90)
    ours, theirs = RANDOM.uniform(0, 1, (2, 90))
    clusters = [f"g{group}" for group in groups]
    result = against_rival(
        plain(ours, kind=Kind.BOUNDED, clusters=clusters),
        plain(theirs, kind=Kind.BOUNDED, clusters=clusters),
        Rule(),
    )
    options = {"groups": groups, "use_correction": True}
    fitted = OLS(ours - theirs, np.ones(90)).fit(cov_type="cluster", cov_kwds=options)
    assert result.se == pytest.approx(fitted.bse[0])
    assert result.clusters == len(set(groups.tolist()))


def test_percentile_intervals_are_those_of_scipy() -> None:
    values = RANDOM.gamma(2.0, 300.0, 180)
    ends = stats.quantile_test(values, q=0, p=0.9).confidence_interval(0.95)
    interval = percentile_interval(values, 0.9)
    assert interval is not None
    assert (interval.low, interval.high) == (ends.low, ends.high)


def test_ratings_are_those_of_evalica() -> None:
    names = list("abcdefgh")
    couples = [(x, y) for x in names for y in names if x != y for _ in range(4)]
    winners = [evalica.Winner.X if RANDOM.random() < 0.6 else evalica.Winner.Y for _ in couples]
    wanted = evalica.bradley_terry([x for x, _ in couples], [y for _, y in couples], winners).scores
    wins = np.zeros((8, 8))
    for (x, y), winner in zip(couples, winners, strict=True):
        first, second = (x, y) if winner is evalica.Winner.X else (y, x)
        wins[names.index(first), names.index(second)] += 1
    strengths = bradley_terry(wins)
    assert strengths is not None
    logs = np.log([wanted[name] for name in names])
    assert np.log(strengths) == pytest.approx(logs - logs.mean(), abs=1e-4)


def test_kappa_is_that_of_statsmodels() -> None:
    ratings = RANDOM.integers(0, 3, (2, 80)).astype(float)
    ratings[1, :50] = ratings[0, :50]
    table = np.array([[((ratings[0] == a) & (ratings[1] == b)).sum() for b in range(3)] for a in range(3)])
    assert cohen_kappa(ratings) == pytest.approx(cohens_kappa(table).kappa)


def test_chances_over_tries_are_those_of_drawing_without_replacement() -> None:
    for n, c, k in [(10, 3, 2), (200, 150, 40), (5, 5, 5), (5, 0, 1)]:
        assert pass_hat_k(n, c, k) == pytest.approx(stats.hypergeom(n, c, k).pmf(k))
        assert pass_at_k(n, c, k) == pytest.approx(1 - stats.hypergeom(n, c, k).pmf(0))
    with pytest.raises(ValueError, match="between 1 and n"):
        pass_at_k(5, 3, 6)


def test_the_sequence_keeps_its_promise_over_all_looks() -> None:
    """2,000 runs of 300 looks at a true rate of 0.8: it is refused at any look in at most 5 %."""
    passes = (np.random.default_rng(9).random((2000, 300)) < 0.8).cumsum(axis=1)
    refused = np.zeros(2000, dtype=bool)
    for n in range(1, 301):
        kept = [k for k in range(n + 1) if _keeps(k, n, 0.8)]
        refused |= (passes[:, n - 1] < kept[0]) | (passes[:, n - 1] > kept[-1])
    assert 0 < refused.mean() <= 0.05


def _keeps(k: int, n: int, p: float) -> bool:
    return bool(log_evidence(k, n, p) <= -np.log(0.05))
