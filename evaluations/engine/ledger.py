"""The intent to call is committed before the call, with the most it can cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from evaluations.engine.claim import Claimed
from evaluations.models import CallLedger, Run
from evaluations.providers.types import Request
from evaluations.services.spend import Bound, Refusal, reserve, unreserve

# Only items that are still ours may be called; the attempt number makes the ledger row unique.
START = """
UPDATE evaluations_workitem AS item SET attempts = item.attempts + 1
FROM unnest(%s::bigint[], %s::bigint[]) AS claimed(id, fence)
WHERE item.id = claimed.id AND item.fence = claimed.fence AND item.state = 'leased'
    AND item.lease_until > clock_timestamp()
RETURNING item.id, item.attempts
"""


@dataclass(frozen=True)
class Prepared:
    """An item with the call that would be made for it and the most it can take."""

    item: Claimed
    request: Request
    bound: Bound
    tokens: int


@dataclass(frozen=True)
class Intent:
    """A call that may be made: its ledger row is committed."""

    prepared: Prepared
    ledger_id: int
    attempt: int

    @property
    def item(self) -> Claimed:
        return self.prepared.item


@dataclass(frozen=True)
class Written:
    """What came of an attempt to start calls. tried: how many of them, from the first on; refusal: why none."""

    intents: Sequence[Intent]
    tried: int
    refusal: Refusal | None = None


def write_intents(run: Run, chain_token: UUID, calls: Sequence[Prepared]) -> Written:
    """Commit intents for all calls, or for the first half, quarter … when the budget does not hold more.

    Items whose lease was lost meanwhile are tried and have no intent: they are somebody else's now. Three queries when all fit, four with
    a round.
    """
    refusal = None
    count = len(calls)
    while count:
        intents, refusal = _write(run, chain_token, calls[:count])
        if refusal is None:
            return Written(intents, count)
        count = 0 if refusal is Refusal.STOPPED else count // 2
    return Written([], 0, refusal)


@transaction.atomic
def _write(run: Run, chain_token: UUID, calls: Sequence[Prepared]) -> tuple[list[Intent], Refusal | None]:
    refusal = reserve(run=run, chain_token=chain_token, units=_units(calls), calls=len(calls))
    if refusal is not None:
        transaction.set_rollback(True)
        return [], refusal
    attempts = _start(calls)
    started = [call for call in calls if call.item.id in attempts]
    if lost := [call for call in calls if call.item.id not in attempts]:
        unreserve(run=run, units=_units(lost), calls=len(lost))
    rows = CallLedger.objects.bulk_create(
        CallLedger(
            run_id=run.pk,
            item_id=call.item.id,
            attempt=attempts[call.item.id],
            highest=call.bound.units,
            highest_cost=call.bound.money,
        )
        for call in started
    )
    return [Intent(call, row.pk, row.attempt) for call, row in zip(started, rows, strict=True)], None


def _units(calls: Sequence[Prepared]) -> Decimal:
    return sum((call.bound.units for call in calls), start=Decimal(0))


def _start(calls: Sequence[Prepared]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(START, [[call.item.id for call in calls], [call.item.fence for call in calls]])
        return dict(cursor.fetchall())
