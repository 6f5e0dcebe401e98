"""Work that a dead worker held: its items go back, its calls are booked as unknown at their highest."""

import logging

from django.db import connection, transaction
from django.db.models.functions import Now

from evaluations.models import CallLedger, Run, WorkItem
from evaluations.services.spend import Settlement, settle

log = logging.getLogger(__name__)

MAX_CRASHES = 3
CRASHED = f"Its worker died {MAX_CRASHES} times while this sample was being called."

EXPIRED = """
SELECT item.id, EXISTS (
    SELECT 1 FROM evaluations_callledger AS ledger WHERE ledger.item_id = item.id AND ledger.state = 'intent'
)
FROM evaluations_workitem AS item
WHERE item.run_id = %s AND item.state = 'leased' AND item.lease_until < clock_timestamp()
FOR UPDATE OF item SKIP LOCKED
"""
# An item that was only held, not called, has done nothing wrong.
GIVE_BACK = """
UPDATE evaluations_workitem AS item
SET crashes = item.crashes + dead.called::int, lease_until = NULL, not_before = NULL,
    state = CASE WHEN item.crashes + dead.called::int >= %s THEN 'failed' ELSE 'pending' END,
    error_class = CASE WHEN dead.called THEN 'crash' ELSE item.error_class END,
    error = CASE WHEN dead.called THEN %s ELSE item.error END
FROM unnest(%s::bigint[], %s::boolean[]) AS dead(id, called)
WHERE item.id = dead.id
RETURNING item.state
"""


def reap() -> dict[int, int]:
    """Take back every expired lease; returns how many items of which runs were. Safe in any number of processes at once."""
    expired = WorkItem.objects.filter(state=WorkItem.State.LEASED, lease_until__lt=Now())
    taken = {run_id: _reap_run(run_id) for run_id in sorted(set(expired.values_list("run_id", flat=True)))}
    return {run_id: items for run_id, items in taken.items() if items}


@transaction.atomic
def _reap_run(run_id: int) -> int:
    run = Run.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=run_id).first()
    if run is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(EXPIRED, [run_id])
        dead = cursor.fetchall()
        if not dead:
            return 0
        ids, called = [row[0] for row in dead], [row[1] for row in dead]
        cursor.execute(GIVE_BACK, [MAX_CRASHES, CRASHED, ids, called])
        failed = sum(state == WorkItem.State.FAILED for (state,) in cursor.fetchall())
    intents = CallLedger.objects.filter(item__in=ids, state=CallLedger.State.INTENT).values_list(
        "pk", flat=True
    )
    ends = [Settlement(pk, CallLedger.State.UNKNOWN, error_class="crash") for pk in intents]
    settle(run=run, ends=ends, failed=failed)
    log.warning("Run %s: %s items of a worker that fell silent were taken back.", run_id, len(dead))
    return len(dead)
