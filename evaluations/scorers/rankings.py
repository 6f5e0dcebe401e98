"""What the scorers of ranked lists share: what was listed, best first, and how relevant each of the listed is."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.scorers.configs import FIELD, TARGET_FIELD
from evaluations.scorers.reading import Unreadable, answer_value, as_text, read_json, wanted_value
from evaluations.scorers.types import CaseView, NotScorable, Output

AT = {
    "type": "integer",
    "minimum": 1,
    "maximum": 1000,
    "default": 10,
    "title": "k",
    "description": "How many of the first entries count.",
}
SETTINGS = {"k": AT, "field": FIELD, "target_field": TARGET_FIELD}


def listed(output: Output, config: Mapping[str, Any]) -> list[str]:
    """The entries of the answer, best first: a JSON list, or one a line. Raises Unreadable, ModelFailed.

    An entry named twice counts where it stands first, so that naming the best one again earns nothing.
    """
    answer = answer_value(output, config)
    if isinstance(answer, str):
        answer = _parsed(answer)
    if not isinstance(answer, list):
        raise Unreadable("The answer is no list of entries.")
    return list(dict.fromkeys(as_text(entry).strip() for entry in answer))


def grades(target: Any, case: CaseView, config: Mapping[str, Any]) -> dict[str, float]:
    """How relevant each entry is: an object of grades from 0 up, or a list of relevant ones (grade 1). Raises NotScorable.

    At least one entry must be relevant.
    """
    wanted = _graded_object(target, case, config)
    relevant = {name.strip(): float(grade) for name, grade in wanted.items() if grade > 0}
    if not relevant:
        raise NotScorable(f"The target of case “{case.key}” names nothing relevant.")
    return relevant


def _graded_object(target: Any, case: CaseView, config: Mapping[str, Any]) -> Mapping[str, float]:
    path = config.get("target_field", "")
    wanted = wanted_value(target, case, {"target_field": path})
    if isinstance(wanted, dict):
        if not all(_is_grade(grade) for grade in wanted.values()):
            raise NotScorable(f"The grades in the target of case “{case.key}” must be numbers from 0 up.")
        return wanted
    entries: Sequence[Any] = wanted if isinstance(wanted, list) else [wanted]
    try:
        return {as_text(entry): 1.0 for entry in entries}
    except Unreadable as problem:
        raise NotScorable(f"The target of case “{case.key}” cannot be read: {problem}") from None


def _is_grade(grade: Any) -> bool:
    number = isinstance(grade, int | float) and not isinstance(grade, bool)
    return number and math.isfinite(grade) and 0 <= grade <= 1000


def _parsed(text: str) -> Any:
    try:
        return read_json(text)
    except Unreadable:
        return [line for line in text.splitlines() if line.strip()]
