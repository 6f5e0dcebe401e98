"""Work items are taken with a lease and a fence; who comes back too late has a fence that no longer fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from config.prepared import prepared_cursor
from evaluations.models import Case, Run
from evaluations.providers.retry import DEFAULT_POLICY

BATCH = 50
MOST = 500

# The fence comes from the items' own sequence: a number that no claim before ever had. The due ones are chosen once, in a CTE: a
# locking subquery with a LIMIT may be planned as the inner side of a nested loop, which runs it again and takes more than asked.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM evaluations_workitem
    WHERE run_id = %(run)s AND state = 'pending' AND (not_before IS NULL OR not_before <= clock_timestamp())
        AND (crashes > 0) = %(suspect)s AND (%(look_to)s::bigint IS NULL OR id <= %(look_to)s)
    ORDER BY id LIMIT %(count)s
    FOR UPDATE SKIP LOCKED
)
UPDATE evaluations_workitem AS item
SET state = 'leased', worker = %(worker)s, fence = nextval(pg_get_serial_sequence('evaluations_workitem', 'id')),
    lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
FROM due
WHERE item.id = due.id
RETURNING item.id, case_id, repeat, fence, attempts, crashes, error_digest, error_repeats,
    COALESCE(%(deadline)s + EXTRACT(EPOCH FROM clock_timestamp() - retry_deadline), 0)
"""

RELEASE = """
UPDATE evaluations_workitem AS item
SET state = 'pending', lease_until = NULL,
    not_before = CASE WHEN claimed.delay > 0 THEN clock_timestamp() + make_interval(secs => claimed.delay) END
FROM unnest(%s::bigint[], %s::bigint[], %s::double precision[]) AS claimed(id, fence, delay)
WHERE item.id = claimed.id AND item.fence = claimed.fence AND item.state = 'leased'
"""


@dataclass
class Claimed:
    """A leased item. failing_for_s: seconds since its first failure, 0 without one."""

    id: int
    case_id: int
    repeat: int
    fence: int
    attempts: int
    crashes: int
    error_digest: str
    error_repeats: int
    failing_for_s: float
    case: Case


def claim(run: Run, worker: str, count: int, *, suspect: bool = False) -> list[Claimed]:
    """Lease up to `count` items that are due, oldest first, by the database's clock. Two queries.

    suspect: those whose worker died while they were called. They are claimed apart from the others, so that the one that
    kills its worker does not take innocent ones with it. Of a run that stops once it is settled, those before its next look.
    """
    values: dict[str, Any] = {
        "worker": worker,
        "lease": settings.LEASE_SECONDS,
        "run": run.pk,
        "suspect": suspect,
        "look_to": run.look_to,
        "count": min(count, MOST),
        "deadline": DEFAULT_POLICY.deadline_s,
    }
    with prepared_cursor() as cursor:
        cursor.execute(CLAIM, values)
        rows = sorted(cursor.fetchall())
    cases = Case.objects.select_related("content").in_bulk([row[1] for row in rows]) if rows else {}
    return [_claimed(row, cases[row[1]]) for row in rows]


def _claimed(row: tuple[Any, ...], case: Case) -> Claimed:
    facts, failing_for_s = row[:-1], float(row[-1])
    return Claimed(*(*facts, failing_for_s, case))


def release(items: Sequence[Claimed], delay: float = 0.0) -> None:
    """Give items back that were not called; not before `delay` seconds from now. One query."""
    if not items:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            RELEASE,
            [[item.id for item in items], [item.fence for item in items], [delay] * len(items)],
        )
