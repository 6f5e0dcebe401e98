"""What answers of a board's runs cost and how long they took, each with its plausible range."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from django.core.cache import caches
from django.db import connection

from evaluations.models import Price, Run
from evaluations.statistics import Floats, Kind, estimate, percentile_interval, plain

METHOD = "usage/1"
CASES = 1_000
SLOW = {"p50": 0.5, "p95": 0.95}
MILLION = 1_000_000
ROWS = """
SELECT answer.run_id, array_agg(answer.case_id), array_agg(coalesce(origin.cost, answer.cost)::float8),
  array_agg(coalesce(origin.latency_ms, answer.latency_ms)), array_agg(answer.input_tokens), array_agg(answer.cached_tokens),
  array_agg(answer.output_tokens)
FROM evaluations_response answer LEFT JOIN evaluations_response origin ON origin.id = answer.reused_from_id
WHERE answer.run_id = ANY(%s) GROUP BY answer.run_id
"""


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
    prices = _prices(runs)
    cache = caches["boards"]
    keys = {run.pk: _key(run, prices.get(run.model_version_id, [])) for run in runs}
    known = cache.get_many(list(keys.values()))
    cold = [run for run in runs if keys[run.pk] not in known]
    answers = _answers(cold) if cold else {}
    for run in cold:
        columns = answers.get(run.pk)
        priced = prices.get(run.model_version_id, [])
        known[keys[run.pk]] = NO_USAGE if columns is None else _usage(run, columns, priced)
        cache.set(keys[run.pk], known[keys[run.pk]])
    return {run.pk: known[keys[run.pk]] for run in runs}


def _key(run: Run, prices: Sequence[Price]) -> str:
    told = [(price.from_date, price.unit, price.amount) for price in prices]
    return sha256(f"{METHOD} {run.pk} {run.generation} {told}".encode()).hexdigest()


def _prices(runs: Sequence[Run]) -> dict[int, list[Price]]:
    found: dict[int, list[Price]] = {}
    versions = {run.model_version_id for run in runs}
    for price in Price.objects.filter(model_version__in=versions).order_by("from_date", "pk"):
        found.setdefault(price.model_version_id, []).append(price)
    return found


def _answers(runs: Sequence[Run]) -> dict[int, Mapping[str, Any]]:
    names = ("case", "cost", "latency", "input", "cached", "output")
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [[run.pk for run in runs]])
        return {run: dict(zip(names, arrays, strict=True)) for run, *arrays in cursor.fetchall()}


def _usage(run: Run, answers: Mapping[str, Any], prices: Sequence[Price]) -> Usage:
    cases = np.unique(np.array(answers["case"]), return_inverse=True)[1]
    cost, currency, dated = _costs(run, answers, prices)
    latency = _by_case(_floats(answers["latency"]), cases)
    return Usage(
        cost=None if cost is None else _mean(_by_case(cost, cases) * CASES),
        currency=currency,
        dated=dated,
        p50=_percentile(latency, SLOW["p50"]),
        p95=_percentile(latency, SLOW["p95"]),
    )


def _costs(run: Run, answers: Mapping[str, Any], prices: Sequence[Price]) -> tuple[Floats | None, str, str]:
    """Of each answer: what was paid, else what its tokens cost at the price of the day, else at the first price after it."""
    paid = _floats(answers["cost"])
    if np.isfinite(paid).any():
        return paid, run.currency, "paid"
    day = (run.finished_at or run.created_at).date()
    rates, dated = _rates(prices, day)
    if not rates:
        return None, run.currency, ""
    tokens = {name: _floats(answers[name]) for name in ("input", "cached", "output")}
    needs = {"input", "output", "cached"} & rates.keys()
    if needs and not np.isfinite(tokens["input"] + tokens["output"]).any():
        return None, run.currency, ""
    cached = np.nan_to_num(tokens["cached"])
    fresh = tokens["input"] - cached if needs else np.zeros_like(cached)
    output = tokens["output"] if needs else np.zeros_like(cached)
    cached_rate = rates.get("cached", rates.get("input", 0.0))
    cost = (
        fresh * rates.get("input", 0.0) + cached * cached_rate + output * rates.get("output", 0.0)
    ) / MILLION
    cost += rates.get("call", 0.0)
    if "second" in rates:
        cost += rates["second"] * _floats(answers["latency"]) / 1_000
    return cost, prices[0].currency, dated


def _rates(prices: Sequence[Price], day: date) -> tuple[dict[str, float], str]:
    then = {price.unit: float(price.amount) for price in prices if price.from_date <= day}
    if then:
        return then, "then"
    first = min((price.from_date for price in prices), default=None)
    return {price.unit: float(price.amount) for price in prices if price.from_date == first}, "now"


def _floats(values: Sequence[Any]) -> Floats:
    return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)


def _by_case(values: Floats, cases: "np.ndarray[Any, np.dtype[np.intp]]") -> Floats:
    """The mean of each case's tries, of those cases that have a value."""
    known = np.isfinite(values)
    tries = np.bincount(cases[known], minlength=cases.max(initial=-1) + 1)
    sums = np.bincount(cases[known], weights=values[known], minlength=len(tries))
    means: Floats = sums[tries > 0] / tries[tries > 0]
    return means


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
