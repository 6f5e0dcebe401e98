"""Reads the answer out of an output and the expected value out of a target, for scorers of quality."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import re2

from evaluations.canonical import CanonicalError, canonical_json, parse_json
from evaluations.scorers.types import CaseView, NotScorable, Output, Scored

MAX_TEXT = 1_000_000
# A fence that is never closed counts as closed at the end: models forget it.
_FENCE = re2.compile(r"(?s)```[ \t]*(?:json|JSON)?\s(.*?)(?:```|\z)")

Score = Callable[[Output, Any, CaseView, Mapping[str, Any]], Scored]
# Target, case and config in; numerator and denominator out.
Worst = Callable[[Any, CaseView, Mapping[str, Any]], tuple[float, float]]


class Unreadable(Exception):
    """The answer cannot be read as what was asked for; the text says why."""


class ModelFailed(Exception):
    """The model gave an error instead of an answer; the text is its class."""


def graded(score: Score) -> Score:
    """Makes a scorer of quality give 0 for an unreadable answer and for a model error.

    Read the target before the answer, so that a case with a broken target is missing for every model alike.
    """
    return graded_by(lambda target, case, config: (0.0, 1.0))(score)


def graded_by(worst: Worst) -> Callable[[Score], Score]:
    """As `graded`, where the worst score is another than 0: `worst` gives its numerator and denominator."""

    def decorate(score: Score) -> Score:
        @wraps(score)
        def grade(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
            try:
                return score(output, target, case, config)
            except Unreadable as problem:
                return Scored(*worst(target, case, config), rationale=str(problem), parsed=False)
            except ModelFailed as failure:
                words = f"The model failed: {failure}."
                return Scored(*worst(target, case, config), label=str(failure), rationale=words)

        return grade

    return decorate


def answer_text(output: Output, config: Mapping[str, Any]) -> str:
    """The answer as text: the whole output, or config's field of its JSON. Raises Unreadable, ModelFailed."""
    return as_text(answer_value(output, config))


def answer_value(output: Output, config: Mapping[str, Any]) -> Any:
    """The answer: the text, or the value at config's field of its JSON. Raises Unreadable, ModelFailed."""
    text = whole_text(output)
    path = config.get("field", "")
    if not path:
        return text
    try:
        return find_field(read_json(text), path)
    except LookupError:
        raise Unreadable(f"The answer's JSON has no field “{path}”.") from None


def whole_text(output: Output) -> str:
    """The output's text. Raises ModelFailed for a model error, Unreadable past MAX_TEXT characters."""
    if output.error_class:
        raise ModelFailed(output.error_class)
    if len(output.text) > MAX_TEXT:
        raise Unreadable(f"The answer is longer than {MAX_TEXT:,} characters.")
    # Broken text must not make a pattern fail: half surrogates become question marks.
    return output.text if output.text.isascii() else output.text.encode("utf-8", "replace").decode()


def read_json(text: str) -> Any:
    """The JSON of an answer: the whole text, or its first fenced block. Raises Unreadable."""
    fenced = _FENCE.search(text)
    for candidate in (text, fenced.group(1) if fenced else ""):
        if not candidate.strip():
            continue
        try:
            return parse_json(candidate)
        except ValueError:
            continue
    raise Unreadable("The answer is not JSON.")


def find_field(value: Any, path: str) -> Any:
    """The value at a dotted path; a part is a key or a list position from 0. Raises LookupError."""
    for part in path.split("."):
        if isinstance(value, dict):
            value = value[part]
        elif isinstance(value, list) and part.isdecimal():
            value = value[int(part)]
        else:
            raise LookupError(part)
    return value


def as_text(value: Any) -> str:
    """A value as people would write it: text as it is, anything else as canonical JSON. Raises Unreadable."""
    if isinstance(value, str):
        return value
    try:
        return canonical_json(value)
    except CanonicalError as problem:
        raise Unreadable(str(problem)) from None


def wanted_value(target: Any, case: CaseView, config: Mapping[str, Any]) -> Any:
    """The expected value: the target, or its field when it is an object. Raises NotScorable."""
    path = config.get("target_field") or config.get("field", "")
    if isinstance(target, dict) and path:
        try:
            target = find_field(target, path)
        except LookupError:
            raise NotScorable(f"The target of case “{case.key}” has no field “{path}”.") from None
    if target is None or target == "" or target == []:
        raise NotScorable(f"Case “{case.key}” has no target; give it one.")
    return target


def wanted_texts(target: Any, case: CaseView, config: Mapping[str, Any]) -> list[str]:
    """The texts that are right: the target, or each entry of a list. Raises NotScorable."""
    wanted = wanted_value(target, case, config)
    entries = wanted if isinstance(wanted, list) else [wanted]
    try:
        return [as_text(entry) for entry in entries]
    except Unreadable as problem:
        raise NotScorable(f"The target of case “{case.key}” cannot be read: {problem}") from None
