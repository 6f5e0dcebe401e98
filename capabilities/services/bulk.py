"""One change of many requirements: all of it or nothing, and taken back exactly. Few queries, however many rows."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from capabilities.models import BulkChange, Product, Requirement, Revision, Submission
from capabilities.queries.bulk_rows import Change, Plan, PlannedRow
from capabilities.queries.reviews import text_of
from capabilities.services.bulk_plan import ASIDE, OPEN, plan_change
from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import Alike, record_many

IN_REVIEW = Revision.Status.IN_REVIEW
NAMED = 5
REVISION_STATUS = "revision_status"
Group = Mapping[str, Any]
# One statement, whatever is said and however many say it: each row looks up what its group says and keeps the rest. No join, so no plan
# made from old statistics can turn it into minutes.
WRITE = """
UPDATE capabilities_requirement AS present SET updated_at = %s, ({columns}) = (
  SELECT {became} FROM jsonb_populate_record(present, %s::jsonb -> (%s::jsonb ->> present.id::text)::int) AS became)
WHERE present.id = ANY (%s)
"""


@transaction.atomic
def change_many(
    *,
    actor: User,
    product: Product,
    rows: QuerySet[Requirement],
    change: Change,
    token: str = "",
    leave_out: bool = False,
) -> BulkChange:
    """The same change to each of the rows, or to none. token: of the plan that was looked at, empty to go without.

    leave_out: those that cannot follow stay as they are. Raises Refused naming the rows that cannot follow, Conflict when the plan is no
    longer the one that was looked at.
    """
    if not change:
        raise Refused("Choose what to change.", code="nothing")
    if change.move in ASIDE and not change.reason.strip():
        raise Refused("Say why they are put aside.", code="reason")
    locked = rows.filter(product=product).select_for_update(of=("self",)).order_by("pk")
    ids = [pk for (pk,) in locked.values_list("pk")]
    plan = plan_change(product, Requirement.objects.filter(pk__in=ids), change, leave_out=leave_out)
    if token and token != plan.token:
        raise Conflict(
            "Somebody changed some of these requirements meanwhile. Look at the list again.", code="changed"
        )
    _refuse(plan)
    if not plan.changed:
        raise Refused("These requirements say that already; nothing was changed.", code="nothing")
    groups = _grouped(plan.changed)
    _write(groups, "after")
    _submit(actor, plan.changed)
    made = BulkChange.objects.create(
        product=product, actor=actor, fields=change.as_json(), rows=groups, count=len(plan.changed)
    )
    keys = {row.pk: row.key for row in plan.changed}
    _tell(actor, product, "requirement.changed", [_alike(group, keys) for group in groups])
    return made


@transaction.atomic
def undo_change(*, actor: User, change: BulkChange) -> BulkChange:
    """Put back what a bulk change wrote, and nothing else. Raises Refused naming the rows that somebody changed since; then nothing is."""
    change = BulkChange.objects.select_for_update(of=("self",)).select_related("product").get(pk=change.pk)
    if change.undone_at:
        raise Refused("This was undone already.", code="undone")
    present = _present(change.rows)
    keys = {pk: f"{change.product.key}-{values['number']}" for pk, values in present.items()}
    moved = [
        keys.get(pk, "one that is gone")
        for group in change.rows
        for pk in group["ids"]
        if not _as_left(group["after"], present.get(pk))
    ]
    if moved:
        raise Refused(
            f"Somebody changed {_names(moved)} since; nothing was undone. Change them one by one.",
            code="changed_since",
        )
    _write(change.rows, "before")
    change.undone_at, change.undone_by = timezone.now(), actor
    change.save(update_fields=["undone_at", "undone_by"])
    back = [
        Alike(one.things, one.after, one.before) for one in (_alike(group, keys) for group in change.rows)
    ]
    _tell(actor, change.product, "requirement.change_undone", back)
    return change


def _submit(actor: User, rows: Iterable[PlannedRow]) -> None:
    """Keep what goes up for review says, as `submit_for_review` does."""
    Submission.objects.bulk_create(
        Submission(
            revision=row.revision,
            fingerprint=row.revision.fingerprint,
            text=text_of(row.revision),
            submitted_by=actor,
        )
        for row in rows
        if row.revision is not None
    )


def _refuse(plan: Plan) -> None:
    refused = plan.refused
    if not refused:
        return
    first = refused[0]
    raise Refused(
        f"Nothing was changed. {_names([row.key for row in refused])} cannot follow. "
        f"{first.key}: {first.refusal}",
        code="bulk_refused",
        fields={row.key: row.refusal for row in refused[:100]},
    )


def _names(keys: list[str]) -> str:
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return f"{', '.join(keys[:NAMED])}{more}"


def _grouped(rows: Sequence[PlannedRow]) -> list[dict[str, Any]]:
    """Rows that said the same and become the same, told once: what is kept of ten thousand is short."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        said = json.dumps([row.before, row.after], sort_keys=True)
        group = groups.setdefault(said, {"before": row.before, "after": row.after, "ids": []})
        group["ids"].append(row.pk)
    return list(groups.values())


def _alike(group: Group, keys: Mapping[int, str]) -> Alike:
    return Alike([(pk, keys[pk]) for pk in group["ids"]], group["before"], group["after"])


def _present(groups: Sequence[Group]) -> dict[int, dict[str, Any]]:
    """What the rows of the groups say now, locked. One query, a second where revisions moved."""
    ids = [pk for group in groups for pk in group["ids"]]
    names = {name for group in groups for name in group["after"]}
    locked = Requirement.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    found = {one["pk"]: one for one in locked.values("pk", "number", *sorted(names - {REVISION_STATUS}))}
    if REVISION_STATUS in names:
        opened = Revision.objects.filter(requirement__in=ids, status__in=OPEN).order_by()
        for pk, status in opened.values_list("requirement", "status"):
            found[pk][REVISION_STATUS] = status
    return found


def _as_left(after: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    """Whether everything the change wrote is still as it wrote it."""
    return now is not None and all(now.get(name) == value for name, value in after.items())


def _write(groups: Sequence[Group], side: str) -> None:
    """Write what the groups said before or after. One query, one more for each status that revisions take."""
    names = sorted({name for group in groups for name in group[side]} - {REVISION_STATUS})
    if names:
        _write_columns(names, groups, side)
    statuses: dict[str, list[int]] = defaultdict(list)
    for group in groups:
        if REVISION_STATUS in group[side]:
            statuses[group[side][REVISION_STATUS]] += group["ids"]
    for status, ids in statuses.items():
        Revision.objects.filter(requirement__in=ids, status__in=OPEN).update(status=status)


def _write_columns(names: Sequence[str], groups: Sequence[Group], side: str) -> None:
    quoted = [connection.ops.quote_name(name) for name in names]
    became = ", ".join(f"became.{column}" for column in quoted)
    place = {pk: number for number, group in enumerate(groups) for pk in group["ids"]}
    said = json.dumps([group[side] for group in groups])
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE.format(columns=", ".join(quoted), became=became),
            [timezone.now(), said, json.dumps(place), list(place)],
        )


def _tell(actor: User, product: Product, verb: str, alike: Sequence[Alike]) -> None:
    record_many(actor=actor, verb=verb, noun="requirement", product=product.key, alike=alike)
