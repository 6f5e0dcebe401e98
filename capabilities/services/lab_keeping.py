"""What a sheet of the lab becomes: a prompt version, a development dataset, an evaluation, a criterion on a draft."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from capabilities.models import Criterion, Requirement, Revision
from capabilities.services.criteria import save_criterion
from capabilities.services.measure import LONGEST_SLUG, free_slug
from capabilities.services.revisions import current_revision
from capabilities.services.verifications import link_evidence
from config.errors import Refused
from config.people.models import User
from evaluations.models import (
    Dataset,
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    LabSheet,
    Prompt,
    PromptVersion,
    Scorer,
    ScorerVersion,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.lab import dataset_of_rows, prompt_of
from evaluations.services.lab_plan import LabPlan, LabPrompt, checks_of, name_of_check, plan_of_sheet
from evaluations.services.scorers import create_scorer_version


@transaction.atomic
def keep_prompt(
    *, actor: User, sheet: LabSheet, letter: str, name: str = "", slug: str = ""
) -> PromptVersion:
    """The sheet's prompt as the next version of the prompt `slug`, or as a new one called `name`.

    Raises ValidationError for a sheet that is not finished, Refused for an empty prompt.
    """
    prompt = _prompt(plan_of_sheet(sheet), letter)
    title = name or f"{sheet.name}, prompt {prompt.letter}"
    made = prompt_of(actor, slug or free_slug(Prompt, _stem(title)), title, prompt)
    if made is None:
        raise Refused(
            "This prompt is empty: the row goes as it is, and there is nothing to keep.", code="empty"
        )
    return made


@transaction.atomic
def keep_rows(*, actor: User, sheet: LabSheet, name: str = "") -> DatasetVersion:
    """The sheet's rows as a published development dataset of their own; a chosen dataset is one already."""
    plan = plan_of_sheet(sheet)
    if sheet.rows_from == LabSheet.From.DATASET and sheet.dataset_version:
        return sheet.dataset_version
    title = name or sheet.name
    return dataset_of_rows(
        actor, free_slug(Dataset, _stem(title)), title, plan.rows, may_leave=plan.may_leave
    )


@transaction.atomic
def keep_evaluation(*, actor: User, sheet: LabSheet, letter: str = "A", name: str = "") -> EvaluationVersion:
    """An evaluation of the sheet's rows, one of its prompts and its checks, everything made that is not there yet."""
    prompt = _prompt(plan_of_sheet(sheet), letter)
    title = name or f"{sheet.name}, prompt {prompt.letter}"
    return create_evaluation_version(
        actor=actor,
        slug=free_slug(Evaluation, _stem(title)),
        name=title[:120],
        dataset_version=keep_rows(actor=actor, sheet=sheet, name=title),
        prompt_version=keep_prompt(actor=actor, sheet=sheet, letter=letter, name=title)
        if prompt.messages
        else None,
        scorer_versions=_scorers(actor, sheet),
        parameters={"max_output_tokens": sheet.max_tokens},
        repeats=sheet.repeats,
    )


@transaction.atomic
def keep_criterion(
    *,
    actor: User,
    sheet: LabSheet,
    requirement: Requirement,
    threshold: float,
    letter: str = "A",
    check: int = 0,
) -> Criterion:
    """A criterion on a draft: one of the sheet's checks at a threshold, with the kept evaluation as its evidence.

    threshold: in the check's unit, a rate as a fraction. Raises Refused for a requirement that is no draft, ValidationError with the
    fields at fault.
    """
    revision = current_revision(requirement)
    if revision.status != Revision.Status.DRAFT:
        raise Refused(
            f"{requirement.key} is not a draft. Edit it first: that opens a draft of it.", code="no_draft"
        )
    evaluation_version = keep_evaluation(actor=actor, sheet=sheet, letter=letter)
    scorers = [row.scorer_version for row in evaluation_version.evaluation_scorers.order_by("position")]
    if not 0 <= check < len(scorers):
        raise ValidationError({"check": "The sheet has no such check. Load the page again."})
    ratio = scorers[check].value_kind == ScorerVersion.ValueKind.RATIO
    criterion = save_criterion(
        actor=actor,
        revision=revision,
        fields={
            "scorer": scorers[check].scorer,
            "statistic": Criterion.Statistic.RATIO if ratio else Criterion.Statistic.MEAN,
            "against": Criterion.Against.THRESHOLD,
            "threshold": threshold,
        },
    )
    link_evidence(actor=actor, criterion=criterion, evaluation_version=evaluation_version)
    return criterion


def _scorers(actor: User, sheet: LabSheet) -> Sequence[ScorerVersion]:
    return [
        create_scorer_version(
            actor=actor,
            slug=free_slug(Scorer, _stem(name_of_check(check["kind"], check["config"]))),
            name=name_of_check(check["kind"], check["config"]),
            kind=check["kind"],
            config=check["config"],
        )
        for check in checks_of(sheet)
    ]


def _prompt(plan: LabPlan, letter: str) -> LabPrompt:
    found = next((one for one in plan.prompts if one.letter == letter.upper()), None)
    if found is None:
        raise Refused(f"The sheet has no prompt {letter[:1]}.", code="no_prompt")
    return found


def _stem(title: str) -> str:
    return slugify(title)[:LONGEST_SLUG].strip("-") or "lab"
