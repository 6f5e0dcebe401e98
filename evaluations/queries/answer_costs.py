"""What the answers of runs took: tokens, time, and money as it was paid or at the price of the day."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from evaluations.models import Price, Run
from evaluations.statistics import Floats

MILLION = 1_000_000
ROWS = """
SELECT answer.run_id, array_agg(answer.case_id), array_agg(coalesce(origin.cost, answer.cost)::float8),
  array_agg(coalesce(origin.latency_ms, answer.latency_ms)), array_agg(answer.input_tokens), array_agg(answer.cached_tokens),
  array_agg(answer.output_tokens)
FROM evaluations_response answer LEFT JOIN evaluations_response origin ON origin.id = answer.reused_from_id
WHERE answer.run_id = ANY(%s) GROUP BY answer.run_id
"""


def prices_of(runs: Sequence[Run]) -> dict[int, list[Price]]:
    found: dict[int, list[Price]] = {}
    versions = {run.model_version_id for run in runs}
    for price in Price.objects.filter(model_version__in=versions).order_by("from_date", "pk"):
        found.setdefault(price.model_version_id, []).append(price)
    return found


def answers_of(runs: Sequence[Run]) -> dict[int, Mapping[str, Any]]:
    names = ("case", "cost", "latency", "input", "cached", "output")
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [[run.pk for run in runs]])
        return {run: dict(zip(names, arrays, strict=True)) for run, *arrays in cursor.fetchall()}


def costs_of(run: Run, answers: Mapping[str, Any], prices: Sequence[Price]) -> tuple[Floats | None, str, str]:
    """Of each answer: what was paid, else what its tokens cost at the price of the day, else at the first price after it."""
    paid = floats(answers["cost"])
    if np.isfinite(paid).any():
        return paid, run.currency, "paid"
    day = (run.finished_at or run.created_at).date()
    rates, dated = _rates(prices, day)
    if not rates:
        return None, run.currency, ""
    tokens = {name: floats(answers[name]) for name in ("input", "cached", "output")}
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
        cost += rates["second"] * floats(answers["latency"]) / 1_000
    return cost, prices[0].currency, dated


def means_by_case(values: Floats, cases: "np.ndarray[Any, Any]") -> tuple["np.ndarray[Any, Any]", Floats]:
    """The cases that have a value, and the mean of each one's tries. values, cases: one for each answer."""
    known = np.isfinite(values)
    found, places = np.unique(cases[known], return_inverse=True)
    means: Floats = np.bincount(places, weights=values[known]) / np.bincount(places)
    return found, means


def _rates(prices: Sequence[Price], day: date) -> tuple[dict[str, float], str]:
    then = {price.unit: float(price.amount) for price in prices if price.from_date <= day}
    if then:
        return then, "then"
    first = min((price.from_date for price in prices), default=None)
    return {price.unit: float(price.amount) for price in prices if price.from_date == first}, "now"


def floats(values: Sequence[Any]) -> Floats:
    return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
