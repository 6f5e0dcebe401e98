"""A prompt version put into evaluations in one action: each gets a new version that differs in nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Refused
from config.people.models import User
from evaluations.models import Evaluation, EvaluationVersion, PromptVersion
from evaluations.queries.pins import PinRow, pin_rows
from evaluations.services.evaluations import create_evaluation_version


@dataclass(frozen=True)
class Pinned:
    """What became of one evaluation. version: the one that asks with the prompt now, None where it was refused."""

    evaluation: Evaluation
    version: EvaluationVersion | None
    made: bool
    problem: str = ""


def pin_prompt(
    *, actor: User | None, prompt_version: PromptVersion, evaluations: Sequence[Evaluation]
) -> list[Pinned]:
    """The next version of each evaluation, with this prompt and all else as in its newest. Each stands by itself.

    One that asks with it already stays; one whose cases lack a slot is refused with the slot's name. Raises Refused for none at all.
    """
    if not evaluations:
        raise Refused("Choose at least one evaluation.", code="no_evaluation")
    return [_pinned(actor, prompt_version, row) for row in pin_rows(prompt_version, evaluations)]


def _pinned(actor: User | None, prompt_version: PromptVersion, row: PinRow) -> Pinned:
    if row.asks:
        return Pinned(row.evaluation, row.current, made=False)
    if row.problem:
        return Pinned(row.evaluation, None, made=False, problem=row.problem)
    try:
        with transaction.atomic():
            version = _next_version(actor, prompt_version, row.current)
    except Refused as refusal:
        return Pinned(row.evaluation, None, made=False, problem=refusal.message)
    except ValidationError as refusal:
        return Pinned(row.evaluation, None, made=False, problem=" ".join(refusal.messages))
    return Pinned(row.evaluation, version, made=True)


def _next_version(
    actor: User | None, prompt_version: PromptVersion, current: EvaluationVersion
) -> EvaluationVersion:
    scorers = [
        one.scorer_version for one in current.evaluation_scorers.select_related("scorer_version__scorer")
    ]
    return create_evaluation_version(
        actor=actor,
        slug=current.evaluation.slug,
        dataset_version=current.dataset_version,
        prompt_version=prompt_version,
        prompt_policy=current.prompt_policy,
        scorer_versions=scorers,
        parameters=current.parameters,
        repeats=current.repeats,
    )
