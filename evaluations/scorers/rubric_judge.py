"""A model's opinion by a rubric: a score on a scale, or pass and fail, with its reason."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers import scales
from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.opinions import (
    JUDGE,
    RUBRIC,
    RULES,
    Asked,
    Choice,
    asked,
    verdict,
    verdict_schema,
)
from evaluations.scorers.reading import graded, whole_text
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "rubric_judge"
title = "Rubric judge"
description = (
    "Another model's opinion of the answer by your rubric, unchecked until people have labelled some of them."
)
measure = Measure(kind=Kind.BOUNDED, pass_mark=0.75)
config_schema = object_schema(
    {
        "judge": JUDGE,
        "rubric": RUBRIC,
        "kind": {
            "enum": ["bounded", "binary"],
            "default": "bounded",
            "title": "Verdict",
            "description": "bounded: a score on the scale, shown as a share of it. binary: pass or fail.",
        },
        **scales.scale_fields(most=10),
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 0.75},
    },
    required=("judge", "rubric"),
)
example_config = {"judge": "judge-model@2026-10", "rubric": "The answer is polite, complete and true."}


def scale(config: Mapping[str, Any]) -> tuple[int, int]:
    """Lowest and highest score; 0 and 1 for pass and fail."""
    if config.get("kind", "bounded") == "binary":
        return 0, 1
    return scales.scale(config)


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema) or scales.scale_problems(*scale(config))


def instruction(config: Mapping[str, Any]) -> str:
    low, high = scale(config)
    says = (
        "Say whether the answer passes."
        if _binary(config)
        else f"Give a whole number from {low} (worst) to {high} (best)."
    )
    return f"{RULES}\n\nJudge the part named ANSWER by this rubric. {says}\n\nRubric:\n{config['rubric']}"


def schema(config: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of a verdict."""
    if _binary(config):
        return verdict_schema({"passes": {"type": "boolean"}})
    low, high = scale(config)
    return verdict_schema({"score": {"type": "integer", "minimum": low, "maximum": high}})


def ask(instruction: str, case: CaseView, output: Output, config: Mapping[str, Any]) -> Asked:
    parts = {"QUESTION": case.input, "REFERENCE": case.target, "ANSWER": whole_text(output)}
    return asked(instruction, parts, schema(config))


def read(text: str, config: Mapping[str, Any]) -> Scored:
    found = verdict(text, schema(config))
    if _binary(config):
        passed = bool(found["passes"])
        return Scored(float(passed), label="pass" if passed else "fail", rationale=found["rationale"])
    low, high = scale(config)
    return Scored(
        (found["score"] - low) / (high - low),
        label=f"{found['score']} of {low} to {high}",
        rationale=found["rationale"],
    )


def choices(config: Mapping[str, Any]) -> list[Choice]:
    """Pass and fail, or every whole number of the scale."""
    if _binary(config):
        return [Choice("p", "pass", 1.0), Choice("f", "fail", 0.0)]
    low, high = scale(config)
    return [
        Choice(str(step) if step < 10 else "", str(step), (step - low) / (high - low))
        for step in range(low, high + 1)
    ]


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """0 for a model error; else raises NotScorable: the judge is asked by a run of its own."""
    whole_text(output)
    raise NotScorable(
        "A judge reads this answer; its opinion, or why there is none, comes of the judge's own run."
    )


def _binary(config: Mapping[str, Any]) -> bool:
    return bool(config.get("kind", "bounded") == "binary")
