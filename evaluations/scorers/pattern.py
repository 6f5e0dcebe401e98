"""Right when a regular expression is found in the answer, or when what it captures is the target."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import CASE_SENSITIVE, FIELD, TARGET_FIELD, config_problems, object_schema
from evaluations.scorers.patterns import MAX_PATTERN, PatternRefused, compile_pattern
from evaluations.scorers.reading import Unreadable, answer_text, graded, wanted_texts
from evaluations.scorers.types import CaseView, Measure, Output, Scored

slug = "pattern"
title = "Pattern"
description = "A regular expression is found in the answer, is not found, or captures the target."
measure = Measure()
config_schema = object_schema(
    {
        "pattern": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_PATTERN,
            "title": "Pattern",
            "description": "RE2 syntax: no look-around, no back-references.",
        },
        "expect": {
            "enum": ["found", "absent", "target"],
            "default": "found",
            "title": "Right when it is",
            "description": "“target”: the first group, else the whole, of the last match is the target.",
        },
        "whole": {"type": "boolean", "default": False, "title": "Must match the whole answer"},
        "case_sensitive": CASE_SENSITIVE,
        "field": FIELD,
        "target_field": TARGET_FIELD,
    },
    required=["pattern"],
)
# Looking for every match can take the square of the length; the last one is near the end.
MAX_LAST = 2_000
example_config = {"pattern": r"(?i)answer:\s*(\w+)", "expect": "target"}


def validate(config: Mapping[str, Any]) -> list[str]:
    problems = config_problems(config, config_schema)
    if problems:
        return problems
    try:
        compile_pattern(config["pattern"])
    except PatternRefused as refusal:
        return [str(refusal)]
    return []


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the answer does what `expect` says, else 0; with “target”, no match at all is unparsed."""
    expect = config.get("expect", "found")
    wanted = wanted_texts(target, case, config) if expect == "target" else []
    found = _find(answer_text(output, config), config)
    if expect != "target":
        return Scored(float((found is not None) == (expect == "found")), label=(found or "")[:200])
    if found is None:
        raise Unreadable("The pattern is not in the answer.")
    right = found.strip() in [text.strip() for text in wanted]
    return Scored(float(right), label=found.strip()[:200])


def _find(text: str, config: Mapping[str, Any]) -> str | None:
    pattern = compile_pattern(config["pattern"], config.get("case_sensitive", True))
    if config.get("whole", False):
        match = pattern.fullmatch(text.strip())
    elif config.get("expect") == "target":
        last = deque(pattern.finditer(text[-MAX_LAST:]), maxlen=1)
        match = last[0] if last else None
    else:
        match = pattern.search(text)
    if match is None:
        return None
    captured: str | None = match.group(1) if pattern.groups else match.group(0)
    return captured or ""
