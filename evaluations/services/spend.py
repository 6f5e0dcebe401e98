"""Budgets: what a call may cost is reserved before it is made, and settled with what it did cost.

Settled, reserved and unknown (calls whose outcome was lost, at their highest) together never pass the cap: each change is one
conditional UPDATE of the run, of its round and of each budget of the month, and the database's own constraints stand behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from config.prepared import prepared_cursor
from evaluations.models import CallLedger, Cap, ModelVersion, Price, Round, Run, SpendDay
from evaluations.providers.prices import (
    Prices,
    cost_of,
    highest_cost,
    highest_cost_of_many,
    highest_input_tokens,
)
from evaluations.providers.types import Most, Reply, Request
from evaluations.services.budgets import COLUMNS, Amounts, hold, move
from evaluations.services.spend_statements import RESERVE, SETTLE

PLACES = Decimal("0.00000001")
NOTHING = Decimal(0)


class Refusal(StrEnum):
    """Why a reservation was not made."""

    STOPPED = "stopped"
    WAIT = "wait"
    SPENT = "spent"
    MONTH = "month"


@dataclass(frozen=True)
class Bound:
    """The most a call can take: in the cap's unit, in money and in tokens.

    currency: empty when no price is known. counted: whether days and months count it; a local model that costs nothing is not.
    """

    units: Decimal
    money: Decimal
    tokens: int = 0
    currency: str = ""
    counted: bool = True


@dataclass(frozen=True)
class Reserved:
    """What came of a reservation. day: the day the calls are counted to, None where they are not; words: which budget is full."""

    refusal: Refusal | None = None
    day: date | None = None
    words: str = ""


@dataclass(frozen=True)
class Settlement:
    """How a call ended. units and money are what it took; a released call took nothing, an unknown one up to its bound."""

    ledger_id: int
    state: CallLedger.State
    units: Decimal = NOTHING
    money: Decimal | None = None
    tokens: int = 0
    error_class: str = ""
    provider_request: str = ""


def prices_of(version: ModelVersion, day: date) -> Prices | None:
    """The version's prices on a day, or None when it has none. One query."""
    found: dict[str, Price] = {}
    for price in Price.objects.filter(model_version=version, from_date__lte=day).order_by("from_date"):
        found[price.unit] = price
    if not found:
        return None
    amounts = {unit: price.amount for unit, price in found.items()}
    return Prices(
        input=amounts.get(Price.Unit.INPUT, NOTHING),
        output=amounts.get(Price.Unit.OUTPUT, NOTHING),
        cached=amounts.get(Price.Unit.CACHED),
        per_call=amounts.get(Price.Unit.CALL, NOTHING),
        per_second=amounts.get(Price.Unit.SECOND, NOTHING),
        currency=next(iter(found.values())).currency,
    )


def bound_of(  # noqa: PLR0913 - everything a call may cost by
    request: Request,
    *,
    cap_unit: str,
    prices: Prices | None,
    max_tokens: int,
    timeout_s: float,
    counted: bool = True,
    shared: int | None = None,
    most: Most | None = None,
) -> Bound:
    """The most this call can take, rounded up. prices: None when none is known. shared: `shared_tokens`, where known.

    most: what a sample of several calls never passes; then that counts alone.
    """
    currency = prices.currency if prices else ""
    if most is not None:
        money = highest_cost_of_many(most, prices or Prices()).quantize(PLACES, ROUND_UP)
        return Bound(
            _in_unit(cap_unit, money, most.tokens, most.calls), money, most.tokens, currency, counted
        )
    most_input = highest_input_tokens(request, shared)
    money = highest_cost(request, max_tokens, prices or Prices(), timeout_s, most_input=most_input)
    money, tokens = money.quantize(PLACES, ROUND_UP), most_input + max_tokens
    return Bound(_in_unit(cap_unit, money, tokens), money, tokens, currency, counted)


def spent_on(reply: Reply, *, cap_unit: str, prices: Prices) -> Bound:
    """What a finished call took, or all calls of a sample."""
    money = cost_of(reply.usage, prices, reply.latency_ms).quantize(PLACES, ROUND_HALF_UP)
    tokens = reply.usage.get("input", 0) + reply.usage.get("output", 0)
    return Bound(_in_unit(cap_unit, money, tokens, reply.usage.get("calls", 1)), money, tokens)


def _in_unit(cap_unit: str, money: Decimal, tokens: int, calls: int = 1) -> Decimal:
    return {Cap.MONEY: money, Cap.TOKENS: Decimal(tokens), Cap.CALLS: Decimal(calls)}[Cap(cap_unit)]


