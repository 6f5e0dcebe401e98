"""The intent to call is committed before the call, with the most it can cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from config.prepared import prepared_cursor
from evaluations.engine.claim import Claimed
from evaluations.models import Run
from evaluations.providers.types import Request
from evaluations.services.spend import Bound, Refusal, Reserved, reserve, unreserve

# Only items that are still ours may be called; the attempt number makes the ledger row unique.
START = """
WITH started AS (
    UPDATE evaluations_workitem AS item SET attempts = item.attempts + 1
    FROM unnest(%(items)s::bigint[], %(fences)s::bigint[], %(units)s::numeric[], %(money)s::numeric[], %(tokens)s::bigint[],
        %(counted)s::boolean[]) AS claimed(id, fence, units, money, tokens, counted)
    WHERE item.id = claimed.id AND item.fence = claimed.fence AND item.state = 'leased'
        AND item.lease_until > clock_timestamp()
    RETURNING item.id, item.attempts, claimed.units, claimed.money, claimed.tokens, claimed.counted
)
INSERT INTO evaluations_callledger (run_id, item_id, attempt, state, highest, highest_cost, highest_tokens, day, provider_request,
    error_class, created_at)
SELECT %(run)s, id, attempts, 'intent', units, money, tokens, CASE WHEN counted THEN %(day)s::date END, '', '', now()
FROM started ORDER BY id
RETURNING item_id, id, attempt
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

    Items whose lease was lost meanwhile are tried and have no intent: they are somebody else's now. Two queries when all fit; where
    there are budgets of the month one more, and three for each of the run's.
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
    begun = _begin(run, calls, reserved.day)
    if lost := [call for call in calls if call.item.id not in begun]:
        unreserve(run=run, bounds=[call.bound for call in lost], day=reserved.day)
    return [Intent(call, *begun[call.item.id]) for call in calls if call.item.id in begun], reserved


def _begin(run: Run, calls: Sequence[Prepared], day: date | None) -> dict[int, tuple[int, int]]:
    """Ledger row and attempt of every item that is still ours."""
    bounds = [call.bound for call in calls]
    values: dict[str, Any] = {
        "run": run.pk,
        "day": day,
        "items": [call.item.id for call in calls],
        "fences": [call.item.fence for call in calls],
        "units": [bound.units for bound in bounds],
        "money": [bound.money for bound in bounds],
        "tokens": [bound.tokens for bound in bounds],
        "counted": [bound.counted for bound in bounds],
    }
    with prepared_cursor() as cursor:
        cursor.execute(START, values)
        return {item_id: (ledger_id, attempt) for item_id, ledger_id, attempt in cursor.fetchall()}
