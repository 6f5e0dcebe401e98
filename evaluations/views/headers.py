"""A comparison in one line: what stands, by how much, on how many cases, and what it cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from config import words
from evaluations.models import Run
from evaluations.queries.comparison import OPINION, Comparison, outcome_of
from evaluations.queries.comparison_many import Against, ManyComparison
from evaluations.queries.scores import shown_unit
from evaluations.queries.trade_offs import CostRatio
from evaluations.statistics import Counts
from evaluations.views.slice_charts import better


@dataclass(frozen=True)
class Header:
    """outcome: chip of the difference: met (A better), not_met (A worse) or no_data (not distinguishable).

    low, high: the plausible range of the difference; smallest: the smallest gap these cases would show; both without a value where there is
    none. cost, cost_words: what A takes beside B, in short and as the end of a sentence.
    """

    outcome: str
    words: str
    unit: str
    point: float | None
    low: float | None
    high: float | None
    value_a: float | None
    value_b: float | None
    n: int
    counts: Counts | None
    smallest: str
    cost: str
    cost_words: str


def header(comparison: Comparison, ratio: CostRatio | None = None) -> Header:
    """ratio: what A cost beside B, where both have a price."""
    result = comparison.result
    unit = shown_unit(comparison.run_a, comparison.scorer)
    interval = result.interval
    outcome, said = _chip(comparison)
    cost, cost_words = _cost(comparison.run_a, comparison.run_b, ratio)
    return Header(
        outcome=outcome,
        words=said,
        unit=unit,
        point=result.point,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        value_a=result.point_a,
        value_b=result.point_b,
        n=result.n,
        counts=result.counts,
        smallest=words.difference(result.mde, unit).removeprefix("+"),
        cost=cost,
        cost_words=cost_words,
    )


def headers_of(many: ManyComparison, ratios: Mapping[int, CostRatio]) -> list[tuple[Against, Header]]:
    """Each of the others with its line. ratios: what A cost beside each, by run id."""
    return [
        (
            one,
            replace(header(one.comparison, ratios.get(one.comparison.run_b.pk)), words=_capital(one.outcome)),
        )
        for one in many.against
    ]


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _chip(comparison: Comparison) -> tuple[str, str]:
    if not comparison.ok:
        return "no_data", "For display only"
    point = comparison.result.point
    if point is None:
        return "no_data", "No data"
    if comparison.opinion:
        return "no_data", _capital(OPINION)
    if not comparison.supported:
        return "no_data", _capital(outcome_of(comparison.result, supported=False))
    return (
        ("met", "Supported: A is better")
        if better(comparison, point)
        else ("not_met", "Supported: A is worse")
    )


def _cost(a: Run, b: Run, ratio: CostRatio | None) -> tuple[str, str]:
    """By the cases both answered; without prices in one currency, or on cases of two versions, each sample's share of the whole."""
    if ratio is not None and ratio.ratio.point is not None:
        return f"{words.signed((ratio.ratio.point - 1) * 100, 0)}{words.SPACE}%", ratio.words
    ours, theirs = _per_sample(a), _per_sample(b)
    if ours is None or theirs is None:
        return "not known", "not known, no price is set"
    if not ours and not theirs:
        return "none", "none on either side"
    shown = words.money(ours, a.currency), words.money(theirs, b.currency)
    return shown[0], f"{shown[0]} a sample, against {shown[1]}"


def _per_sample(run: Run) -> Decimal | None:
    return run.cost / run.done if run.cost is not None and run.done else None
