"""A draft that asks for less than what was agreed, after that was missed, is marked. The mark comes along into every later revision."""

from capabilities.models import Criterion, Revision
from capabilities.queries.loosening import loosened_keys, missed_keys


def mark_loosening(revision: Revision, before: Criterion | None = None) -> None:
    """Mark a draft whose criteria ask for less than the agreed revision's, where one of those was missed before.

    before: how a criterion stood before this change, for drafts of requirements that were never agreed.
    """
    if revision.loosened_after_miss:
        return
    agreed = Revision.objects.filter(
        requirement=revision.requirement_id, status=Revision.Status.APPROVED
    ).first()
    then = {one.key: one for one in agreed.criteria.select_related("scorer", "rival_set")} if agreed else {}
    if before is not None and agreed is None:
        then[before.key] = before
    now = {one.key: one for one in revision.criteria.select_related("scorer", "rival_set")}
    keys = loosened_keys(now, then)
    if keys and missed_keys(revision.requirement_id).intersection(keys):
        revision.loosened_after_miss = True
        revision.save(update_fields=["loosened_after_miss"])
