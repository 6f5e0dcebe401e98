"""What a revision asks less of than the one before it, and whether that had been missed."""

from collections.abc import Mapping, Sequence

from capabilities.models import Criterion, Outcome, Revision, Verdict

Against = Criterion.Against
Statistic = Criterion.Statistic
# What is measured, and against whom: with another of these it is another question.
QUESTION = ("scorer_id", "statistic", "against")


def loosened_criteria(revisions: Sequence[Revision]) -> dict[int, list[str]]:
    """Keys of the criteria each agreed or open revision loosened after a miss, by the revision's id. No query where none is marked.

    revisions: all of one requirement. Else two queries, and one for each target that may be mirrored.
    """
    if not any(revision.loosened_after_miss for revision in revisions):
        return {}
    living = [one for one in revisions if one.status != Revision.Status.DISCARDED]
    ordered = sorted(living, key=lambda one: one.number)
    criteria: dict[int, dict[str, Criterion]] = {one.pk: {} for one in ordered}
    for row in Criterion.objects.filter(revision__in=ordered).select_related("scorer", "rival_set"):
        criteria[row.revision_id][row.key] = row
    missed = missed_keys(ordered[0].requirement_id)
    found = {}
    for old, new in zip(ordered, ordered[1:], strict=False):
        keys = [key for key in loosened_keys(criteria[new.pk], criteria[old.pk]) if key in missed]
        if keys and new.loosened_after_miss:
            found[new.pk] = keys
    return found


def loosened_keys(now: Mapping[str, Criterion], then: Mapping[str, Criterion]) -> list[str]:
    """Keys of criteria that were taken out or ask for less."""
    return [key for key, old in then.items() if key not in now or asks_for_less(now[key], old)]


def missed_keys(requirement_id: int) -> set[str]:
    """Keys of the criteria of a requirement that a model ever missed. One query."""
    rows = Verdict.objects.filter(
        verification__criterion__revision__requirement=requirement_id, outcome=Outcome.NOT_MET
    )
    return set(rows.order_by().values_list("verification__criterion__key", flat=True).distinct())


def asks_for_less(new: Criterion, old: Criterion) -> bool:
    """Whether the new wording of a criterion can be met by what the old one refuses."""
    if not old.measurable:
        return False
    if not new.measurable or (old.must and not new.must):
        return True
    if any(getattr(new, name) != getattr(old, name) for name in QUESTION):
        return True
    return any(
        rule(new, old)
        for rule in (_lower_target, _smaller_lead, _fewer_rivals, _narrower, _less_sure, _fewer_tries)
    )


def _lower_target(new: Criterion, old: Criterion) -> bool:
    if new.against != Against.THRESHOLD or new.statistic == Statistic.PASS_ALL:
        return False
    sign = -1 if _lower_is_better(new) else 1
    if (new.threshold or 0.0) * sign < (old.threshold or 0.0) * sign:
        return True
    if new.statistic != Statistic.SHARE or new.limit is None or old.limit is None:
        return False
    return new.limit < old.limit if _direction(new) == "higher" else new.limit > old.limit


def _smaller_lead(new: Criterion, old: Criterion) -> bool:
    """Within ± a wider margin, or ahead by less; another kind of claim is not what was agreed."""
    if new.tolerance > old.tolerance:
        return True
    if new.against == Against.THRESHOLD:
        return False
    if new.equivalence or old.equivalence:
        return new.equivalence != old.equivalence or new.margin > old.margin
    return new.margin < old.margin


def _fewer_rivals(new: Criterion, old: Criterion) -> bool:
    if new.against != Against.COMPETITORS:
        return False
    if (old.quantifier, new.quantifier) == (Criterion.Quantifier.EVERY, Criterion.Quantifier.ANY):
        return True
    if new.rival_set is None or old.rival_set is None or new.rival_set_id == old.rival_set_id:
        return False
    now, then = (
        set(one.entries.values_list("model_id", flat=True)) for one in (new.rival_set, old.rival_set)
    )
    return bool(then - now if new.quantifier == Criterion.Quantifier.EVERY else now - then)


def _narrower(new: Criterion, old: Criterion) -> bool:
    """Of a part of the cases only, of another part, or of these cases only."""
    then, now = (old.slice_name, old.slice_value), (new.slice_name, new.slice_value)
    if now != then and new.slice_name:
        return True
    if new.reach == Criterion.Reach.THESE and old.reach != Criterion.Reach.THESE:
        return True
    if new.statistic != Statistic.PASS_ALL or not new.case_keys:
        return False
    return not old.case_keys or bool(set(old.case_keys) - set(new.case_keys))


def _less_sure(new: Criterion, old: Criterion) -> bool:
    return new.confidence < old.confidence or new.min_n < old.min_n


def _fewer_tries(new: Criterion, old: Criterion) -> bool:
    every_try = new.statistic == Statistic.PASS_ALL
    return new.tries < old.tries if every_try else new.min_repeats < old.min_repeats


def _lower_is_better(criterion: Criterion) -> bool:
    return criterion.statistic != Statistic.SHARE and _direction(criterion) == "lower"


def _direction(criterion: Criterion) -> str:
    """Of its check's newest version; empty where there is none."""
    newest = criterion.scorer.versions.order_by("-number").first() if criterion.scorer else None
    return newest.direction if newest else ""
