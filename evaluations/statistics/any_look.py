"""Verdicts of a run that goes on until it is conclusive: the interval allows any number of looks."""

from dataclasses import replace

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.pairs import pair, watched_pairing
from evaluations.statistics.results import Result
from evaluations.statistics.rivals import judge_lead
from evaluations.statistics.samples import Rule, Samples
from evaluations.statistics.thresholds import judge
from evaluations.statistics.watched import sequenced


def against_threshold_at_any_look(samples: Samples, rule: Rule, planned_n: int, looks: int = 1) -> Result:
    """As against_threshold, by a confidence sequence; planned_n: items at which it is tightest."""

    def estimator(reading: Samples) -> Estimate:
        return sequenced(estimate(reading, rule.confidence), reading, planned_n, rule.confidence)

    return replace(judge(samples, rule, estimator), looks=looks, mde=None)


def against_rival_at_any_look(
    ours: Samples, theirs: Samples, rule: Rule, planned_n: int, looks: int = 1
) -> Result:
    """As against_rival without equality, by a confidence sequence over the paired differences."""
    pairing = watched_pairing(pair(ours, theirs), planned_n)
    return replace(judge_lead(pairing, rule), looks=looks, mde=None, p=None)
