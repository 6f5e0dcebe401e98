"""Infrastructure errors are missing, never failures: no reading of them may change a verdict."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluations.statistics.results import Outcome, Reason
from evaluations.statistics.samples import Kind, Samples


def missing_share(samples: Samples) -> float:
    """Share of the tries that were asked (items × repeats) without a score; 0 without any."""
    present = samples.present if samples.asked is None else samples.present[samples.asked]
    return float(1.0 - present.sum() / present.size) if present.size else 0.0


def filled(samples: Samples, *, passing: bool) -> Samples:
    """The reading in which every missing try got the best (passing) or worst score there is.

    Bounded scores: the bound. Labels: right or wrong, with full confidence. Ratios: the bound times the denominator, where
    unknown the mean one. Without bounds: the best or worst value seen.
    """
    present = samples.present
    lost = ~present & samples.wanted[:, np.newaxis]
    if not lost.any() or not present.any():
        return samples
    low, high = samples.bounds
    if samples.kind is Kind.UNBOUNDED:
        seen = samples.numerators[present]
        low, high = float(seen.min()), float(seen.max())
    score = high if passing is samples.higher_is_better else low
    known = np.isfinite(samples.denominators)
    usual = float(samples.denominators[present & known].mean()) if (present & known).any() else 1.0
    denominators = np.where(known, samples.denominators, usual)
    numerators = np.where(lost, score * denominators, samples.numerators)
    labelled = None if samples.labelled is None else samples.labelled.filled(lost, right=passing)
    return replace(samples, numerators=numerators, denominators=denominators, labelled=labelled)


def standing(readings: Sequence[Outcome], share: float, most: float) -> tuple[Outcome, Reason]:
    """The verdict of three readings (scored only first) at this missing share, most = the allowed one."""
    scored = readings[0]
    decided = scored in (Outcome.MET, Outcome.NOT_MET)
    if scored is Outcome.NO_DATA:
        return scored, Reason.NONE
    if share > most + 1e-12 or (decided and any(outcome != scored for outcome in readings)):
        return Outcome.INCONCLUSIVE, Reason.ERRORS
    return scored, Reason.NONE if decided else Reason.STRADDLES
