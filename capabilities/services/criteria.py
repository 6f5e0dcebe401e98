"""Acceptance criteria as data: written into a draft revision, frozen with it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.errors import IllegalMove
from capabilities.lint import criterion_findings
from capabilities.models import Criterion, Outcome, Revision, Verdict
from capabilities.services.revisions import refresh_fingerprint
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of

DECIDING = (
    "statistic",
    "against",
    "threshold",
    "limit",
    "margin",
    "equivalence",
    "tolerance",
    "quantifier",
    "slice_name",
    "slice_value",
    "confidence",
    "min_n",
    "min_repeats",
    "reach",
    "must",
    "case_keys",
    "tries",
    "not_measurable_reason",
)
FIELDS = ("scorer", "rival_set", "position", *DECIDING)


def fingerprint_of(criterion: Criterion) -> str:
    """SHA-256 over everything that decides the criterion."""
    values = {name: getattr(criterion, name) for name in DECIDING}
    values["scorer"] = criterion.scorer.slug if criterion.scorer else None
    values["rival_set"] = criterion.rival_set.number if criterion.rival_set else None
    return sha256_of(values)


@transaction.atomic
def save_criterion(
    *, actor: User | None, revision: Revision, fields: dict[str, Any], key: str | None = None
) -> Criterion:
    """Write a criterion of a draft revision; a new one takes the requirement's next key, which stays with it for ever.

    Raises ValidationError with the fields at fault (a threshold of 1 among them), IllegalMove when the revision is not a draft.
    """
    revision = _draft(revision)
    criterion = revision.criteria.filter(key=key).first() if key else None
    before = _shown(criterion) if criterion else {}
    was = _copy(criterion) if criterion else None
    criterion = criterion or Criterion(revision=revision, key=key or _next_key(revision))
    for name in FIELDS:
        if name in fields:
            setattr(criterion, name, fields[name])
    if criterion.against == Criterion.Against.COMPETITORS and criterion.rival_set is None:
        criterion.rival_set = revision.requirement.product.rival_sets.order_by("-number").first()
    _check(criterion)
    criterion.fingerprint = fingerprint_of(criterion)
    criterion.save()
    _mark_loosening(revision, criterion, was)
    refresh_fingerprint(revision)
    _record(actor, criterion, "criterion.saved", before=before, after=_shown(criterion))
    return criterion


@transaction.atomic
def remove_criterion(*, actor: User | None, criterion: Criterion) -> None:
    """Take a criterion out of a draft revision."""
    revision = _draft(criterion.revision)
    _record(actor, criterion, "criterion.removed", before=_shown(criterion))
    criterion.delete()
    refresh_fingerprint(revision)


def _draft(revision: Revision) -> Revision:
    fresh = (
        Revision.objects.select_for_update(of=("self",))
        .select_related("requirement__product")
        .get(pk=revision.pk)
    )
    if fresh.status != Revision.Status.DRAFT:
        raise IllegalMove(
            f"Revision {fresh.number} is {fresh.get_status_display().lower()}. Edit the requirement to open a draft."
        )
    return fresh


def _next_key(revision: Revision) -> str:
    keys = Criterion.objects.filter(revision__requirement=revision.requirement_id).values_list(
        "key", flat=True
    )
    numbers = [int(key[3:]) for key in keys if key.startswith("AC-") and key[3:].isdecimal()]
    return f"AC-{max(numbers, default=0) + 1}"


def _check(criterion: Criterion) -> None:
    criterion.full_clean(exclude=["revision", "fingerprint"])
    findings = [finding for finding in criterion_findings(criterion) if finding.blocks]
    if findings:
        raise ValidationError({finding.field: finding.sentence for finding in findings})


def _copy(criterion: Criterion) -> Criterion:
    return Criterion.objects.get(pk=criterion.pk)


def _mark_loosening(revision: Revision, criterion: Criterion, was: Criterion | None) -> None:
    """A criterion loosened after its verdict was a miss says so for ever."""
    reference = _approved_twin(revision, criterion.key) or was
    if reference is None or not _looser(criterion, reference):
        return
    missed = Verdict.objects.filter(
        verification__criterion__revision__requirement=revision.requirement_id,
        verification__criterion__key=criterion.key,
        outcome=Outcome.NOT_MET,
    ).exists()
    if missed and not revision.loosened_after_miss:
        revision.loosened_after_miss = True
        revision.save(update_fields=["loosened_after_miss"])


def _approved_twin(revision: Revision, key: str) -> Criterion | None:
    return Criterion.objects.filter(
        revision__requirement=revision.requirement_id, revision__status=Revision.Status.APPROVED, key=key
    ).first()


def _looser(new: Criterion, old: Criterion) -> bool:
    """Whether the new one asks for less: a lower target (mirrored where lower is better), margin, or no longer a must."""
    sign = -1 if _lower_is_better(new) else 1
    target = (new.threshold or 0.0) * sign < (old.threshold or 0.0) * sign
    return target or new.margin < old.margin or new.tolerance > old.tolerance or (old.must and not new.must)


def _lower_is_better(criterion: Criterion) -> bool:
    if criterion.statistic == Criterion.Statistic.SHARE or criterion.scorer is None:
        return False
    newest = criterion.scorer.versions.order_by("-number").first()
    return newest is not None and newest.direction == "lower"


def _shown(criterion: Criterion) -> dict[str, Any]:
    return {"key": criterion.key, **{name: getattr(criterion, name) for name in DECIDING}}


def _record(actor: User | None, criterion: Criterion, verb: str, **details: Any) -> None:
    requirement = criterion.revision.requirement
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=f"{requirement.key} {criterion.key}",
        product=requirement.product.key,
        **details,
    )
