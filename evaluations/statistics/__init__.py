"""How every verdict is reached: pure functions on plain values, numpy and scipy only.

Each result carries its method id and version, point, interval, n, clusters, missing and reason code.
"""

from evaluations.statistics.earlier import against_earlier, trend_of
from evaluations.statistics.equivalence import Equivalence, equivalence
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate
from evaluations.statistics.multiplicity import benjamini_hochberg, bonferroni, holm, rejected
from evaluations.statistics.pass_all import pass_all
from evaluations.statistics.percentiles import order_indices, percentile_interval, share_within, within
from evaluations.statistics.planning import (
    DecidableTargets,
    allowed_failures,
    deciding_thresholds,
    expected_best_of,
    minimum_detectable_effect,
    required_n_mean,
    required_n_rate,
    smallest_deciding_n,
)
from evaluations.statistics.proportions import clopper_pearson, wilson
from evaluations.statistics.repeats import pass_at_k, pass_hat_k
from evaluations.statistics.results import Claim, Counts, Interval, Lean, Outcome, Reason, Result, Trend
from evaluations.statistics.rival_sets import against_any, against_every
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.rollup import RollUp, roll_up, worst_trend
from evaluations.statistics.samples import Flags, Floats, Kind, Reach, Rule, Samples, plain
from evaluations.statistics.sentences import allowance, sentence, trade_off
from evaluations.statistics.tango import mcnemar_exact, tango
from evaluations.statistics.thresholds import against_threshold, census
from evaluations.statistics.wording import Unit

__all__ = [
    "Claim",
    "Counts",
    "DecidableTargets",
    "Equivalence",
    "Estimate",
    "Flags",
    "Floats",
    "Interval",
    "Kind",
    "Lean",
    "Outcome",
    "Reach",
    "Reason",
    "Result",
    "RollUp",
    "Rule",
    "Samples",
    "Trend",
    "Unit",
    "against_any",
    "against_earlier",
    "against_every",
    "against_rival",
    "against_threshold",
    "allowance",
    "allowed_failures",
    "benjamini_hochberg",
    "bonferroni",
    "census",
    "clopper_pearson",
    "deciding_thresholds",
    "equivalence",
    "estimate",
    "expected_best_of",
    "holm",
    "mcnemar_exact",
    "minimum_detectable_effect",
    "order_indices",
    "pass_all",
    "pass_at_k",
    "pass_hat_k",
    "percentile_interval",
    "plain",
    "rejected",
    "required_n_mean",
    "required_n_rate",
    "roll_up",
    "sentence",
    "share_within",
    "smallest_deciding_n",
    "tango",
    "trade_off",
    "trend_of",
    "wilson",
    "within",
    "worst_trend",
]
