"""A model's opinion of which share of an answer's claims is supported by the passages the case gives."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.opinions import JUDGE, RULES, Asked, Choice, asked, verdict, verdict_schema
from evaluations.scorers.reading import Unreadable, graded, whole_text
from evaluations.scorers.types import CaseView, Kind, Measure, NotScorable, Output, Scored

slug = "supported_claims"
title = "Supported claims"
description = "The share of the answer's claims that the given passages support, in another model's opinion."
measure = Measure(kind=Kind.BOUNDED, pass_mark=1.0)
MOST_CLAIMS = 200
config_schema = object_schema(
    {
        "judge": JUDGE,
        "passages": {
            "type": "string",
            "maxLength": 100,
            "default": "passages",
            "title": "Passages",
            "description": "Where the passages are: a name in the case's input or metadata.",
        },
        "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1.0},
    },
    required=("judge",),
)
example_config = {"judge": "judge-model@2026-10", "passages": "passages"}
SCHEMA = verdict_schema(
    {
        "claims": {
            "type": "array",
            "maxItems": MOST_CLAIMS,
            "items": {
                "type": "object",
                "properties": {"claim": {"type": "string"}, "supported": {"type": "boolean"}},
                "required": ["claim", "supported"],
                "additionalProperties": False,
            },
        }
    }
)


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def instruction(config: Mapping[str, Any]) -> str:
    return (
        f"{RULES}\n\nList every factual claim of the part named ANSWER. A claim is supported when the part named PASSAGES "
        "says it or it follows from them; what you know otherwise does not count. An answer that claims nothing has no claims."
    )


def schema(config: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of a verdict."""
    return SCHEMA


def ask(instruction: str, case: CaseView, output: Output, config: Mapping[str, Any]) -> Asked:
    parts = {"QUESTION": case.input, "PASSAGES": _passages(case, config), "ANSWER": whole_text(output)}
    return asked(instruction, parts, SCHEMA)


def read(text: str, config: Mapping[str, Any]) -> Scored:
    """Supported claims over claims. An answer without any claim raises Unreadable: there is no share of nothing."""
    found = verdict(text, SCHEMA)
    claims = found["claims"]
    if not claims:
        raise Unreadable("The judge found no claim in the answer, so there is no share to give.")
    supported = sum(bool(one["supported"]) for one in claims)
    lacking = [one["claim"] for one in claims if not one["supported"]]
    words = [found["rationale"], *(f"Not supported: {claim}" for claim in lacking)]
    return Scored(
        supported / len(claims), label=f"{supported} of {len(claims)} claims", rationale="\n".join(words)
    )


def choices(config: Mapping[str, Any]) -> list[Choice]:
    """Which share of the claims is supported, in fifths a person can tell."""
    steps = ("none", "a few", "half", "most", "all")
    return [Choice(str(place + 1), words, place / 4) for place, words in enumerate(steps)]


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """0 for a model error; else raises NotScorable: the judge is asked by a run of its own."""
    whole_text(output)
    _passages(case, config)
    raise NotScorable(
        "A judge reads this answer; its opinion, or why there is none, comes of the judge's own run."
    )


def _passages(case: CaseView, config: Mapping[str, Any]) -> Any:
    name = config.get("passages", "passages")
    places = (case.input if isinstance(case.input, Mapping) else {}, case.metadata)
    found = next((place[name] for place in places if place.get(name)), None)
    if found is None:
        raise NotScorable(f"Case “{case.key}” has no “{name}”; give them in its input or metadata.")
    return found
