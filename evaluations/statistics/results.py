"""What a method answers: an outcome with its interval, and everything a reader may ask about it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Lean = Literal["yes", "no", ""]


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


class Trend(StrEnum):
    IMPROVED = "improved"
    NO_WORSE = "no_worse"
    WITHIN_TOLERANCE = "within_tolerance"
    REGRESSED = "regressed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a result is not conclusive; empty when it is."""

    NONE = ""
    SMALL_N = "small_n"
    ONE_CLUSTER = "one_cluster"
    ERRORS = "errors"
    ALL_ERRORED = "all_errored"
    ONE_EPOCH = "one_epoch"
    ZERO_VARIANCE = "zero_variance"
    STRADDLES = "straddles"
    PENDING_CONFIRMATION = "pending_confirmation"
    NOT_COMPARABLE = "not_comparable"
    ONE_LABEL = "one_label"
    FEW_OF_A_LABEL = "few_of_a_label"
    NO_CENSUS = "no_census"
    FEW_LABELS = "few_labels"
    NOT_ALL_ASKED = "not_all_asked"
    UNCORRECTED = "uncorrected"


class Claim(StrEnum):
    """What was asked."""

    THRESHOLD = "threshold"
    SHARE = "share"
    PASS_ALL = "pass_all"
    RIVAL = "rival"
    EQUIVALENCE = "equivalence"
    EVERY = "every"
    ANY = "any"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Interval:
    """Two-sided interval; confidence is a fraction, 0.95 for the usual one."""

    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class Counts:
    """McNemar's four counts over shared items."""

    both: int
    only_a: int
    only_b: int
    neither: int


@dataclass(frozen=True)
class Result:
    """The answer to one claim.

    method: id and version, such as "clopper-pearson/1". point, interval, se, mde: in the scorer's
    unit; for paired claims ours minus theirs, ours and
    theirs being point_a and point_b. n: items scored (on both sides when paired).
    clusters: groups of items. missing: items without any score, on either side when paired;
    missing_share: the share of tries (of pairs when paired) the errors rule looked at.
    target: the threshold, margin, minus the tolerance, or the equivalence limit that was tested.
    lean: side of the target the point is on, when inconclusive. needed_n: items needed in all for
    80 % power if the true value is what was seen. never_settles: no number of items would decide.
    allowed_failures: how many of n may fail for "met", None when even none would do. deciding_n: items
    that must all pass to prove a rate.
    mde: smallest gap these items would show with 80 % power. p: two-sided, against no difference.
    looks: how often was looked while the items came. lines: one result per rival. order: order-statistic
    interval of a percentile. n_eff, n_adj, df: effective items, the same after the t correction,
    degrees of freedom. seed, resamples: of an interval by resampling. labels: items people labelled,
    where their words correct a judge's opinions. reaching: a share of items at the limit or above it.
    """

    outcome: Outcome
    reason: Reason
    method: str
    claim: Claim
    point: float | None = None
    interval: Interval | None = None
    n: int = 0
    clusters: int = 0
    missing: int = 0
    missing_share: float = 0.0
    repeats: int = 1
    target: float | None = None
    higher_is_better: bool = True
    these_items_only: bool = False
    lean: Lean = ""
    needed_n: int | None = None
    never_settles: bool = False
    allowed_failures: int | None = None
    deciding_n: int | None = None
    looks: int = 1
    counts: Counts | None = None
    mde: float | None = None
    p: float | None = None
    point_a: float | None = None
    point_b: float | None = None
    trend: Trend | None = None
    lines: tuple["Result", ...] = ()
    order: Interval | None = None
    limit: float | None = None
    se: float | None = None
    df: int | None = None
    n_eff: float | None = None
    n_adj: float | None = None
    seed: int | None = None
    resamples: int | None = None
    labels: int | None = None
    reaching: bool = False

    @property
    def more_n(self) -> int | None:
        """Items still missing to a likely decision."""
        return None if self.needed_n is None else max(self.needed_n - self.n, 0)
