"""A strength stands only against every rival, or beyond what was said, and only among all that was looked at."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evaluations.statistics import Rule, ahead_of_every, beyond, plain, standing_out

RULE = Rule(min_n=10)
GOOD, BAD = plain([1.0] * 30), plain([0.0] * 30)


def test_it_is_as_sure_as_the_least_sure_comparison() -> None:
    close = plain([1.0] * 24 + [0.0] * 6)
    look = ahead_of_every(GOOD, [BAD, close], RULE)
    alone = ahead_of_every(GOOD, [close], RULE)
    assert (look.place, look.p) == (1, alone.p)
    assert look.result.point == pytest.approx(0.2)
    assert standing_out([look]) == [True]


def test_level_with_one_rival_is_no_strength() -> None:
    look = ahead_of_every(GOOD, [BAD, GOOD], RULE)
    assert (look.p, standing_out([look])) == (1.0, [False])
    assert ahead_of_every(BAD, [GOOD], RULE).p == 1.0


def test_lower_is_better_where_the_check_says_so() -> None:
    ours, theirs = (replace(side, higher_is_better=False) for side in (BAD, GOOD))
    assert standing_out([ahead_of_every(ours, [theirs], RULE)]) == [True]


def test_too_few_cases_are_no_look() -> None:
    assert ahead_of_every(plain([1.0] * 9), [plain([0.0] * 9)], RULE).p is None
    assert beyond(plain([1.0] * 9), 0.1, RULE).p is None


def test_p_of_an_expectation_is_the_exact_binomial_one_doubled() -> None:
    """Clopper and Pearson's lower end meets 70 % where P(X ≥ 29 of 30 | 70 %) is half the p."""
    look = beyond(plain([1.0] * 29 + [0.0]), 0.7, RULE)
    assert look.p == pytest.approx(2 * stats.binom.sf(28, 30, 0.7), rel=1e-6)
    assert beyond(plain([1.0] * 20 + [0.0] * 10), 0.7, RULE).p == 1.0


def test_all_looks_are_corrected_together() -> None:
    """Benjamini and Hochberg: one p of .02 stands alone, and falls among fifty without a strength."""
    one = beyond(plain([1.0] * 12 + [0.0] * 3), 0.5, RULE)
    assert one.p is not None and 0.02 < one.p < 0.05
    nothing = beyond(plain(np.tile([1.0, 0.0], 15)), 0.5, RULE)
    assert standing_out([one]) == [True]
    assert not any(standing_out([one] + [nothing] * 50))
