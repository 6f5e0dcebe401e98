"""Before anybody is called: what earlier runs answered is taken over, so that no budget is spent on it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from evaluations.models import Case, Run, WorkItem
from evaluations.services.requests import CallPlan
from evaluations.services.reuse import ANSWERED, CARRIED, answering_model, call_reason, digest_of

BATCH = 200
NOTHING = Decimal(0)

# Only items that nobody holds; each keeps what its call measured and cost then. All or nothing, so a killed worker leaves none half done.
TAKE_OVER = f"""
WITH answered AS MATERIALIZED ({ANSWERED}),
taken AS (
    UPDATE evaluations_workitem AS item
    SET state = 'done', not_before = NULL, error_class = '', error = ''
    FROM answered
    WHERE item.id = answered.place AND item.run_id = %(run)s AND item.state = 'pending'
    RETURNING item.case_id, item.repeat, answered.id AS source
),
made AS (
    INSERT INTO evaluations_response (run_id, case_id, repeat, {CARRIED}, reused_from_id, created_at)
    SELECT %(run)s, taken.case_id, taken.repeat, {CARRIED}, answer.id, clock_timestamp()
    FROM taken JOIN evaluations_response AS answer ON answer.id = taken.source
    RETURNING cost
)
SELECT count(*), sum(cost) FROM made
"""

Open = Sequence[tuple[int, int, int]]
"""Item id, case id and repeat."""


def may_take_over(run: Run) -> bool:
    """Whether answers of earlier runs may stand in this one. At most one query."""
    return run.reuse and not call_reason(run.evaluation_version, run.model_version, run.origin)


def take_over(run: Run, token: UUID, plan: CallPlan, go_on: Callable[[], bool]) -> bool:
    """Complete the run's open items from earlier answers to the very same calls; False when there was no time to look at all of them.

    Where it stopped is kept with the run. Two queries where there is nothing to look at, else seven for each 200 items.
    """
    resolved = answering_model(run.model_version)
    if resolved is None:
        return True
    after = run.reuse_to
    while go_on():
        items = _open_items(run, after)
        if not items or not _take_over(run, token, plan, items, resolved):
            return True
        after = items[-1][0]
    return False


def _open_items(run: Run, after: int) -> Open:
    pending = WorkItem.objects.filter(run=run, state=WorkItem.State.PENDING, pk__gt=after)
    if run.look_to is not None:
        pending = pending.filter(pk__lte=run.look_to)
    return list(pending.order_by("pk").values_list("pk", "case_id", "repeat")[:BATCH])


def _take_over(run: Run, token: UUID, plan: CallPlan, items: Open, resolved: str) -> bool:
    """False when this chain no longer leads the run."""
    cases = Case.objects.select_related("content").in_bulk({case_id for _, case_id, _ in items})
    digests = {
        item: digest
        for item, case_id, repeat in items
        if (digest := digest_of(plan, cases[case_id], repeat)) is not None
    }
    with transaction.atomic():
        mine = Run.objects.select_for_update(no_key=True).filter(
            pk=run.pk, state=Run.State.RUNNING, cancel_requested_at=None, chain_token=token
        )
        if not mine.exists():
            return False
        count, saved = _complete(run, digests, resolved)
        _note(run, items[-1][0], count, saved, resolved)
    return True


def _complete(run: Run, digests: dict[int, bytes], resolved: str) -> tuple[int, Decimal | None]:
    values: dict[str, Any] = {
        "run": run.pk,
        "places": list(digests),
        "digests": list(digests.values()),
        "resolved": resolved,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, values)
        count, saved = cursor.fetchone()
        return count, saved


def _note(run: Run, looked_to: int, count: int, saved: Decimal | None, resolved: str) -> None:
    changes: dict[str, Any] = {
        "reuse_to": Greatest(F("reuse_to"), looked_to),
        "reused": F("reused") + count,
        "done": F("done") + count,
    }
    if saved is not None:
        changes["saved"] = Coalesce(F("saved"), NOTHING) + saved
        changes["cost"] = Coalesce(F("cost"), NOTHING)
    Run.objects.filter(pk=run.pk).update(**changes)
    if count and resolved:
        Run.objects.filter(pk=run.pk, resolved_model="").update(resolved_model=resolved)
