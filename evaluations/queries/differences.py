"""What is not the same in two runs though it should be. Pure functions over loaded rows, no query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from evaluations.models import EvaluationVersion, Run, ScorerVersion

Varies = Literal["model", "prompt", "system"]


@dataclass(frozen=True)
class NotSame:
    """A sentence about what differs; blocks: there are no numbers worth showing."""

    sentence: str
    blocks: bool = False


def differs(
    run_a: Run, run_b: Run, scorers: tuple[ScorerVersion, ScorerVersion], varies: Varies, other: str = "B"
) -> list[NotSame]:
    """Everything but what is meant to vary that is not the same. other: the letter of the second run in the sentences."""
    a, b = run_a.evaluation_version, run_b.evaluation_version
    found = [*_always(a, b, scorers, other), *_mixed({"A": run_a, other: run_b})]
    if varies == "model" and a.pk != b.pk:
        found += [*_prompts(a, b, other), *_settings(a, b, other)]
        if not found:
            found.append(NotSame(f"A ran {a} and {other} ran {b}."))
    if varies == "prompt":
        found += [*_model_versions(run_a, run_b, other), *_settings(a, b, other)]
    return found


def _always(
    a: EvaluationVersion, b: EvaluationVersion, scorers: tuple[ScorerVersion, ScorerVersion], other: str
) -> Iterator[NotSame]:
    sets = (a.dataset_version, b.dataset_version)
    if sets[0].dataset_id != sets[1].dataset_id:
        yield NotSame(f"The cases are others: {sets[0]} in A and {sets[1]} in {other}.", blocks=True)
    elif sets[0].pk != sets[1].pk and sets[0].hash != sets[1].hash:
        yield NotSame(
            f"The cases are of two versions, {sets[0]} in A and {sets[1]} in {other}; those they share are shown."
        )
    if scorers[0].pk != scorers[1].pk and scorers[0].fingerprint != scorers[1].fingerprint:
        yield NotSame(
            f"The scores were made by {scorers[0]} in A and by {scorers[1]} in {other}.", blocks=True
        )


def _mixed(runs: Mapping[str, Run]) -> Iterator[NotSame]:
    for name, run in runs.items():
        if run.mixed_models:
            yield NotSame(f"More than one model answered in {name}: its replies named several model ids.")


def _prompts(a: EvaluationVersion, b: EvaluationVersion, other: str) -> Iterator[NotSame]:
    if a.prompt_policy != b.prompt_policy:
        yield NotSame("In one run every model got the same prompt, in the other each brought its own.")
    elif a.prompt_version_id != b.prompt_version_id:
        yield NotSame(
            f"The prompts differ: {a.prompt_version or 'none'} in A, {b.prompt_version or 'none'} in {other}."
        )


def _settings(a: EvaluationVersion, b: EvaluationVersion, other: str) -> Iterator[NotSame]:
    if a.parameters != b.parameters:
        names = sorted(
            name
            for name in {*a.parameters, *b.parameters}
            if a.parameters.get(name) != b.parameters.get(name)
        )
        yield NotSame(f"The generation settings differ: {', '.join(names)}.")
    if a.repeats != b.repeats:
        yield NotSame(f"Each case was tried {a.repeats} times in A and {b.repeats} times in {other}.")


def _model_versions(run_a: Run, run_b: Run, other: str) -> Iterator[NotSame]:
    a, b = run_a.model_version, run_b.model_version
    if a.pk != b.pk:
        yield NotSame(f"The model versions differ: {a.label} in A, {b.label} in {other}.")
