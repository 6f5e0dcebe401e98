"""Criteria that can never be decided, or that ask for what no number of cases can show."""

from capabilities.lint.findings import Finding, Repair
from capabilities.models import Criterion
from evaluations.models import ScorerVersion
from evaluations.statistics import smallest_deciding_n

STATISTICAL = {Criterion.Statistic.MEAN, Criterion.Statistic.RATIO, Criterion.Statistic.SHARE}
INSTEAD_OF_PERFECT = (0.9, 0.95, 0.99)


def criterion_findings(criterion: Criterion) -> list[Finding]:
    """Errors of one criterion by itself. One query (the newest version of its scorer)."""
    if not criterion.measurable:
        return []
    scorer = criterion.scorer.versions.order_by("-number").first() if criterion.scorer else None
    return [*_figure(criterion, scorer), *_target(criterion, scorer), *_rules(criterion)]


def _figure(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    """A figure over all cases (macro-F1, calibration error) is no share of cases, and says nothing of these cases alone."""
    if scorer is None or scorer.value_kind != "set" or criterion.statistic == Criterion.Statistic.PASS_ALL:
        return []
    name = scorer.scorer.name or scorer.scorer.slug
    found = []
    if criterion.statistic != Criterion.Statistic.MEAN:
        found.append(
            _error(
                "figure_of_all",
                "statistic",
                f"{name} is one figure over all cases.",
                "Choose “Average over the cases, or the check's one figure over all”.",
            )
        )
    if criterion.reach == Criterion.Reach.THESE:
        found.append(
            _error(
                "figure_reach",
                "reach",
                f"{name} has no plausible range “on these cases only”.",
                "Ask for cases like these.",
            )
        )
    return found


def _target(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    if criterion.against != Criterion.Against.THRESHOLD or criterion.statistic not in STATISTICAL:
        return []
    threshold = criterion.threshold
    if threshold is None:
        return [_error("no_threshold", "threshold", "There is no target.", "Give the one this is held to.")]
    share = criterion.statistic == Criterion.Statistic.SHARE
    if share and criterion.limit is None:
        return [
            _error("no_limit", "limit", "It is not said what counts as within.", "Give the limit, e.g. 200.")
        ]
    if not share and (scorer is None or scorer.value_kind == "unbounded"):
        return []
    lower = not share and scorer is not None and scorer.direction == "lower"
    return _impossible(threshold, criterion.confidence, lower=lower)


def _impossible(threshold: float, confidence: float, *, lower: bool) -> list[Finding]:
    if threshold <= 0 if lower else threshold >= 1:
        return [_perfect(confidence, lower=lower)]
    if not 0 <= threshold <= 1:
        return [
            _error("out_of_range", "threshold", "A rate lies between 0 and 100 %.", "Give one in between.")
        ]
    return []


def _perfect(confidence: float, *, lower: bool) -> Finding:
    asked = "No failure at all" if lower else "100 %"
    sizes = ", ".join(
        f"{rate * 100:g} % with {smallest_deciding_n(rate, confidence)} cases all right"
        for rate in INSTEAD_OF_PERFECT
    )
    return Finding(
        "perfect",
        "threshold",
        f"{asked} can never be shown: 0 failures in 300 cases still allow about 1 %.",
        f"Ask for a rate instead ({sizes}), or for “every try must pass” on a list of named cases.",
        blocks=True,
        repairs=instead_of_perfect(confidence, lower=lower),
    )


def instead_of_perfect(confidence: float, *, lower: bool) -> tuple[Repair, ...]:
    """Rates with the cases that prove them when all are right, and the list of named cases; as typed in the form."""
    rates = []
    for rate in INSTEAD_OF_PERFECT:
        typed = f"{(1 - rate if lower else rate) * 100:.4g}"
        words = f"{'At most' if lower else 'At least'} {typed} %"
        cases = smallest_deciding_n(rate, confidence)
        rates.append(Repair(f"{words}: {cases} cases, all right, prove it", {"threshold": typed}))
    named = Repair(
        "Every try must pass, on a list of named cases", {"statistic": "pass_all", "threshold": ""}
    )
    return (*rates, named)


def _rules(criterion: Criterion) -> list[Finding]:
    found = []
    if criterion.equivalence and criterion.margin <= 0:
        found.append(
            _error("margin", "margin", "Practically equal needs a margin above 0.", "Say within how much.")
        )
    if criterion.tolerance < 0:
        found.append(_error("tolerance", "tolerance", "The tolerance cannot be below 0.", "Give 0 or more."))
    if bool(criterion.slice_name) != bool(criterion.slice_value):
        found.append(
            _error("slice", "slice_value", "Half a slice is named.", "Give name and value, e.g. lang = de.")
        )
    return found


def refusals(criterion: Criterion, scorer: ScorerVersion | None) -> list[Finding]:
    """What keeps a criterion that is not saved yet from being saved; scorer: its newest version. No query."""
    return [*_target(criterion, scorer), *_rules(criterion)] if criterion.measurable else []


def _error(code: str, field: str, sentence: str, fix: str) -> Finding:
    return Finding(code, field, sentence, fix, blocks=True)
