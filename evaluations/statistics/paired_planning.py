"""How many cases a comparison takes at the very least."""

from functools import lru_cache

import numpy as np

from evaluations.statistics.results import Outcome
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.samples import Rule, plain

MOST = 20_000


@lru_cache(maxsize=256)
def smallest_deciding_pairs(margin: float, equivalence: float | None, confidence: float = 0.95) -> int | None:
    """Fewest cases, answered right or wrong by both, that could ever prove it; None when not even MOST could.

    The kindest case: ours all right and theirs all wrong, or, for equality, both right everywhere. Found by asking the method itself.
    """
    if not _proven(MOST, margin, equivalence, confidence):
        return None
    fewest, enough = 1, MOST
    while fewest < enough:
        middle = (fewest + enough) // 2
        if _proven(middle, margin, equivalence, confidence):
            enough = middle
        else:
            fewest = middle + 1
    return fewest


def _proven(n: int, margin: float, equivalence: float | None, confidence: float) -> bool:
    rule = Rule(confidence=confidence, margin=margin, equivalence=equivalence)
    theirs = plain(np.full(n, 1.0 if equivalence is not None else 0.0))
    return against_rival(plain(np.ones(n)), theirs, rule).outcome is Outcome.MET
