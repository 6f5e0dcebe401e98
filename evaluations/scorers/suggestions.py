"""What the scorers of suggestions share: whether something was suggested, and whether it should have been."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD
from evaluations.scorers.reading import answer_text, wanted_texts
from evaluations.scorers.types import CaseView, Output

SETTINGS = {
    "silence": {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": 200},
        "minItems": 1,
        "maxItems": 20,
        "title": "Words for silence",
        "description": "An answer or a target that is one of these suggests nothing; so does an empty answer. By default none.",
    },
    "field": FIELD,
    "target_field": TARGET_FIELD,
}
SILENCE = ("none",)


def suggested(output: Output, config: Mapping[str, Any]) -> str:
    """What the answer suggests, empty for silence. Raises Unreadable, ModelFailed."""
    return _said(answer_text(output, config), config)


def wanted(target: Any, case: CaseView, config: Mapping[str, Any]) -> set[str]:
    """What may be suggested here; the empty text among them means that silence is right. Raises NotScorable."""
    return {_said(text, config) for text in wanted_texts(target, case, config)}


def _said(text: str, config: Mapping[str, Any]) -> str:
    word = " ".join(text.casefold().split())
    return "" if word in {silent.casefold() for silent in config.get("silence", SILENCE)} else word
