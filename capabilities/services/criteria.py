"""Acceptance criteria as data: written into a draft revision, frozen with it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.lint import refusals
from capabilities.models import Criterion, Revision, RivalSet
from capabilities.services.checking import check_row
from capabilities.services.loosening import mark_loosening
from capabilities.services.revisions import refresh_fingerprint
from config.people.models import User
from config.people.services.audit import Alike, record
from evaluations.canonical import sha256_of
from evaluations.models import ScorerVersion

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


def fill_criterion(
    criterion: Criterion, fields: Mapping[str, Any], rivals: Callable[[], RivalSet | None]
) -> Criterion:
    """Take over what the fields say. rivals: the set it is held to where competitors are meant and none is named."""
    for name in FIELDS:
        if name in fields:
            setattr(criterion, name, fields[name])
    if criterion.against == Criterion.Against.COMPETITORS and criterion.rival_set is None:
        criterion.rival_set = rivals()
    return criterion


def check_criterion(criterion: Criterion, scorer: ScorerVersion | None) -> None:
    """Raises ValidationError with the fields at fault. scorer: its newest version. No query."""
    check_row(criterion, without=("fingerprint",))
    findings = refusals(criterion, scorer)
    if findings:
        raise ValidationError({finding.field: finding.words for finding in findings})


@transaction.atomic
def save_criterion(
    *,
    actor: User | None,
    revision: Revision,
    fields: dict[str, Any],
    key: str | None = None,
    seen: str | None = None,
) -> Criterion:
    """Write a criterion of a draft revision; a new one takes the requirement's next key, which stays with it for ever.

    seen: the fingerprint its editor started from; None for doors that replace on purpose. Raises EditedMeanwhile when somebody else
    saved or removed it in between, ValidationError with the fields at fault (a threshold of 1 among them), IllegalMove when the revision
    is not a draft.
    """
    revision = _draft(revision)
    criterion = revision.criteria.filter(key=key).first() if key else None
    if seen is not None and key:
        _check_seen(criterion, key, seen)
    before = _shown(criterion) if criterion else {}
    was = _copy(criterion) if criterion else None
    criterion = criterion or Criterion(revision=revision, key=key or _next_key(revision))
    sets = revision.requirement.product.rival_sets
    fill_criterion(criterion, fields, sets.order_by("-number").first)
    scorer = criterion.scorer.versions.order_by("-number").first() if criterion.scorer else None
    check_criterion(criterion, scorer)
    criterion.fingerprint = fingerprint_of(criterion)
    criterion.save()
    mark_loosening(revision, was)
    refresh_fingerprint(revision)
    _record(actor, criterion, "criterion.saved", before=before, after=_shown(criterion))
    return criterion


@transaction.atomic
def remove_criterion(*, actor: User | None, criterion: Criterion, seen: str | None = None) -> None:
    """Take a criterion out of a draft revision. seen: its fingerprint as somebody saw it; raises EditedMeanwhile when that is another."""
    revision = _draft(criterion.revision)
    if seen is not None:
        _check_seen(revision.criteria.filter(pk=criterion.pk).first(), criterion.key, seen)
    _record(actor, criterion, "criterion.removed", before=_shown(criterion))
    criterion.delete()
    mark_loosening(revision)
    refresh_fingerprint(revision)


def _check_seen(criterion: Criterion | None, key: str, seen: str) -> None:
    if criterion is None:
        raise EditedMeanwhile(
            f"Somebody removed {key} while you were writing. Add it as a new criterion if it is still meant.",
            code="removed_meanwhile",
        )
    if criterion.fingerprint != seen:
        raise EditedMeanwhile(
            f"Somebody saved {key} while you were writing. Compare and save again.",
            fields=_shown(criterion) | {"fingerprint": criterion.fingerprint},
        )


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


def _copy(criterion: Criterion) -> Criterion:
    return Criterion.objects.get(pk=criterion.pk)


def _shown(criterion: Criterion) -> dict[str, Any]:
    return {"key": criterion.key, **{name: getattr(criterion, name) for name in DECIDING}}


def told_of_criteria(criteria: Iterable[Criterion]) -> list[Alike]:
    """New ones as `record_many` takes them. Their revisions must be loaded with requirement and product."""
    return [Alike([(one.revision.requirement_id, _label(one))], {}, _shown(one)) for one in criteria]


def _label(criterion: Criterion) -> str:
    return f"{criterion.revision.requirement.key} {criterion.key}"


def _record(actor: User | None, criterion: Criterion, verb: str, **details: Any) -> None:
    requirement = criterion.revision.requirement
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=requirement.pk,
        label=_label(criterion),
        product=requirement.product.key,
        **details,
    )
