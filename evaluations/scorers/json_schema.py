"""Right when the answer is JSON that follows a schema; a fenced ```json block counts."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import config_problems, object_schema
from evaluations.scorers.reading import Unreadable, graded, read_json, whole_text
from evaluations.scorers.safe_schema import SchemaTooHard, schema_problems, value_problems
from evaluations.scorers.types import CaseView, Measure, Output, Scored

slug = "json_schema"
title = "JSON schema"
description = "The answer is JSON that follows a schema, by itself or in a fenced block."
measure = Measure()
config_schema = object_schema({"schema": {"type": "object", "title": "Schema"}}, required=["schema"])
example_config = {
    "schema": {
        "type": "object",
        "properties": {
            "sentiment": {"type": "integer", "minimum": 1, "maximum": 5},
            "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3},
        },
        "required": ["sentiment", "keywords"],
    }
}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema) or schema_problems(config["schema"])


@graded
def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """1 when the answer follows the schema, else 0; what is no JSON, or cannot be checked, is unparsed."""
    value = read_json(whole_text(output))
    try:
        problems = value_problems(value, config["schema"])
    except SchemaTooHard as problem:
        raise Unreadable(str(problem)) from None
    return Scored(float(not problems), rationale="; ".join(problems))
