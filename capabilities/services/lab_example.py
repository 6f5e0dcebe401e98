"""The lab's worked example: a vague and an exact prompt for the same app reviews."""

import json
from pathlib import Path
from typing import Any

import evaluations.demo
from config.people.models import User
from evaluations.models import LabSheet, ModelVersion
from evaluations.services.lab import create_sheet

REVIEWS = Path(evaluations.demo.__file__).parent / "data" / "reviews_dev.jsonl"
ROWS = 12
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentiment": {"type": "integer", "minimum": 1, "maximum": 5},
        "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3},
    },
    "required": ["sentiment", "keywords"],
}
VAGUE = "Analyze user reviews.\n\n{{input}}"
STRUCTURED = (
    "Classify the app review by sentiment, a whole number from 1 (angry) to 5 (delighted), and name its three main keywords, "
    'each a word of the review. Answer with JSON only, like {"sentiment": 2, "keywords": ["login", "update", "crash"]}.\n\n'
    "Review: {{input}}"
)
CHECKS: list[dict[str, Any]] = [
    {
        "kind": "within",
        "config": {"field": "sentiment", "target_field": "sentiment", "lowest": 1, "highest": 5, "k": 0},
    }
]


def create_example(
    *, actor: User, versions: list[ModelVersion], product: str = "", max_tokens: int = 512
) -> LabSheet:
    """A sheet with both prompts, twelve reviews and what is right about them. versions: the models to ask."""
    lines = REVIEWS.read_text(encoding="utf-8").splitlines()[:ROWS]
    return create_sheet(
        actor=actor,
        name="Analyze user reviews: vague or exact?",
        product=product,
        prompts=[
            {"system": "", "message": VAGUE, "schema": ""},
            {"system": "", "message": STRUCTURED, "schema": json.dumps(SCHEMA, indent=2)},
        ],
        rows="\n".join(lines),
        may_leave=True,
        checks=CHECKS,
        versions=versions,
        max_tokens=max_tokens,
    )
