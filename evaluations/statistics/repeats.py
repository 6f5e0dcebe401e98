"""Chances over k tries, from c passes in n tries of one item or of many."""

import numpy as np
from numpy.typing import ArrayLike

from evaluations.statistics.samples import Floats


def pass_at_k(n: ArrayLike, c: ArrayLike, k: int) -> Floats:
    """Unbiased chance that at least one of k tries passes: 1 − C(n−c, k) / C(n, k) (Chen 2021)."""
    tries, passes = _checked(n, c, k)
    return 1.0 - _share_of_choices(tries - passes, tries, k)


def pass_hat_k(n: ArrayLike, c: ArrayLike, k: int) -> Floats:
    """Unbiased chance that all of k tries pass, "right every time": C(c, k) / C(n, k)."""
    tries, passes = _checked(n, c, k)
    return _share_of_choices(passes, tries, k)


def _checked(n: ArrayLike, c: ArrayLike, k: int) -> tuple[Floats, Floats]:
    tries, passes = np.asarray(n, dtype=np.float64), np.asarray(c, dtype=np.float64)
    if k < 1 or (tries < k).any() or (passes < 0).any() or (passes > tries).any():
        raise ValueError("k lies between 1 and n, passes between 0 and n")
    return tries, passes


def _share_of_choices(marked: Floats, tries: Floats, k: int) -> Floats:
    """C(marked, k) / C(tries, k) as a product, exact to rounding for any size."""
    steps = np.arange(k)
    factors = (marked[..., None] - steps).clip(min=0.0) / (tries[..., None] - steps)
    share: Floats = factors.prod(axis=-1)
    return share
