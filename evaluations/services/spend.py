"""Budgets: what a call may cost is reserved before it is made, and settled with what it did cost.

Settled, reserved and unknown (calls whose outcome was lost, at their highest) together never pass the cap: each change is one
conditional UPDATE of the run and of its round, and the database's own constraints stand behind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from evaluations.models import CallLedger, Cap, ModelVersion, Price, Round, Run
from evaluations.providers.prices import Prices, cost_of, highest_cost, highest_input_tokens
from evaluations.providers.types import Reply, Request

PLACES = Decimal("0.00000001")
NOTHING = Decimal(0)


class Refusal(StrEnum):
    """Why a reservation was not made."""

    STOPPED = "stopped"
    WAIT = "wait"
    SPENT = "spent"


@dataclass(frozen=True)
class Bound:
    """The most a call can take: in the cap's unit and in money."""

    units: Decimal
    money: Decimal

    @classmethod
    def none(cls, cap_unit: str) -> "Bound":
        """Of a call that costs nothing; it still is a call."""
        return cls(Decimal(cap_unit == Cap.CALLS), NOTHING)


@dataclass(frozen=True)
class Settlement:
    """How a call ended. units and money are what it took; a released call took nothing, an unknown one up to its bound."""

    ledger_id: int
    state: CallLedger.State
    units: Decimal = NOTHING
    money: Decimal | None = None
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


def bound_of(request: Request, *, cap_unit: str, prices: Prices, max_tokens: int, timeout_s: float) -> Bound:
    """The most this call can take, rounded up."""
    money = highest_cost(request, max_tokens, prices, timeout_s).quantize(PLACES, ROUND_UP)
    tokens = Decimal(highest_input_tokens(request) + max_tokens)
    return Bound(_in_unit(cap_unit, money, tokens), money)


def spent_on(reply: Reply, *, cap_unit: str, prices: Prices) -> Bound:
    """What a finished call took."""
    money = cost_of(reply.usage, prices, reply.latency_ms).quantize(PLACES, ROUND_HALF_UP)
    tokens = Decimal(reply.usage.get("input", 0) + reply.usage.get("output", 0))
    return Bound(_in_unit(cap_unit, money, tokens), money)


def _in_unit(cap_unit: str, money: Decimal, tokens: Decimal) -> Decimal:
    return {Cap.MONEY: money, Cap.TOKENS: tokens, Cap.CALLS: Decimal(1)}[Cap(cap_unit)]


def reserve(*, run: Run, chain_token: UUID, units: Decimal, calls: int) -> Refusal | None:
    """Set the highest possible amount of some calls aside, on the run and its round; None when it is done.

    Nothing is reserved for a run that was cancelled, is over, or is led by another chain. Call it inside a transaction and roll that back
    when it refuses. Two queries, or one without a round.
    """
    room = Q(cap=None) | Q(cap__gte=F("settled") + F("reserved") + F("unknown") + units)
    alive = Run.objects.filter(
        pk=run.pk, state=Run.State.RUNNING, cancel_requested_at=None, chain_token=chain_token
    )
    if not alive.filter(room).update(reserved=F("reserved") + units, calls=F("calls") + calls):
        return _why(alive.exists(), Run.objects.filter(pk=run.pk))
    if run.round_id:
        rounds = Round.objects.filter(pk=run.round_id)
        if not rounds.filter(room).update(reserved=F("reserved") + units):
            return _why(True, rounds)
    return None


def unreserve(*, run: Run, units: Decimal, calls: int) -> None:
    """Give a reservation back whose calls never started. One query, two with a round."""
    Run.objects.filter(pk=run.pk).update(reserved=F("reserved") - units, calls=F("calls") - calls)
    if run.round_id:
        Round.objects.filter(pk=run.round_id).update(reserved=F("reserved") - units)


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

    def take(self, row: CallLedger, end: Settlement) -> bool:
        """Add one call's end; False when it had ended before."""
        if row.state == CallLedger.State.INTENT:
            self.reserved -= row.highest
        elif row.state == CallLedger.State.UNKNOWN and end.state != CallLedger.State.UNKNOWN:
            self.unknown -= row.highest
        else:
            return False
        if end.state == CallLedger.State.UNKNOWN:
            self.unknown += row.highest
            self.calls_unknown += 1
        elif end.state == CallLedger.State.SETTLED:
            self.settled += min(end.units, row.highest)
            self.money = (self.money or NOTHING) + end.money if end.money is not None else self.money
        return True


def settle(*, run: Run, ends: Iterable[Settlement], counters: Mapping[str, int] | None = None) -> None:
    """Write how calls ended and move their amounts; `counters` are added to the run's counts in the same UPDATE.

    Call it inside a transaction that holds the run's lock. A call that had been given up as unknown is settled with its real
    cost when its result comes after all. More than the bound is never booked, so that a cap holds even when a provider counts
    differently. Three queries, four with a round.
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
