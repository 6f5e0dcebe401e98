"""Evaluations: everything that must be the same for two runs to be compared, frozen when written."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.models import (
    DatasetVersion,
    Evaluation,
    EvaluationScorer,
    EvaluationVersion,
    PromptVersion,
    ScorerVersion,
    Suite,
)


@transaction.atomic
def create_evaluation_version(  # noqa: PLR0913 - an evaluation is exactly this list
    *,
    actor: User | None,
    slug: str,
    dataset_version: DatasetVersion,
    scorer_versions: Sequence[ScorerVersion],
    prompt_version: PromptVersion | None = None,
    prompt_policy: str = "fixed",
    parameters: Mapping[str, Any] | None = None,
    repeats: int = 1,
    name: str = "",
) -> EvaluationVersion:
    """The next version of an evaluation (made when the slug is new); the newest one again when nothing differs.

    Raises Refused for a draft dataset, ValidationError for scorers that are missing or named twice.
    """
    _check(dataset_version, scorer_versions)
    evaluation, created = Evaluation.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if created:
        evaluation.full_clean()
    Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    version = EvaluationVersion(
        evaluation=evaluation,
        dataset_version=dataset_version,
        prompt_version=prompt_version,
        prompt_policy=prompt_policy,
        parameters=dict(parameters or {}),
        repeats=repeats,
    )
    version.fingerprint = fingerprint_of(version, scorer_versions)
    newest = evaluation.versions.order_by("-number").first()
    if newest and newest.fingerprint == version.fingerprint:
        return newest
    version.number = (newest.number if newest else 0) + 1
    _freeze(version, scorer_versions)
    record(
        actor=actor,
        verb="evaluation.version_created",
        noun="evaluation",
        object_id=evaluation.pk,
        label=str(version),
        after={"dataset": str(dataset_version), "scorers": [str(scorer) for scorer in scorer_versions]},
    )
    return version


def _check(dataset_version: DatasetVersion, scorer_versions: Sequence[ScorerVersion]) -> None:
    if dataset_version.frozen_at is None:
        raise Refused(f"{dataset_version} is a draft. Publish it before it is evaluated.", code="draft")
    if dataset_version.retired_at:
        raise Refused(f"{dataset_version} was retired: {dataset_version.retired_reason}", code="retired")
    if not scorer_versions:
        raise ValidationError({"scorers": "An evaluation needs at least one check."})
    if len({version.scorer_id for version in scorer_versions}) < len(scorer_versions):
        raise ValidationError({"scorers": "Each scorer can stand in an evaluation once."})


def fingerprint_of(version: EvaluationVersion, scorer_versions: Sequence[ScorerVersion]) -> str:
    """SHA-256 over all that must be the same for two runs to be compared; the version need not be saved."""
    dataset, prompt = version.dataset_version, version.prompt_version
    return sha256_of(
        {
            "dataset": [dataset.dataset_id, dataset.hash],
            "prompt": prompt.fingerprint if prompt else None,
            "policy": version.prompt_policy,
            "scorers": sorted([scorer.scorer.slug, scorer.fingerprint] for scorer in scorer_versions),
            "parameters": version.parameters,
            "repeats": version.repeats,
        }
    )


def _freeze(version: EvaluationVersion, scorer_versions: Sequence[ScorerVersion]) -> None:
    """Stored with its scorers first, since nothing may be added to a frozen version."""
    version.full_clean(exclude=["parameters"])
    version.save()
    EvaluationScorer.objects.bulk_create(
        EvaluationScorer(
            evaluation_version=version, scorer_version=scorer, slug=scorer.scorer.slug, position=position
        )
        for position, scorer in enumerate(scorer_versions)
    )
    version.frozen_at = timezone.now()
    version.save(update_fields=["frozen_at"])


@transaction.atomic
def create_suite(
    *, actor: User | None, slug: str, name: str, evaluations: Sequence[Evaluation], description: str = ""
) -> Suite:
    """A named list of evaluations. Raises ValidationError with the fields at fault."""
    suite = Suite(slug=slug, name=name, description=description)
    suite.full_clean()
    suite.save()
    suite.evaluations.set(evaluations)
    record(
        actor=actor,
        verb="suite.created",
        noun="suite",
        object_id=suite.pk,
        label=slug,
        after={"evaluations": [evaluation.slug for evaluation in evaluations]},
    )
    return suite


@transaction.atomic
def change_suite(
    *, actor: User | None, suite: Suite, name: str, evaluations: Sequence[Evaluation], description: str = ""
) -> Suite:
    """Other words or evaluations for a suite; rounds that ran keep theirs. Raises ValidationError with the fields at fault."""
    suite = Suite.objects.select_for_update().get(pk=suite.pk)
    before = {"name": suite.name, "evaluations": sorted(suite.evaluations.values_list("slug", flat=True))}
    suite.name, suite.description = name, description
    suite.full_clean()
    suite.save()
    suite.evaluations.set(evaluations)
    record(
        actor=actor,
        verb="suite.changed",
        noun="suite",
        object_id=suite.pk,
        label=suite.slug,
        before=before,
        after={"name": name, "evaluations": sorted(evaluation.slug for evaluation in evaluations)},
    )
    return suite
