"""What must be true before a model version may be called for an evaluation, as sentences."""

from decimal import Decimal

from django.utils import timezone

from evaluations.models import Cap, Dataset, EvaluationVersion, ModelVersion, PromptVersion, Side
from evaluations.providers import UnknownAdapter, get_adapter
from evaluations.services.spend import prices_of


def prompt_for(evaluation_version: EvaluationVersion, model_version: ModelVersion) -> PromptVersion | None:
    """The prompt this version gets: the evaluation's, or its own where the evaluation lets each bring one."""
    if evaluation_version.prompt_policy == EvaluationVersion.PromptPolicy.OWN:
        return model_version.own_prompt
    return evaluation_version.prompt_version


def call_problems(
    *,
    evaluation_version: EvaluationVersion,
    model_version: ModelVersion,
    cap: Decimal | None = None,
    cap_unit: str = Cap.MONEY,
) -> list[str]:
    """Why this version cannot be called for this evaluation; empty when it can. One query, for prices under a money cap."""
    return [
        *result_problems(evaluation_version=evaluation_version, model_version=model_version),
        *_version_problems(model_version),
        *_provider_problems(evaluation_version.dataset_version.dataset, model_version, cap, cap_unit),
    ]


def judging_problems(
    *, dataset: Dataset, judge: ModelVersion, cap: Decimal | None = None, cap_unit: str = Cap.MONEY
) -> list[str]:
    """Why a judge cannot be asked about answers to this dataset's cases. One query, for prices under a money cap."""
    return [*_version_problems(judge), *_provider_problems(dataset, judge, cap, cap_unit)]


def result_problems(*, evaluation_version: EvaluationVersion, model_version: ModelVersion) -> list[str]:
    """What stands in the way of any result of this pair, pushed ones too. No query when related rows are loaded."""
    problems = []
    version = evaluation_version.dataset_version
    if evaluation_version.frozen_at is None or version.frozen_at is None:
        problems.append(f"{evaluation_version} is still a draft: publish its cases first.")
    if version.retired_at:
        problems.append(f"{version} was retired: {version.retired_reason}")
    own = evaluation_version.prompt_policy == EvaluationVersion.PromptPolicy.OWN
    if own and model_version.own_prompt_id is None:
        problems.append(
            f"{evaluation_version} lets each version bring its own prompt, and {model_version.label} has none."
        )
    return problems


def _version_problems(version: ModelVersion) -> list[str]:
    if version.stage == ModelVersion.Stage.RETIRED:
        return [f"{version.label} is retired."]
    if version.shutdown_on and version.shutdown_on < timezone.now().date():
        return [f"{version.label} was shut down on {version.shutdown_on:%d %B %Y}."]
    return []


def _provider_problems(
    dataset: Dataset, version: ModelVersion, cap: Decimal | None, cap_unit: str
) -> list[str]:
    provider = version.model.provider
    if provider is None:
        return [f"{version.model.name} has no provider to call: give it one, or push results."]
    if not provider.enabled:
        return [f"The provider {provider.name} is switched off."]
    try:
        adapter = get_adapter(provider.adapter)
    except UnknownAdapter as problem:
        return [str(problem)]
    problems = []
    if adapter.needs_http and version.model.side == Side.COMPETITOR and not dataset.may_leave:
        problems.append(
            f"The cases of {dataset.name} may not leave to a competitor's API. "
            "Allow it on the dataset, or use cases that may."
        )
    money_cap = cap is not None and cap_unit == Cap.MONEY and not adapter.free
    if money_cap and prices_of(version, timezone.now().date()) is None:
        problems.append(
            f"{version.label} has no price, so a budget in money cannot be held. "
            "Set its price, or give a budget in tokens or calls."
        )
    return problems
