"""What the scorers of translation share: one answer against the texts that are right, and the signature of the count."""

from collections.abc import Mapping
from typing import Any, Protocol

from evaluations.scorers.configs import FIELD, PASS_MARK, TARGET_FIELD
from evaluations.scorers.reading import Unreadable, answer_text, wanted_texts
from evaluations.scorers.types import CaseView, NotScorable, Output, Scored

MAX_COUNTED = 200_000
SETTINGS = {
    "lowercase": {"type": "boolean", "default": False, "title": "Ignore capital letters"},
    "field": FIELD,
    "target_field": TARGET_FIELD,
    "pass_mark": PASS_MARK | {"minimum": 0, "maximum": 1, "default": 1},
}


class Metric(Protocol):
    """What is used of a metric of sacrebleu."""

    def sentence_score(self, hypothesis: str, references: list[str]) -> Any: ...
    def get_signature(self) -> Any: ...


def sentence_score(
    metric: Metric, output: Output, target: Any, case: CaseView, config: Mapping[str, Any]
) -> Scored:
    """The sentence's score in [0, 1] against all right texts at once; the rationale is sacrebleu's signature.

    metric: one of sacrebleu, made for this one score, because its signature depends on what it scored last.
    """
    wanted = wanted_texts(target, case, config)
    if any(len(text) > MAX_COUNTED for text in wanted):
        raise NotScorable(f"The target of case “{case.key}” is longer than {MAX_COUNTED:,} characters.")
    answer = answer_text(output, config)
    if len(answer) > MAX_COUNTED:
        raise Unreadable(f"The answer is longer than {MAX_COUNTED:,} characters.")
    found = metric.sentence_score(answer, wanted)
    # sacrebleu's percentages overshoot 100 by rounding.
    return Scored(min(1.0, found.score / 100), rationale=str(metric.get_signature()))
