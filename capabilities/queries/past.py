"""Where a product stood at a moment that is past: what was agreed then, and what verdicts said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime

from capabilities.models import Product, Requirement, Revision
from capabilities.queries.past_fields import put_back, trail_of
from capabilities.queries.past_rows import agreed_at, rows_as_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.states import RequirementState, states_over

PUT_ASIDE = frozenset({"deferred", "rejected", "retired"})


@dataclass(frozen=True)
class Past:
    """not_agreed: how many requirements were written and not agreed; what their drafts said is not kept. untold: keys of those whose
    life the audit trail does not reach back to, taken as agreed because their text was.
    """

    moment: datetime
    states: Sequence[RequirementState]
    not_agreed: int
    untold: Sequence[str]
    versions: JudgedVersions


def moment_in(text: str, now: datetime) -> datetime | None:
    """A day means its last moment by UTC, a time itself; None for nothing, what cannot be read, and what is not past."""
    try:
        moment = parse_datetime(text) if "T" in text or " " in text else None
        day = parse_date(text) if moment is None else None
    except ValueError:
        return None
    if day is not None:
        moment = datetime.combine(day, time.max, UTC)
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if moment < now else None


def versions_as_of(versions: JudgedVersions, moment: datetime) -> JudgedVersions:
    """Those that were registered by then; the candidate and the released version are today's where they were. No query."""
    there = [version for version in versions.all if version.created_at <= moment]
    if versions.asked is not None:
        return versions if there else JudgedVersions(None, None)
    return JudgedVersions(None, there[0] if there else None, there[1:])


def states_as_of(product: Product, moment: datetime, versions: JudgedVersions) -> Past:
    """The states of all that was agreed and not put aside. At most nineteen queries, however many requirements."""
    written = list(
        product.requirements.filter(created_at__lte=moment).select_related(
            "product", "capability", "objective", "owner"
        )
    )
    trail = trail_of(written)
    agreed = agreed_at(written, moment)
    kept, untold, drafts = [], [], 0
    for requirement in written:
        lifecycle = trail.lifecycle_at(requirement, moment)
        if lifecycle in PUT_ASIDE:
            continue
        if requirement.pk not in agreed:
            drafts += 1
            continue
        if lifecycle is None:
            untold.append(requirement.key)
        kept.append(_as_it_was(requirement, agreed[requirement.pk], lifecycle))
    there = versions_as_of(versions, moment)
    put_back(product, kept, trail, moment)
    shown = {requirement.pk: agreed[requirement.pk] for requirement in kept}
    loaded = rows_as_of(kept, shown, there.all, trail, moment)
    return Past(moment, states_over(kept, there, loaded, moment), drafts, untold, there)


def _as_it_was(requirement: Requirement, revision: Revision, lifecycle: str | None) -> Requirement:
    """Never to be saved."""
    requirement.lifecycle = lifecycle or Requirement.Lifecycle.APPROVED
    requirement.lifecycle_reason = ""
    text_as_it_was(revision)
    return requirement


def text_as_it_was(revision: Revision) -> Revision:
    """Never to be saved."""
    revision.status, revision.superseded_at = Revision.Status.APPROVED, None
    return revision
