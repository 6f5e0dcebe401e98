"""Says in sentences what is wrong with the settings of a scorer."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from json import dumps, loads
from typing import Any

from jsonschema import Draft202012Validator

NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
RULES = {
    "type": "must be {}",
    "enum": "must be one of {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "minLength": "must not be empty",
    "maxLength": "must be at most {} characters long",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "uniqueItems": "must not name anything twice",
}
FIELD = {
    "type": "string",
    "maxLength": 200,
    "title": "Field",
    "description": "Where the answer is in a JSON output, e.g. summary.sentiment; empty for the whole text.",
}
TARGET_FIELD = {
    "type": "string",
    "maxLength": 200,
    "title": "Field of the target",
    "description": "Where the expected value is, when the target is an object; by default the same field.",
}
CASE_SENSITIVE = {"type": "boolean", "default": True, "title": "Capital letters matter"}
PASS_MARK = {
    "type": "number",
    "title": "Pass mark",
    "description": "From which score a case counts as passed in lists of passed and failed cases.",
}


def object_schema(properties: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """The JSON schema of a config with these settings and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def config_problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """A sentence for each way in which config breaks schema, in a stable order."""
    errors = _validator(dumps(schema, sort_keys=True)).iter_errors(config)
    return sorted({_sentence(error) for error in errors})


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    return Draft202012Validator(loads(schema))


def _sentence(error: Any) -> str:
    if error.validator == "required":
        missing = next(wanted for wanted in error.validator_value if wanted not in error.instance)
        return f"“{missing}” is needed."
    if error.validator == "additionalProperties":
        return _unknown(error)
    name = ".".join(str(part) for part in error.absolute_path)
    rule = RULES.get(error.validator, "is not a value this setting can have")
    return (f"“{name}” " if name else "The settings ") + rule.format(_shown(error)) + "."


def _shown(error: Any) -> str:
    if error.validator == "type":
        types = error.validator_value
        return " or ".join(NAMES[name] for name in ([types] if isinstance(types, str) else types))
    if error.validator == "enum":
        return ", ".join(str(choice) for choice in error.validator_value)
    return str(error.validator_value)


def _unknown(error: Any) -> str:
    known = error.schema.get("properties", {})
    unknown = ", ".join(f"“{name}”" for name in error.instance if name not in known)
    return f"Unknown setting {unknown}; there is {', '.join(known) or 'nothing to set'}."
