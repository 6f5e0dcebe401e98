"""Runs that stop as soon as their targets are settled: the order they ask in, when the next look is due, and what a look leads to.

Cases are drawn by lot and asked up to a border; only when all before it are over does anybody look, so what is looked at is always
a fair sample that no slow or failing case was left out of. The border is kept with the run, so a worker that dies changes nothing.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from evaluations.models import Run, WorkItem

EVERY = 20
# Of a long run one looks less often: it gains little, and each look reads all scores.
PART = 20

IN_ORDER = "entry.position, repeat"
# Cases of one source stay together, since they count together.
BY_LOT = """md5(%(seed)s || CASE one.cluster WHEN '' THEN ' case ' || one.id ELSE ' group ' || one.cluster END),
    entry.position, repeat"""

BORDER = """
SELECT item.id, item.case_id, one.cluster
FROM evaluations_workitem AS item JOIN evaluations_case AS one ON one.id = item.case_id
WHERE item.run_id = %(run)s AND item.id > %(after)s
ORDER BY item.id OFFSET %(step)s - 1 LIMIT 1
"""
LAST_OF_CASE = "SELECT max(id) FROM evaluations_workitem WHERE run_id = %(run)s AND case_id = %(case)s"
LAST_OF_GROUP = """
SELECT max(item.id) FROM evaluations_workitem AS item JOIN evaluations_case AS one ON one.id = item.case_id
WHERE item.run_id = %(run)s AND item.id >= %(item)s AND one.cluster = %(cluster)s
"""


@dataclass(frozen=True)
class Targets:
    """What rests on a run: how many targets, and how many of them are decided, met or not."""

    count: int
    settled: int

    @property
    def all_settled(self) -> bool:
        return 0 < self.count == self.settled


def together(found: Iterable[Targets]) -> Targets:
    known = list(found)
    return Targets(sum(one.count for one in known), sum(one.settled for one in known))


def draw() -> int:
    """A seed nobody chose."""
    return secrets.randbits(62)


def next_look(run: Run) -> int | None:
    """The work item up to which a run asks before the next look, whole cases and sources; None for all that is left. Three queries."""
    values: dict[str, Any] = {"run": run.pk, "after": run.look_to or 0, "step": _step(run)}
    with connection.cursor() as cursor:
        cursor.execute(BORDER, values)
        border = cursor.fetchone()
        if border is None:
            return None
        values |= {"item": border[0], "case": border[1], "cluster": border[2]}
        cursor.execute(LAST_OF_GROUP if border[2] else LAST_OF_CASE, values)
        last = int(cursor.fetchone()[0])
    return last if run.items.filter(pk__gt=last).exists() else None


def _step(run: Run) -> int:
    """Samples between two looks: enough to keep the provider busy."""
    provider = run.model_version.model.provider
    at_once = provider.max_concurrency if provider else 1
    return max(EVERY * run.evaluation_version.repeats, (run.done + run.failed) // PART, at_once)


def look_is_due(run: Run) -> bool:
    """Whether all before the border are over. One query, none for a run that never stops early."""
    if run.look_to is None:
        return False
    still_open = run.items.filter(
        pk__lte=run.look_to, state__in=[WorkItem.State.PENDING, WorkItem.State.LEASED]
    )
    return not still_open.exists()


@transaction.atomic
def after_look(run: Run, token: UUID, targets: Targets) -> bool:
    """Stop a run that is settled, else let it ask on to the next border. False when another chain leads it or it is over.

    What it stops before is not needed: no claim finds it, it is not missing, and the run ends as done.
    """
    rows = Run.objects.select_for_update(of=("self",), no_key=True).select_related(
        "model_version__model__provider", "evaluation_version"
    )
    locked = rows.filter(
        pk=run.pk, state=Run.State.RUNNING, chain_token=token, cancel_requested_at=None, look_to=run.look_to
    ).first()
    if locked is None:
        return False
    if targets.all_settled:
        _stop(locked)
    else:
        locked.look_to = next_look(locked)
    locked.looks += bool(targets.count)
    locked.save(update_fields=["look_to", "looks", "not_needed"])
    return True


def _stop(run: Run) -> None:
    """For a run held under lock whose looked-at cases are all over."""
    waiting = run.items.filter(state=WorkItem.State.PENDING, pk__gt=run.look_to)
    run.not_needed = waiting.update(state=WorkItem.State.NOT_NEEDED, not_before=None)
    run.look_to = None
