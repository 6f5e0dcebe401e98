"""A criterion as a sentence a product manager would say. No query."""

from collections.abc import Iterable

from capabilities.models import Criterion
from config.words import FRACTIONS, SPACE, score
from evaluations.models import Scorer, ScorerVersion

Against = Criterion.Against
Statistic = Criterion.Statistic
OTHERS = {
    Against.SIMPLE: "the simple alternative",
    Against.PREVIOUS: "our previous version",
    Against.RELEASED: "our released version",
}


def newest_scorers(scorer_ids: Iterable[int]) -> dict[int, ScorerVersion]:
    """The newest version of each scorer by the scorer's id. One query."""
    rows = ScorerVersion.objects.filter(scorer__in=set(scorer_ids)).order_by("scorer_id", "-number")
    return {version.scorer_id: version for version in rows.select_related("scorer").distinct("scorer_id")}


def unit_of_criterion(criterion: Criterion, version: ScorerVersion | None) -> str:
    """The unit of its target and margin: a share is a rate whatever is measured."""
    if criterion.statistic in {Statistic.SHARE, Statistic.PASS_ALL}:
        return "rate"
    if version is None:
        return "currency" if criterion.statistic == Statistic.COST else "rate"
    return version.unit


def amount(value: float | None, unit: str) -> str:
    """A target without needless digits: 90 %, 92.5 %, 200 ms."""
    if value is None:
        return "a target not set yet"
    return f"{value * 100:.4g}{SPACE}%" if unit in FRACTIONS else score(value, unit)


def distance(value: float, unit: str) -> str:
    """A margin without its sign: 3 points, 20 ms."""
    if unit in FRACTIONS:
        shown = f"{abs(value) * 100:.4g}"
        return f"{shown}{SPACE}point{'' if shown == '1' else 's'}"
    return score(abs(value), unit)


def criterion_words(criterion: Criterion, version: ScorerVersion | None) -> str:
    """“Sentiment within 1 of the label: at least 90 %, for lang = de”. The criterion's scorer and rival set must be loaded."""
    if not criterion.measurable:
        return "Not measurable yet"
    name = _name(criterion.scorer)
    if criterion.statistic == Statistic.PASS_ALL:
        asked = _every_try(criterion)
    elif criterion.against == Against.THRESHOLD:
        asked = _target(criterion, version)
    else:
        asked = _comparison(criterion, unit_of_criterion(criterion, version), version)
    part = f", for {criterion.slice_name} = {criterion.slice_value}" if criterion.slice_name else ""
    return f"{name}: {asked}{part}"


def _name(scorer: Scorer | None) -> str:
    return scorer.name or scorer.slug if scorer else "Nothing measured"


def _every_try(criterion: Criterion) -> str:
    count = len(criterion.case_keys)
    cases = (
        "every case" if not count else "the one named case" if count == 1 else f"each of {count} named cases"
    )
    tries = "right" if criterion.tries == 1 else f"right every time in {criterion.tries} tries"
    return f"{cases} {tries}"


def _target(criterion: Criterion, version: ScorerVersion | None) -> str:
    if criterion.statistic == Statistic.SHARE:
        unit = version.unit if version else "rate"
        within = "or less" if version is None or version.direction == "lower" else "or more"
        share = amount(criterion.threshold, "rate")
        return f"{amount(criterion.limit, unit)} {within} in at least {share} of cases"
    lower = version is not None and version.direction == "lower"
    words = "at most" if lower else "at least"
    return f"{words} {amount(criterion.threshold, unit_of_criterion(criterion, version))}"


def _comparison(criterion: Criterion, unit: str, version: ScorerVersion | None) -> str:
    other = _other(criterion)
    if criterion.equivalence:
        return f"practically equal to {other}, within ± {distance(criterion.margin, unit)}"
    if criterion.margin > 0:
        return f"lead {other} by at least {distance(criterion.margin, unit)}"
    if criterion.margin < 0:
        return f"no more than {distance(criterion.margin, unit)} worse than {other}"
    return f"better than {other}"


def _other(criterion: Criterion) -> str:
    if criterion.against != Against.COMPETITORS:
        return OTHERS[Against(criterion.against)]
    quantifier = "any rival" if criterion.quantifier == Criterion.Quantifier.ANY else "every rival"
    return f"{quantifier} of set {criterion.rival_set.number}" if criterion.rival_set else quantifier
