"""What answers of a board's runs cost and how long they took, each with its plausible range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from django.core.cache import caches

from evaluations.models import Price, Run
from evaluations.queries.answer_costs import answers_of, costs_of, floats, means_by_case, prices_of
from evaluations.statistics import Floats, Kind, estimate, percentile_interval, plain

METHOD = "usage/1"
CASES = 1_000
SLOW = {"p50": 0.5, "p95": 0.95}


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % range, None where these answers give none. n: cases it rests on."""

    point: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Usage:
    """cost: money for 1,000 cases, each answered once; p50, p95: milliseconds. None where it is not known. dated: how cost was priced:
    `paid` when calls were made, `then` from tokens at the price of that day, `now` at the first price known after it."""

    cost: Measured | None
    currency: str
    dated: str
    p50: Measured | None
    p95: Measured | None

    def of(self, name: str) -> Measured | None:
        return {"cost": self.cost, "p50": self.p50, "p95": self.p95}[name]


NO_USAGE = Usage(None, "USD", "", None, None)


def usage_of(runs: Sequence[Run]) -> dict[int, Usage]:
    """By run id. Two queries, one when this process has read the answers of all of them before. Needs `model_version` loaded.

    The tries of a case are averaged first; answers taken over from an earlier run count with the call that was made then.
    """
    prices = prices_of(runs)
    cache = caches["boards"]
    keys = {run.pk: _key(run, prices.get(run.model_version_id, [])) for run in runs}
    known = cache.get_many(list(keys.values()))
    cold = [run for run in runs if keys[run.pk] not in known]
    answers = answers_of(cold) if cold else {}
    for run in cold:
        columns = answers.get(run.pk)
        priced = prices.get(run.model_version_id, [])
        known[keys[run.pk]] = NO_USAGE if columns is None else _usage(run, columns, priced)
        cache.set(keys[run.pk], known[keys[run.pk]])
    return {run.pk: known[keys[run.pk]] for run in runs}


def _key(run: Run, prices: Sequence[Price]) -> str:
    told = [(price.from_date, price.unit, price.amount) for price in prices]
    return sha256(f"{METHOD} {run.pk} {run.generation} {told}".encode()).hexdigest()


def _usage(run: Run, answers: Mapping[str, Any], prices: Sequence[Price]) -> Usage:
    cases = np.array(answers["case"])
    cost, currency, dated = costs_of(run, answers, prices)
    latency = means_by_case(floats(answers["latency"]), cases)[1]
    return Usage(
        cost=None if cost is None else _mean(means_by_case(cost, cases)[1] * CASES),
        currency=currency,
        dated=dated,
        p50=_percentile(latency, SLOW["p50"]),
        p95=_percentile(latency, SLOW["p95"]),
    )


def _mean(values: Floats) -> Measured | None:
    if not len(values):
        return None
    if np.ptp(values) == 0:
        return Measured(float(values[0]), float(values[0]), float(values[0]), len(values))
    interval = estimate(plain(values, kind=Kind.UNBOUNDED)).interval
    low, high = (max(interval.low, 0.0), interval.high) if interval else (None, None)
    return Measured(float(values.mean()), low, high, len(values))


def _percentile(values: Floats, share: float) -> Measured | None:
    if not len(values):
        return None
    interval = percentile_interval(values, share)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Measured(float(np.quantile(values, share)), low, high, len(values))
