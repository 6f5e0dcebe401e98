"""Checks values against people's own JSON schemas, without their power to hang, fetch or recurse for ever.

Patterns run on RE2, references stay inside the schema, and every check spends steps from one purse.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from evaluations.canonical import CanonicalError, canonical_json
from evaluations.scorers.patterns import PatternRefused, compile_pattern

MAX_SCHEMA = 50_000
MAX_STEPS = 50_000
REFUSED = ("patternProperties", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$id", "$anchor")
_PARTS = ("$defs", "definitions")
# A name with / ~ or % would be read as a path through the schema.
_PLAIN_NAME = re.compile(r"[\w.-]+")
# Keywords whose value maps free names to schemas, and keywords whose value is data.
_NAMED = ("properties", "$defs", "definitions", "dependentSchemas")
_DATA = ("const", "enum", "default", "examples", "required", "type", "dependentRequired")

_ONE_OF_EACH: tuple[Any, ...] = ({}, [], "", 0, True, None)
_purse: ContextVar[list[int]] = ContextVar("steps left")

Rule = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class SchemaTooHard(Exception):
    """A check used up its steps or nested too deep."""


def schema_problems(schema: Any) -> list[str]:
    """Sentences about why a schema cannot be used; empty when it can."""
    if not isinstance(schema, dict):
        return ["The schema must be a JSON object."]
    try:
        if len(canonical_json(schema)) > MAX_SCHEMA:
            return [f"The schema is longer than {MAX_SCHEMA:,} characters."]
    except CanonicalError as problem:
        return [f"The schema cannot be used: {problem}"]
    parts = {
        f"#/{group}/{name}"
        for group in _PARTS
        for name in _map(schema.get(group))
        if _PLAIN_NAME.fullmatch(name)
    }
    problems = sorted(set(_refusals(schema, parts | {"#"})))
    return problems or _trial(schema)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def value_problems(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Where a value breaks a schema that has no problems, at most 5 sentences. Raises SchemaTooHard."""
    checker = _Checker(schema, registry=Registry())
    _purse.set([MAX_STEPS])
    try:
        errors = list(islice(checker.iter_errors(value), 5))
    except ArithmeticError:
        raise SchemaTooHard("The answer holds a number that the schema cannot be checked with.") from None
    except RecursionError:
        raise SchemaTooHard(
            "The schema or the value nests too deep, or the schema refers to itself without end."
        ) from None
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def _refusals(schema: Any, parts: Set[str]) -> Iterator[str]:
    if isinstance(schema, list):
        for entry in schema:
            yield from _refusals(entry, parts)
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        yield from _keyword_refusals(keyword, value, parts)
        if keyword in _NAMED and isinstance(value, dict):
            yield from _refusals(list(value.values()), parts)
        elif keyword not in _DATA:
            yield from _refusals(value, parts)


def _keyword_refusals(keyword: str, value: Any, parts: Set[str]) -> Iterator[str]:
    if keyword in REFUSED:
        yield f"The schema uses “{keyword}”, which is not supported."
    # Only parts that were looked through too: a reference into a constant would lead past these checks.
    if keyword == "$ref" and str(value) not in parts:
        yield f"The schema refers to “{str(value)[:100]}”; it may refer only to # and to its own #/$defs/… parts."
    if keyword == "pattern" and isinstance(value, str):
        try:
            compile_pattern(value)
        except PatternRefused as refusal:
            yield str(refusal)


def _trial(schema: dict[str, Any]) -> list[str]:
    """Tries the schema on a value of each type, which shows references without end."""
    try:
        Draft202012Validator.check_schema(schema)
        for value in _ONE_OF_EACH:
            value_problems(value, schema)
    except SchemaError as error:
        return [f"The schema is not a JSON schema: {error.json_path}: {error.message[:200]}."]
    except SchemaTooHard as error:
        return [str(error)]
    return []


def _counted(rule: Rule) -> Rule:
    def check(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        purse = _purse.get()
        purse[0] -= 1
        if purse[0] < 0:
            raise SchemaTooHard("Checking the schema takes too many steps.")
        yield from rule(validator, limit, value, schema) or ()

    return check


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not compile_pattern(pattern).search(value):
        yield ValidationError(f"{value[:60]!r} does not match {pattern!r}")


def _unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list) and len({canonical_json(entry) for entry in value}) < len(value):
        yield ValidationError("an entry is there twice")


_RULES: dict[str, Rule] = {**Draft202012Validator.VALIDATORS, "pattern": _pattern, "uniqueItems": _unique}
_Checker: Any = extend(Draft202012Validator, {name: _counted(rule) for name, rule in _RULES.items()})
