"""Every case right in every one of k tries: for cases that must never fail again."""

import numpy as np
from numpy.typing import NDArray

from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.samples import Flags, Samples


def pass_all(samples: Samples, tries: int) -> Result:
    """met when each item has at least this many tries and all passed; any failed try: not_met.

    A try passes at the best bound of the score. The answer is about these cases only: no interval.
    point: share of items right in all their tries; allowed_failures is 0.
    """
    if tries < 1:
        raise ValueError("at least one try")
    present = samples.present
    scored = present.sum(axis=1)
    passed = _passed(samples) | ~present
    n = int((scored > 0).sum())
    outcome, reason = _verdict(samples, scored, passed, tries)
    return Result(
        outcome=outcome,
        reason=reason,
        method="pass-all/1",
        claim=Claim.PASS_ALL,
        point=float(passed[scored > 0].all(axis=1).mean()) if n else None,
        n=n,
        clusters=n,
        missing=samples.missing,
        missing_share=float((scored < tries).mean()) if len(scored) else 0.0,
        repeats=tries,
        target=1.0,
        higher_is_better=samples.higher_is_better,
        these_items_only=True,
        lean="yes" if outcome is Outcome.INCONCLUSIVE else "",
        allowed_failures=0,
    )


def _passed(samples: Samples) -> Flags:
    best = samples.bounds[1] if samples.higher_is_better else samples.bounds[0]
    passed: Flags = np.isclose(samples.numerators, best * samples.denominators, rtol=0, atol=1e-12)
    return passed


def _verdict(
    samples: Samples, scored: NDArray[np.int64], passed: Flags, tries: int
) -> tuple[Outcome, Reason]:
    if not scored.any():
        return Outcome.NO_DATA, Reason.ALL_ERRORED if samples.items else Reason.NONE
    if not passed.all():
        return Outcome.NOT_MET, Reason.NONE
    if (scored >= tries).all():
        return Outcome.MET, Reason.NONE
    if not samples.wanted.all():
        return Outcome.INCONCLUSIVE, Reason.NOT_ALL_ASKED
    return Outcome.INCONCLUSIVE, Reason.ONE_EPOCH if samples.repeats < tries else Reason.ERRORS
