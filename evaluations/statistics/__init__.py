"""How every verdict is reached: pure functions on plain values, numpy and scipy only.

Each result carries its method id and version, point, interval, n, clusters, missing and reason code.
"""

from evaluations.statistics.against_each import EachDifference, against_each, correct_each
from evaluations.statistics.agreement import agreement_interval, cohen_kappa, krippendorff_alpha
from evaluations.statistics.any_look import against_rival_at_any_look, against_threshold_at_any_look
from evaluations.statistics.bootstrap import cluster_bootstrap
from evaluations.statistics.calibration import (
    Held,
    Honesty,
    enough_to_tell,
    holds,
    honesty,
    share_that_held,
)
from evaluations.statistics.confirmation import confirmed
from evaluations.statistics.drift import Ewma, confirm_drift, ewma, in_control, spent_at
from evaluations.statistics.earlier import against_earlier, judge_earlier, trend_of
from evaluations.statistics.equivalence import Equivalence, equivalence
from evaluations.statistics.estimate import Estimate
from evaluations.statistics.estimation import estimate, point_alone
from evaluations.statistics.judges import WinRate, agreement_rate, win_rate, win_rates_by_slice
from evaluations.statistics.labelled import Figure, Labelled, Metric
from evaluations.statistics.mixes import OneMix, Part, on_one_mix
from evaluations.statistics.multiplicity import benjamini_hochberg, bonferroni, holm, rejected
from evaluations.statistics.neared import Neared, neared
from evaluations.statistics.paired_planning import smallest_deciding_pairs
from evaluations.statistics.pairs import Pairing, pair, same_items
from evaluations.statistics.pass_all import pass_all
from evaluations.statistics.percentiles import (
    on_side,
    order_indices,
    percentile_interval,
    share_on_side,
    share_within,
    within,
)
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
from evaluations.statistics.predictions import PoweredMean, prediction_powered_mean
from evaluations.statistics.proportions import clopper_pearson, wilson
from evaluations.statistics.ranks import PairTest, Ranking, Standing, rank_intervals
from evaluations.statistics.ratings import (
    Game,
    Rating,
    bradley_terry,
    comparable_groups,
    on_rating_scale,
    rate_models,
)
from evaluations.statistics.repeats import pass_at_k, pass_hat_k
from evaluations.statistics.resampling import figure_on
from evaluations.statistics.results import Claim, Counts, Interval, Lean, Outcome, Reason, Result, Trend
from evaluations.statistics.rival_sets import against_any, against_every, judge_set
from evaluations.statistics.rivals import against_rival, judge_pair
from evaluations.statistics.rollup import RollUp, roll_up, worst_trend
from evaluations.statistics.samples import Flags, Floats, Kind, Reach, Rule, Samples, plain
from evaluations.statistics.sentences import allowance, cheaper, sentence, trade_off
from evaluations.statistics.sequences import log_evidence, mixture_scale, sequence_mean, sequence_rate
from evaluations.statistics.slices import SliceDifference, where_do_we_lose, where_do_we_lose_to_each
from evaluations.statistics.standardise import SliceCounts, Standardised, standardise
from evaluations.statistics.steadiness import Charted, ControlChart, control_chart, pooled
from evaluations.statistics.strengths import Look, ahead_of_every, beyond, standing_out
from evaluations.statistics.tango import mcnemar_exact, tango
from evaluations.statistics.thresholds import against_threshold, census
from evaluations.statistics.widening import shared_confidence, widened
from evaluations.statistics.wording import ALONE, Ends, Unit, noticeable, possible, possible_ends, shown

__all__ = [
    "ALONE",
    "Charted",
    "Claim",
    "Counts",
    "DecidableTargets",
    "EachDifference",
    "Ends",
    "Equivalence",
    "Estimate",
    "Ewma",
    "Figure",
    "Flags",
    "Floats",
    "Game",
    "Held",
    "Honesty",
    "Interval",
    "Kind",
    "Labelled",
    "Lean",
    "Look",
    "Neared",
    "Metric",
    "OneMix",
    "Outcome",
    "Part",
    "PairTest",
    "Pairing",
    "ControlChart",
    "PoweredMean",
    "Ranking",
    "Rating",
    "Reach",
    "Reason",
    "Result",
    "RollUp",
    "Rule",
    "Samples",
    "SliceCounts",
    "SliceDifference",
    "Standardised",
    "Standing",
    "Trend",
    "Unit",
    "WinRate",
    "against_any",
    "ahead_of_every",
    "beyond",
    "standing_out",
    "against_each",
    "against_earlier",
    "against_every",
    "against_rival",
    "against_rival_at_any_look",
    "against_threshold",
    "against_threshold_at_any_look",
    "agreement_interval",
    "agreement_rate",
    "allowance",
    "allowed_failures",
    "benjamini_hochberg",
    "bonferroni",
    "bradley_terry",
    "comparable_groups",
    "census",
    "cheaper",
    "clopper_pearson",
    "cluster_bootstrap",
    "cohen_kappa",
    "confirm_drift",
    "confirmed",
    "control_chart",
    "correct_each",
    "deciding_thresholds",
    "equivalence",
    "estimate",
    "ewma",
    "figure_on",
    "expected_best_of",
    "holm",
    "in_control",
    "judge_earlier",
    "judge_pair",
    "judge_set",
    "krippendorff_alpha",
    "log_evidence",
    "mcnemar_exact",
    "minimum_detectable_effect",
    "mixture_scale",
    "neared",
    "on_one_mix",
    "on_rating_scale",
    "on_side",
    "order_indices",
    "pair",
    "pass_all",
    "point_alone",
    "pooled",
    "pass_at_k",
    "pass_hat_k",
    "percentile_interval",
    "plain",
    "noticeable",
    "possible",
    "possible_ends",
    "prediction_powered_mean",
    "rank_intervals",
    "rate_models",
    "rejected",
    "required_n_mean",
    "required_n_rate",
    "roll_up",
    "same_items",
    "sentence",
    "sequence_mean",
    "sequence_rate",
    "enough_to_tell",
    "holds",
    "honesty",
    "share_that_held",
    "share_on_side",
    "shown",
    "share_within",
    "shared_confidence",
    "smallest_deciding_n",
    "smallest_deciding_pairs",
    "spent_at",
    "standardise",
    "tango",
    "trade_off",
    "trend_of",
    "where_do_we_lose",
    "where_do_we_lose_to_each",
    "widened",
    "wilson",
    "win_rate",
    "win_rates_by_slice",
    "within",
    "worst_trend",
]
