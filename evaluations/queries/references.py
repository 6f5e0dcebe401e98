"""Things named as people and programs write them: `slug@name` for versions of models, `slug` or `slug@number` for what is numbered."""

from typing import Any, TypeVar

from django.db.models import Model as DjangoModel
from django.db.models import QuerySet

from evaluations.models import (
    Dataset,
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    FailureMode,
    Model,
    ModelVersion,
    PromptVersion,
    ScorerVersion,
    Suite,
)

LONGEST_NUMBER = 18
Row = TypeVar("Row", bound=DjangoModel)


def whole_number(text: str) -> int | None:
    """A number or id as it stands in an address; None for anything else and for what no id can be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def find_model(slug: str) -> Model | None:
    """One query."""
    return Model.objects.select_related("provider").filter(slug=slug).first()


def find_model_version(label: str) -> ModelVersion | None:
    """The version called `slug@name`, or by its id. One query."""
    versions = ModelVersion.objects.select_related("model__provider", "own_prompt__prompt", "parent__model")
    slug, at, name = label.partition("@")
    if at:
        return versions.filter(model__slug=slug, name=name).first()
    number = whole_number(label)
    return versions.filter(pk=number).first() if number is not None else None


def find_evaluation_version(text: str) -> EvaluationVersion | None:
    """`slug` (its newest version), `slug@number`, or the id of a version. Up to two queries."""
    versions = EvaluationVersion.objects.filter(frozen_at__isnull=False).select_related(
        "evaluation", "dataset_version__dataset", "prompt_version__prompt"
    )
    found = _numbered(versions, "evaluation", text)
    number = whole_number(text)
    return found or (versions.filter(pk=number).first() if number is not None else None)


def find_dataset_version(text: str) -> DatasetVersion | None:
    """`slug` (its newest published version) or `slug@number`. One query."""
    versions = DatasetVersion.objects.select_related("dataset")
    return _numbered(versions if "@" in text else versions.filter(frozen_at__isnull=False), "dataset", text)


def find_prompt_version(text: str) -> PromptVersion | None:
    """`slug` or `slug@number`. One query."""
    return _numbered(PromptVersion.objects.select_related("prompt"), "prompt", text)


def find_scorer_version(text: str) -> ScorerVersion | None:
    """`slug` or `slug@number`. One query."""
    return _numbered(ScorerVersion.objects.select_related("scorer"), "scorer", text)


def find_evaluation(slug: str) -> Evaluation | None:
    """One query."""
    return Evaluation.objects.filter(slug=slug).first()


def find_dataset(slug: str) -> Dataset | None:
    """One query."""
    return Dataset.objects.filter(slug=slug).first()


def find_failure_mode(text: str) -> FailureMode | None:
    """By slug."""
    return FailureMode.objects.filter(slug=text).first()


def find_suite(slug: str) -> Suite | None:
    """One query."""
    return Suite.objects.filter(slug=slug).first()


def _numbered(versions: QuerySet[Row], owner: str, text: str) -> Row | None:
    slug, at, number = text.partition("@")
    wanted: dict[str, Any] = {f"{owner}__slug": slug}
    if at:
        value = whole_number(number)
        if value is None or value >= 2**31:
            return None
        wanted["number"] = value
    return versions.filter(**wanted).order_by("-number").first()
