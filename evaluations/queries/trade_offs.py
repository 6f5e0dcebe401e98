"""What one run cost beside another on the same cases, and whether the same quality is to be had for less."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from django.core.cache import caches

from evaluations.models import Case, Price, Run
from evaluations.queries.answer_costs import answers_of, costs_of, means_by_case, prices_of
from evaluations.queries.comparison import Comparison, name_of
from evaluations.queries.comparison_figures import CONFIDENCE
from evaluations.queries.differences import Varies
from evaluations.queries.vectors import Slice
from evaluations.statistics import (
    Estimate,
    Floats,
    Kind,
    Outcome,
    Reason,
    Result,
    Samples,
    cheaper,
    estimate,
    sentence,
    trade_off,
)

METHOD = "cost-ratio/1"
Dated = tuple[str, str]
# As for every mean of something without bounds.
FEWEST_GROUPS = 30


@dataclass(frozen=True)
class CostRatio:
    """What A took for each unit of money that B took, on the cases both answered. dated: how each side was priced, as `Usage.dated`.

    ratio.interval: None where every case cost the same share, which is a matter of prices and not of chance, or with too few cases.
    """

    ratio: Estimate
    dated: Dated

    @property
    def words(self) -> str:
        """ "A is 38 % cheaper (35 to 41 %)", or that they may cost the same."""
        said = cheaper(self.ratio)
        if said:
            return f"A is {said}"
        if self.ratio.interval is None and self.ratio.reason is not Reason.ZERO_VARIANCE:
            return "too few cases to say which costs less"
        return "no difference in cost is shown"

    def as_json(self) -> dict[str, Any]:
        interval = self.ratio.interval
        return {
            "point": self.ratio.point,
            "low": interval.low if interval else None,
            "high": interval.high if interval else None,
            "n": self.ratio.n,
            "dated": {"a": self.dated[0], "b": self.dated[1]},
            "sentence": self.words,
        }


@dataclass(frozen=True)
class TradeOff:
    """Whether A and B are the same within ± margin, and what that costs. sentence: both in one."""

    margin: float
    result: Result
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return {"within": self.margin, "outcome": self.result.outcome.value, "sentence": self.sentence}


def cost_ratios(run_a: Run, others: Sequence[Run], part: Slice | None = None) -> dict[int, CostRatio]:
    """A beside each of the others on the same dataset version, by their run ids; none without prices in one currency.

    Three queries, one for what this process has worked out before.
    """
    dataset = run_a.evaluation_version.dataset_version_id
    runs = [run_a, *[run for run in others if run.evaluation_version.dataset_version_id == dataset]]
    prices, cache = prices_of(runs), caches["comparisons"]
    key = _key(runs, prices, part)
    found: dict[int, CostRatio] | None = cache.get(key)
    if found is None:
        found = _cost_ratios(runs, prices, part)
        cache.set(key, found)
    return found


def _key(runs: Sequence[Run], prices: Mapping[int, Sequence[Price]], part: Slice | None) -> str:
    """All that ratios follow from: the answers of a generation never change, prices may."""
    told = [
        (
            run.pk,
            run.generation,
            [
                (one.from_date, one.unit, one.amount, one.currency)
                for one in prices.get(run.model_version_id, [])
            ],
        )
        for run in runs
    ]
    return sha256(f"{METHOD} {told} {part}".encode()).hexdigest()


def _cost_ratios(
    runs: Sequence[Run], prices: Mapping[int, Sequence[Price]], part: Slice | None
) -> dict[int, CostRatio]:
    """Two queries."""
    answers = answers_of(runs)
    costs = {run.pk: _by_case(run, answers.get(run.pk), prices) for run in runs}
    ours = costs[runs[0].pk]
    if ours is None:
        return {}
    groups = _groups(ours.cases, part)
    found: dict[int, CostRatio] = {}
    for run in runs[1:]:
        theirs = costs[run.pk]
        if theirs is not None and theirs.currency == ours.currency:
            ratio = _ratio(ours, theirs, groups)
            found |= {run.pk: CostRatio(ratio, (ours.dated, theirs.dated))} if ratio else {}
    return found


def _groups(cases: Iterable[int], part: Slice | None) -> dict[int, str]:
    """The group of each case in the slice, its own where it has none. One query."""
    rows = Case.objects.filter(pk__in=list(cases)).values_list("pk", "cluster", "slices")
    return {
        pk: f"group {cluster}" if cluster else f"case {pk}"
        for pk, cluster, slices in rows
        if part is None or str(slices.get(part[0])) == part[1]
    }


@dataclass(frozen=True, eq=False)
class _Costs:
    cases: Mapping[int, float]
    currency: str
    dated: str


def _by_case(
    run: Run, answers: Mapping[str, Any] | None, prices: Mapping[int, Sequence[Price]]
) -> _Costs | None:
    """The mean of each case's tries."""
    if answers is None:
        return None
    cost, currency, dated = costs_of(run, answers, prices.get(run.model_version_id, []))
    if cost is None:
        return None
    cases, means = means_by_case(cost, np.array(answers["case"]))
    return _Costs(dict(zip(cases.tolist(), means.tolist(), strict=True)), currency, dated)


def _ratio(ours: _Costs, theirs: _Costs, groups: Mapping[int, str]) -> Estimate | None:
    """None where nothing was answered by both, or theirs was free."""
    shared = [case for case in ours.cases if case in theirs.cases and case in groups]
    a, b = (np.array([side.cases[case] for case in shared]).reshape(-1, 1) for side in (ours, theirs))
    if not shared or not b.any():
        return None
    if not a.any():
        return Estimate("ratio/1", len(shared), len(shared), 0.0, reason=Reason.ZERO_VARIANCE)
    found = estimate(_as_ratio(shared, a, b, groups), CONFIDENCE)
    few = found.clusters < FEWEST_GROUPS and found.reason is Reason.NONE
    return replace(found, interval=None, reason=Reason.SMALL_N) if few else found


def _as_ratio(cases: Sequence[int], a: Floats, b: Floats, groups: Mapping[int, str]) -> Samples:
    return Samples(
        items=tuple([str(case) for case in cases]),
        numerators=a,
        denominators=b,
        clusters=tuple([groups[case] for case in cases]),
        kind=Kind.RATIO,
        higher_is_better=False,
    )


def traded(found: Comparison, margin: float, cost: CostRatio | None, varies: Varies) -> TradeOff | None:
    """Whether both are the same within ± margin, in the scorer's unit, above 0; None where that was not worked out. No query."""
    result = found.within
    if result is None or not found.result.n:
        return None
    other = name_of(found.run_b, varies)
    if found.opinion:
        open_result = replace(result, outcome=Outcome.INCONCLUSIVE, reason=Reason.UNCORRECTED)
        return TradeOff(margin, open_result, sentence(open_result, found.unit, other))
    said = trade_off(result, cost.ratio, other) if cost and found.ok else ""
    told = sentence(result, found.unit, other)
    if result.outcome is Outcome.MET and found.ok and not said and cost:
        told = f"{told} As to cost, {cost.words}."
    return TradeOff(margin, result, f"{said} {told}".strip())
