"""Criteria that can never be decided, or that ask for what no number of cases can show."""

from capabilities.lint.findings import Finding
from capabilities.models import Criterion
from evaluations.models import ScorerVersion
from evaluations.statistics import smallest_deciding_n

STATISTICAL = {Criterion.Statistic.MEAN, Criterion.Statistic.RATIO, Criterion.Statistic.SHARE}


def criterion_findings(criterion: Criterion) -> list[Finding]:
    """Errors and warnings of one criterion. At most two queries (the newest scorer version, the linked evidence)."""
    if not criterion.measurable:
        return []
    scorer = criterion.scorer.versions.order_by("-number").first() if criterion.scorer else None
    return [*_target(criterion, scorer), *_rules(criterion), *_size(criterion)]


def _target(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    if criterion.against != Criterion.Against.THRESHOLD or criterion.statistic not in STATISTICAL:
        return []
    threshold = criterion.threshold
    if threshold is None:
        return [Finding("no_threshold", "threshold", "Give the target this is held to.", blocks=True)]
    share = criterion.statistic == Criterion.Statistic.SHARE
    if share and criterion.limit is None:
        return [Finding("no_limit", "limit", "Give the limit that counts as within.", blocks=True)]
    if not share and (scorer is None or scorer.value_kind == "unbounded"):
        return []
    lower = not share and scorer is not None and scorer.direction == "lower"
    return _impossible(threshold, lower=lower)


def _impossible(threshold: float, *, lower: bool) -> list[Finding]:
    if threshold <= 0 if lower else threshold >= 1:
        return [Finding("perfect", "threshold", _perfect_sentence(lower=lower), blocks=True)]
    if not 0 <= threshold <= 1:
        return [Finding("out_of_range", "threshold", "A rate lies between 0 and 100 %.", blocks=True)]
    return []


def _perfect_sentence(*, lower: bool) -> str:
    asked = "No failure at all" if lower else "100 %"
    sizes = ", ".join(
        f"{rate * 100:g} % with {smallest_deciding_n(rate, 0.95)} cases all right"
        for rate in (0.9, 0.95, 0.99)
    )
    return (
        f"{asked} can never be shown: 0 failures in 300 cases still allow about 1 %. "
        f"Ask for a rate instead ({sizes}), or for “every try must pass” on a list of named cases."
    )


def _rules(criterion: Criterion) -> list[Finding]:
    found = []
    if criterion.equivalence and criterion.margin <= 0:
        found.append(
            Finding(
                "margin", "margin", "Practically equal needs a margin above 0: within how much?", blocks=True
            )
        )
    if criterion.tolerance < 0:
        found.append(Finding("tolerance", "tolerance", "The tolerance cannot be below 0.", blocks=True))
    if bool(criterion.slice_name) != bool(criterion.slice_value):
        found.append(
            Finding(
                "slice", "slice_value", "A slice needs its name and its value, e.g. lang = de.", blocks=True
            )
        )
    return found


def _size(criterion: Criterion) -> list[Finding]:
    """A warning when the linked cases are too few ever to decide the target."""
    target = criterion.threshold
    if (
        criterion.pk is None
        or target is None
        or not 0 < target < 1
        or criterion.against != Criterion.Against.THRESHOLD
    ):
        return []
    needed = smallest_deciding_n(target, criterion.confidence)
    counts = criterion.verifications.values_list("evaluation_version__dataset_version__case_count", flat=True)
    return [
        Finding(
            "small_n",
            "min_n",
            f"With {count} cases a target of {target * 100:g} % can never be proven; {needed} are needed.",
        )
        for count in counts
        if needed is not None and count < needed
    ]
