"""What goes wrong, named: the site's vocabulary and the labels that use it."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.access import demand
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Dataset, DatasetVersionCase, FailureMode, Run, SampleLabel

MOST_CASES = 10_000


class ModeChanges(TypedDict, total=False):
    """What may be said otherwise; the slug stays."""

    name: str
    description: str


@transaction.atomic
def create_failure_mode(*, actor: User | None, slug: str, name: str, description: str = "") -> FailureMode:
    """A new word of the vocabulary. Raises ValidationError with the fields at fault."""
    mode = FailureMode(slug=slug, name=name.strip(), description=description, created_by=actor)
    mode.full_clean()
    mode.save()
    record(actor=actor, verb="failure_mode.created", noun="failure_mode", object_id=mode.pk, label=mode.name)
    return mode


@transaction.atomic
def change_failure_mode(
    *, actor: User | None, mode: FailureMode, **changes: Unpack[ModeChanges]
) -> FailureMode:
    """Rename or describe it otherwise; labels follow. What is the same leaves no note. Raises ValidationError."""
    mode = FailureMode.objects.select_for_update(of=("self",)).get(pk=mode.pk)
    before = {name: getattr(mode, name) for name in changes}
    if before == dict(changes):
        return mode
    for name, value in changes.items():
        setattr(mode, name, value)
    mode.full_clean()
    mode.save()
    record(
        actor=actor,
        verb="failure_mode.changed",
        noun="failure_mode",
        object_id=mode.pk,
        label=mode.name,
        before=before,
        after=dict(changes),
    )
    return mode


@transaction.atomic
def retire_failure_mode(*, actor: User | None, mode: FailureMode, retired: bool = True) -> FailureMode:
    """Take it out of use, or back in. Its labels stay; the same again changes nothing."""
    mode = FailureMode.objects.select_for_update(of=("self",)).get(pk=mode.pk)
    if bool(mode.retired_at) == retired:
        return mode
    mode.retired_at = timezone.now() if retired else None
    mode.save(update_fields=["retired_at"])
    verb = "failure_mode.retired" if retired else "failure_mode.restored"
    record(actor=actor, verb=verb, noun="failure_mode", object_id=mode.pk, label=mode.name)
    return mode


@transaction.atomic
def label_cases(
    *, actor: User, run: Run, mode: FailureMode, case_ids: Sequence[int], remove: bool = False
) -> int:
    """Say of these cases of a run that their answers fail in this way, or no longer so; how many labels changed.

    Raises Refused for a retired mode, cases the run does not have and more than 10,000; PermissionDenied for test cases whose content
    the person may not read. What is labelled so already stays with who said it first.
    """
    if run.evaluation_version.dataset_version.dataset.purpose == Dataset.Purpose.TEST:
        demand(actor, "read_test")
    if mode.retired_at and not remove:
        raise Refused(f"“{mode.name}” is retired: choose another, or take it back into use.", code="retired")
    wanted = _cases_of(run, case_ids)
    if remove:
        changed, _ = SampleLabel.objects.filter(run=run, mode=mode, case__in=wanted).delete()
    else:
        changed = _add(actor, run, mode, wanted)
    if changed:
        record(
            actor=actor,
            verb="run.unlabelled" if remove else "run.labelled",
            noun="run",
            object_id=run.pk,
            label=f"run {run.pk}",
            after={"failure_mode": mode.slug, "cases": changed},
        )
    return changed


def _add(actor: User, run: Run, mode: FailureMode, case_ids: set[int]) -> int:
    there = set(
        SampleLabel.objects.filter(run=run, mode=mode, case__in=case_ids).values_list("case", flat=True)
    )
    fresh = sorted(case_ids - there)
    SampleLabel.objects.bulk_create(
        [SampleLabel(run=run, mode=mode, case_id=case_id, created_by=actor) for case_id in fresh],
        ignore_conflicts=True,
    )
    return len(fresh)


def _cases_of(run: Run, case_ids: Sequence[int]) -> set[int]:
    wanted = set(case_ids)
    if len(wanted) > MOST_CASES:
        raise Refused(f"At most {MOST_CASES:,} cases are labelled at once: narrow the list.", code="too_many")
    version = run.evaluation_version.dataset_version_id
    known = DatasetVersionCase.objects.filter(version=version, case__in=wanted).values_list("case", flat=True)
    if len(set(known)) < len(wanted):
        raise Refused(f"Run {run.pk} has no such case.", code="no_case")
    return wanted
