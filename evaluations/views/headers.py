"""A comparison in one line: what stands, by how much, on how many cases, and what it cost."""

from dataclasses import dataclass, replace
from decimal import Decimal

from config import words
from evaluations.models import Run
from evaluations.queries.comparison import Comparison, outcome_of
from evaluations.queries.comparison_many import Against, ManyComparison
from evaluations.queries.scores import shown_unit
from evaluations.statistics import Counts
from evaluations.views.slice_charts import better


@dataclass(frozen=True)
class Header:
    """outcome: chip of the difference: met (A better), not_met (A worse) or no_data (not distinguishable).

    low, high: the plausible range of the difference; smallest: the smallest gap these cases would show; both without a value where there is
    none. cost, cost_words: what A takes beside B.
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


def header(comparison: Comparison) -> Header:
    result = comparison.result
    unit = shown_unit(comparison.run_a, comparison.scorer)
    interval = result.interval
    outcome, said = _chip(comparison)
    cost, cost_words = _cost(comparison.run_a, comparison.run_b)
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


def headers_of(many: ManyComparison) -> list[tuple[Against, Header]]:
    """Each of the others with its line."""
    return [(one, replace(header(one.comparison), words=_capital(one.outcome))) for one in many.against]


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _chip(comparison: Comparison) -> tuple[str, str]:
    if not comparison.ok:
        return "no_data", "For display only"
    point = comparison.result.point
    if point is None:
        return "no_data", "No data"
    if not comparison.supported:
        return "no_data", _capital(outcome_of(comparison.result, supported=False))
    return (
        ("met", "Supported: A is better")
        if better(comparison, point)
        else ("not_met", "Supported: A is worse")
    )


def _cost(a: Run, b: Run) -> tuple[str, str]:
    """A's cost for each answered sample beside B's."""
    ours, theirs = _per_sample(a), _per_sample(b)
    if ours is None or theirs is None:
        return "not known,", "no price is set"
    if ours == theirs:
        return ("none" if not ours else "same"), "on either side" if not ours else "a sample on either side"
    if not theirs or a.currency != b.currency:
        return f"{words.money(ours, a.currency)}", f"a sample, against {words.money(theirs, b.currency)}"
    change = float(ours / theirs) - 1
    return (
        f"{words.signed(change * 100, 0)}{words.SPACE}%",
        f"a sample, A {'lower' if change < 0 else 'higher'}",
    )


def _per_sample(run: Run) -> Decimal | None:
    return run.cost / run.done if run.cost is not None and run.done else None
