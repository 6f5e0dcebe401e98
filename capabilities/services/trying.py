"""Trying one case on a few models: real calls by the workers, in the lab, so that no verdict ever comes of them.

A case that is tried stays what it was: one of a test dataset is kept among test cases, and each reading of it counts where it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from capabilities.services.measure import Measurement, NewCases, NewCheck, NewPrompt
from config.errors import Refused
from config.people.models import User
from evaluations.canonical import sha256_of
from evaluations.importers import CaseRow
from evaluations.models import (
    Case,
    Dataset,
    DatasetVersion,
    EvaluationVersion,
    ModelVersion,
    Origin,
    PromptVersion,
    Round,
    Run,
    ScorerVersion,
)
from evaluations.services.datasets import (
    add_cases,
    create_dataset,
    open_draft,
    publish_version,
    remove_case,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.exposures import record_exposure
from evaluations.services.prompts import create_prompt_version
from evaluations.services.runs import start_run
from evaluations.services.scorers import create_scorer_version
from evaluations.services.stored_cases import case_hash

MOST_MODELS = 3


@dataclass(frozen=True)
class Trial:
    """One model asked: its run, or why there is none."""

    version: ModelVersion
    run: Run | None
    problem: str = ""


@transaction.atomic
def try_one(*, actor: User, plan: Measurement, number: int = 1) -> list[Trial]:
    """Ask the plan's first three models about its case `number` (from 1). What is tried is kept under the person's own slugs.

    Raises Refused when there is no such case, ValidationError for a prompt or check that cannot be used. A version that cannot be
    called is a trial with its problem.
    """
    row = _row(plan.cases, number)
    evaluation_version = create_evaluation_version(
        actor=actor,
        slug=f"tries-{actor.pk}",
        name=f"Tried by {actor.username}"[:120],
        dataset_version=_one_case(actor, row, plan.cases),
        prompt_version=_prompt(actor, plan),
        scorer_versions=[_check(actor, plan)],
    )
    trials = [_trial(actor, evaluation_version, version) for version in plan.model_versions[:MOST_MODELS]]
    if isinstance(plan.cases, DatasetVersion):
        shown = next((trial.run for trial in trials if trial.run), None)
        record_exposure(user=actor, dataset_version=plan.cases, run=shown, samples=1, via="try")
    return trials


def _trial(actor: User, evaluation_version: EvaluationVersion, version: ModelVersion) -> Trial:
    try:
        run = start_run(
            actor=actor,
            evaluation_version=evaluation_version,
            model_version=version,
            origin=Origin.LAB,
            priority=Round.Priority.LAUNCH,
        )
    except Refused as refusal:
        return Trial(version, None, refusal.message)
    return Trial(version, run)


def _row(cases: NewCases | DatasetVersion, number: int) -> CaseRow:
    if isinstance(cases, NewCases):
        rows: Sequence[CaseRow] = cases.rows[number - 1 : number] if number > 0 else ()
        found = next(iter(rows), None)
    else:
        rest = cases.entries.order_by("position").select_related("case__content")
        entry = next(iter(rest[number - 1 : number]), None) if number > 0 else None
        found = _as_row(entry.case, number) if entry else None
    if found is None:
        raise Refused(f"There is no case {number}. Choose one that is there.", code="no_case")
    return found


def _as_row(case: Case, number: int) -> CaseRow:
    return CaseRow(
        line=number,
        key=case.key,
        input=case.input,
        target=case.target,
        slices=case.slices,
        cluster=case.cluster,
        metadata=case.metadata,
        attachments=tuple(case.attachments),
    )


def _one_case(actor: User, row: CaseRow, cases: NewCases | DatasetVersion) -> DatasetVersion:
    """A published version that holds this case only, of the same purpose, and may leave only where its source may."""
    source = cases if isinstance(cases, DatasetVersion) else None
    dataset = _kept_in(actor, cases.dataset if isinstance(cases, DatasetVersion) else cases)
    wanted = sha256_of([[row.key, case_hash(row)]])
    if same := dataset.versions.filter(hash=wanted, retired_at=None, drawn_from=source).first():
        return same
    draft = open_draft(actor=actor, dataset=dataset)
    for key in list(draft.entries.values_list("key", flat=True)):
        remove_case(actor=actor, version=draft, key=key)
    add_cases(actor=actor, version=draft, cases=[row])
    draft.drawn_from = source
    draft.save(update_fields=["drawn_from"])
    return publish_version(actor=actor, version=draft, overlap_reason="Tried out once before measuring.")


def _kept_in(actor: User, source: NewCases | Dataset) -> Dataset:
    """The person's own dataset of tries for such cases."""
    test = source.purpose == Dataset.Purpose.TEST
    slug = f"tries-{actor.pk}{'-test' if test else ''}{'-may-leave' if source.may_leave else ''}"
    return Dataset.objects.filter(slug=slug).first() or create_dataset(
        actor=actor,
        slug=slug,
        name=f"Tried by {actor.username}"[:120],
        purpose=source.purpose,
        may_leave=source.may_leave,
    )


def _prompt(actor: User, plan: Measurement) -> PromptVersion | None:
    if not isinstance(plan.prompt, NewPrompt):
        return plan.prompt
    return create_prompt_version(
        actor=actor,
        slug=f"tries-{actor.pk}",
        name=f"Tried by {actor.username}"[:120],
        messages=plan.prompt.messages,
        output_schema=plan.prompt.output_schema,
    )


def _check(actor: User, plan: Measurement) -> ScorerVersion:
    if not isinstance(plan.check, NewCheck):
        return plan.check
    return create_scorer_version(
        actor=actor,
        slug=f"tries-{actor.pk}",
        name=f"Tried by {actor.username}"[:120],
        kind=plan.check.kind,
        config=plan.check.config,
    )
