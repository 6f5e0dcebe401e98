"""The intent to call is committed before the call, with the most it can cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from evaluations.engine.claim import Claimed
from evaluations.models import CallLedger, Run
from evaluations.providers.types import Request
from evaluations.services.rows import insert_rows
from evaluations.services.spend import Bound, Refusal, Reserved, reserve, unreserve

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
    """An item with the call that would be made for it, its digest and the most it can take."""

    item: Claimed
    request: Request
    bound: Bound
    tokens: int
    digest: bytes | None = None


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
    """What came of an attempt to start calls.

    tried: how many of them, from the first on. refusal: why none; words: the sentence of a month's budget that holds no more.
    """

    intents: Sequence[Intent]
    tried: int
    refusal: Refusal | None = None
    words: str = ""


def write_intents(run: Run, chain_token: UUID, calls: Sequence[Prepared]) -> Written:
    """Commit intents for all calls, or for the first half, quarter … when the budget does not hold more.

    Items whose lease was lost meanwhile are tried and have no intent: they are somebody else's now. Five queries when all fit,
    six with a round, three more for each budget of the month; two less where nobody is paid.
    """
    reserved = Reserved()
    count = len(calls)
    while count:
        intents, reserved = _write(run, chain_token, calls[:count])
        if reserved.refusal is None:
            return Written(intents, count)
        count = 0 if reserved.refusal is Refusal.STOPPED else count // 2
    return Written([], 0, reserved.refusal, reserved.words)


@transaction.atomic
def _write(run: Run, chain_token: UUID, calls: Sequence[Prepared]) -> tuple[list[Intent], Reserved]:
    reserved = reserve(run=run, chain_token=chain_token, bounds=[call.bound for call in calls])
    if reserved.refusal is not None:
        transaction.set_rollback(True)
        return [], reserved
    attempts = _start(calls)
    started = [call for call in calls if call.item.id in attempts]
    if lost := [call for call in calls if call.item.id not in attempts]:
        unreserve(run=run, bounds=[call.bound for call in lost], day=reserved.day)
    rows = [_row(run, call, attempts[call.item.id], reserved.day) for call in started]
    ids = {item_id: pk for pk, item_id in insert_rows(rows, returning=["id", "item_id"])}
    return [Intent(call, ids[call.item.id], attempts[call.item.id]) for call in started], reserved


def _row(run: Run, call: Prepared, attempt: int, day: date | None) -> CallLedger:
    return CallLedger(
        run_id=run.pk,
        item_id=call.item.id,
        attempt=attempt,
        highest=call.bound.units,
        highest_cost=call.bound.money,
        highest_tokens=call.bound.tokens,
        day=day if call.bound.counted else None,
    )


def _start(calls: Sequence[Prepared]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(START, [[call.item.id for call in calls], [call.item.fence for call in calls]])
        return dict(cursor.fetchall())
