"""Budgets: what a call may cost is reserved before it is made, and settled with what it did cost.

Settled, reserved and unknown (calls whose outcome was lost, at their highest) together never pass the cap: each change is one
conditional UPDATE of the run, of its round and of each budget of the month, and the database's own constraints stand behind it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from evaluations.models import CallLedger, Cap, ModelVersion, Price, Round, Run
from evaluations.providers.prices import (
    Prices,
    cost_of,
    highest_cost,
    highest_cost_of_many,
    highest_input_tokens,
)
from evaluations.providers.types import Most, Reply, Request
from evaluations.services.budgets import Amounts, book, hold, move

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
    when it refuses. One query, one more with a round, two more where calls are counted, and three for each budget.
    """
    units = sum((bound.units for bound in bounds), start=NOTHING)
    room = Q(cap=None) | Q(cap__gte=F("settled") + F("reserved") + F("unknown") + units)
    alive = Run.objects.filter(
        pk=run.pk, state=Run.State.RUNNING, cancel_requested_at=None, chain_token=chain_token
    )
    if not alive.filter(room).update(reserved=F("reserved") + units, calls=F("calls") + len(bounds)):
        return Reserved(_why(alive.exists(), Run.objects.filter(pk=run.pk)))
    if run.round_id:
        rounds = Round.objects.filter(pk=run.round_id)
        if not rounds.filter(room).update(reserved=F("reserved") + units):
            return Reserved(_why(True, rounds))
    return _reserve_month(run, bounds)


def _reserve_month(run: Run, bounds: Sequence[Bound]) -> Reserved:
    most = _counted(bounds)
    if most is None:
        return Reserved()
    day = book(run, most.reserved(), currency=most.currency)
    full = hold(run, day, most)
    if full is not None:
        return Reserved(Refusal.WAIT if full.for_now else Refusal.MONTH, words=full.words)
    return Reserved(day=day)


def _counted(bounds: Sequence[Bound]) -> Amounts | None:
    """What days and months count of these calls."""
    counted = [bound for bound in bounds if bound.counted]
    if not counted:
        return None
    money = sum((bound.money for bound in counted), start=NOTHING)
    return Amounts(money, sum(bound.tokens for bound in counted), len(counted), counted[0].currency)


def unreserve(*, run: Run, bounds: Sequence[Bound], day: date | None) -> None:
    """Give a reservation back whose calls never started. Queries as in `reserve`."""
    units = sum((bound.units for bound in bounds), start=NOTHING)
    Run.objects.filter(pk=run.pk).update(reserved=F("reserved") - units, calls=F("calls") - len(bounds))
    if run.round_id:
        Round.objects.filter(pk=run.round_id).update(reserved=F("reserved") - units)
    most = _counted(bounds)
    if day is not None and most is not None:
        book(run, most.reserved(-1), day=day)
        move(run, day, most.reserved(-1))


def _why(alive: bool, rows: Any) -> Refusal:
    """Calls in flight may still give some of their reservation back; only then is it worth waiting."""
    if not alive:
        return Refusal.STOPPED
    return Refusal.WAIT if rows.filter(reserved__gt=0).exists() else Refusal.SPENT


@dataclass
class _Change:
    """What a number of settlements add to the sums of a run and its round."""

    settled: Decimal = NOTHING
    reserved: Decimal = NOTHING
    unknown: Decimal = NOTHING
    money: Decimal | None = None
    calls_unknown: int = 0
    days: dict[date, Counter[str]] = field(default_factory=dict)

    def take(self, row: CallLedger, end: Settlement) -> bool:
        """Add one call's end; False when it had ended before."""
        if row.state == CallLedger.State.INTENT:
            self.reserved -= row.highest
        elif row.state == CallLedger.State.UNKNOWN and end.state != CallLedger.State.UNKNOWN:
            self.unknown -= row.highest
        else:
            return False
        if row.day is not None:
            self.days.setdefault(row.day, Counter()).update(_moves(row, end))
        if end.state == CallLedger.State.UNKNOWN:
            self.unknown += row.highest
            self.calls_unknown += 1
        elif end.state == CallLedger.State.SETTLED:
            self.settled += min(end.units, row.highest)
            self.money = (self.money or NOTHING) + end.money if end.money is not None else self.money
        return True


def _moves(row: CallLedger, end: Settlement) -> dict[str, Any]:
    """What one call's end adds to its day: out of where its most was kept, into where it ended."""
    most: dict[str, Any] = {"money": row.highest_cost, "tokens": row.highest_tokens, "calls": 1}
    left = "unknown" if row.state == CallLedger.State.UNKNOWN else "reserved"
    moves: dict[str, Any] = {f"{left}_{unit}": -amount for unit, amount in most.items()}
    if end.state == CallLedger.State.UNKNOWN:
        moves |= {f"unknown_{unit}": amount for unit, amount in most.items()}
    elif end.state == CallLedger.State.SETTLED:
        moves |= {"settled_money": end.money or NOTHING, "settled_tokens": end.tokens, "settled_calls": 1}
        moves["unpriced_calls"] = int(end.money is None)
    return moves


def settle(*, run: Run, ends: Iterable[Settlement], counters: Mapping[str, int] | None = None) -> None:
    """Write how calls ended and move their amounts; `counters` are added to the run's counts in the same UPDATE.

    Call it inside a transaction that holds the run's lock. A call that had been given up as unknown is settled with its real
    cost when its result comes after all. More than the bound is never booked, so that a cap holds even when a provider counts
    differently. Three queries, four with a round, two more for each day of counted calls and two for each budget of theirs.
    """
    by_id = {end.ledger_id: end for end in ends}
    rows = CallLedger.objects.select_for_update().filter(pk__in=by_id)
    change = _Change()
    changed = [(row, by_id[row.pk]) for row in rows if change.take(row, by_id[row.pk])]
    _write_ends(changed)
    _move(run, change, counters or {})


def _move(run: Run, change: _Change, counters: Mapping[str, int]) -> None:
    moved: dict[str, Any] = {
        "settled": F("settled") + change.settled,
        "reserved": F("reserved") + change.reserved,
        "unknown": F("unknown") + change.unknown,
    }
    added: dict[str, Any] = {name: F(name) + count for name, count in counters.items()}
    added["calls_unknown"] = F("calls_unknown") + change.calls_unknown
    if change.money is not None:
        added["cost"] = Coalesce(F("cost"), NOTHING) + change.money
    Run.objects.filter(pk=run.pk).update(**moved, **added)
    if run.round_id:
        Round.objects.filter(pk=run.round_id).update(**moved)
    for day, moves in sorted(change.days.items()):
        book(run, moves, day=day)
        move(run, day, moves)


def _write_ends(changed: Sequence[tuple[CallLedger, Settlement]]) -> None:
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE evaluations_callledger AS ledger
            SET state = ended.state, actual = ended.actual, cost = ended.cost, error_class = ended.error_class,
                provider_request = ended.request, ended_at = clock_timestamp()
            FROM unnest(%s::bigint[], %s::text[], %s::numeric[], %s::numeric[], %s::text[], %s::text[])
                AS ended(id, state, actual, cost, error_class, request)
            WHERE ledger.id = ended.id
            """,
            [
                [row.pk for row, _ in changed],
                [str(end.state) for _, end in changed],
                [_actual(row, end) for row, end in changed],
                [end.money for _, end in changed],
                [end.error_class for _, end in changed],
                [end.provider_request[:120] for _, end in changed],
            ],
        )


def _actual(row: CallLedger, end: Settlement) -> Decimal | None:
    return min(end.units, row.highest) if end.state == CallLedger.State.SETTLED else None