def reserve(*, run: Run, chain_token: UUID, bounds: Sequence[Bound]) -> Reserved:
    """Set the highest possible amount of some calls aside: on the run, its round, its day and every budget of the month.

    Nothing is reserved for a run that was cancelled, is over, or is led by another chain. Call it inside a transaction and roll that back
    when it refuses. One query; where there are budgets one more, and three for each of the run's.
    """
    most = _counted(bounds)
    values: dict[str, Any] = {
        **_amounts(most),
        "run": run.pk,
        "round": run.round_id,
        "token": chain_token,
        "units": sum((bound.units for bound in bounds), start=NOTHING),
        "started": len(bounds),
        "counted": most is not None,
        "zone": settings.SPEND_ZONE.key,
    }
    with prepared_cursor() as cursor:
        cursor.execute(RESERVE, values)
        led, shared, day, budgeted = cursor.fetchone()
    if not led:
        return Reserved(_why_not(run, chain_token))
    if run.round_id and not shared:
        return Reserved(_wait_or_spent(Round.objects.filter(pk=run.round_id)))
    full = hold(run, day, most) if most and budgeted else None
    if full is not None:
        return Reserved(Refusal.WAIT if full.for_now else Refusal.MONTH, words=full.words)
    return Reserved(day=day)


def _amounts(most: Amounts | None) -> dict[str, Any]:
    if most is None:
        return {"money": 0, "tokens": 0, "calls": 0, "currency": ""}
    return {"money": most.money, "tokens": most.tokens, "calls": most.calls, "currency": most.currency}


def _counted(bounds: Sequence[Bound]) -> Amounts | None:
    """What days and months count of these calls."""
    counted = [bound for bound in bounds if bound.counted]
    if not counted:
        return None
    money = sum((bound.money for bound in counted), start=NOTHING)
    return Amounts(money, sum(bound.tokens for bound in counted), len(counted), counted[0].currency)


def unreserve(*, run: Run, bounds: Sequence[Bound], day: date | None) -> None:
    """Give a reservation back whose calls never started. One query, one more with a round, two more where calls are counted."""
    units = sum((bound.units for bound in bounds), start=NOTHING)
    Run.objects.filter(pk=run.pk).update(reserved=F("reserved") - units, calls=F("calls") - len(bounds))
    if run.round_id:
        Round.objects.filter(pk=run.round_id).update(reserved=F("reserved") - units)
    most = _counted(bounds)
    if day is not None and most is not None:
        back = most.reserved(-1)
        SpendDay.objects.filter(run=run, day=day).update(
            **{name: F(name) + amount for name, amount in back.items()}
        )
        move(run, {day: back})


def _why_not(run: Run, chain_token: UUID) -> Refusal:
    alive = Run.objects.filter(
        pk=run.pk, state=Run.State.RUNNING, cancel_requested_at=None, chain_token=chain_token
    )
    return _wait_or_spent(Run.objects.filter(pk=run.pk)) if alive.exists() else Refusal.STOPPED


def _wait_or_spent(rows: QuerySet[Any]) -> Refusal:
    """Calls in flight may still give some of their reservation back; only then is it worth waiting."""
    return Refusal.WAIT if rows.filter(reserved__gt=0).exists() else Refusal.SPENT


def settle(*, run: Run, ends: Sequence[Settlement], done: int = 0, failed: int = 0) -> None:
    """Write how calls ended and move their amounts; `done` and `failed` are added to the run's counts in the same statement.

    Call it inside a transaction that holds the run's lock. A call that had been given up as unknown is settled with its real
    cost when its result comes after all. More than the bound is never booked, so that a cap holds even when a provider counts
    differently. One query; where there are budgets one more, and one for each of the run's and day of the calls.
    """
    values: dict[str, Any] = {
        "ids": [end.ledger_id for end in ends],
        "states": [str(end.state) for end in ends],
        "units": [end.units for end in ends],
        "money": [end.money for end in ends],
        "tokens": [end.tokens for end in ends],
        "errors": [end.error_class for end in ends],
        "requests": [end.provider_request[:120] for end in ends],
    }
    with prepared_cursor() as cursor:
        cursor.execute(
            SETTLE, {**values, "run": run.pk, "round": run.round_id, "done": done, "failed": failed}
        )
        rows = cursor.fetchall()
    move(run, {day: dict(zip(COLUMNS, moves, strict=True)) for budgeted, day, *moves in rows if budgeted})
