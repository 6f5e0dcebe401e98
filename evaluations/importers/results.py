"""One NDJSON line of pushed results: a result or the reason why it is refused. Made to read 30,000 lines a second.

The line: {"case": key, "repeat": 1, "output": text, "scores": {slug: number | {num, den, label, rationale}},
"error": null | {"class": "model" | "infrastructure", "message": text}, "latency_ms": number, "usage": {name: count}}
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn

from evaluations.scorers.types import Scored

MAX_LINE = 4 << 20
MAX_REPEAT = 10_000
MAX_SCORES = 100
MAX_NAME = 200
MAX_COUNT = 1 << 53
FIELDS = frozenset(("case", "repeat", "output", "scores", "error", "latency_ms", "usage"))
SCORE_FIELDS = frozenset(("num", "den", "label", "rationale"))
ERROR_CLASSES = ("model", "infrastructure")


@dataclass(slots=True, frozen=True)
class PushedError:
    """What went wrong: kind is model (a result, scores 0) or infrastructure (the item is missing)."""

    kind: str
    message: str = ""


@dataclass(slots=True, frozen=True)
class PushedResult:
    """One case and repeat, as pushed. output is None when only scores were pushed."""

    case: str
    repeat: int = 1
    output: str | None = None
    scores: dict[str, Scored] = field(default_factory=dict)
    error: PushedError | None = None
    latency_ms: float | None = None
    usage: dict[str, int] = field(default_factory=dict)


class _Refused(ValueError):
    """The line cannot be taken; the text is the reason."""


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON; leave the value out.")


_decode: Callable[[str], Any] = json.JSONDecoder(parse_constant=_no_constant).decode


def parse_result(line: bytes) -> PushedResult | str:
    """The result of one line, or the sentence that says why it is refused. Never raises for input."""
    try:
        return _result(_record(line))
    except _Refused as refusal:
        return str(refusal)


def parse_results(lines: Iterable[bytes]) -> Iterator[tuple[int, PushedResult | str]]:
    """Line number and result or reason of each line that is not empty; numbers count from 1."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, parse_result(line)


def _record(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise _Refused(f"The line is longer than {MAX_LINE:,} bytes.")
    try:
        record = _decode(line.decode())
    except UnicodeDecodeError:
        raise _Refused("The line is not UTF-8.") from None
    except RecursionError:
        raise _Refused("The line is nested too deep.") from None
    except _Refused:
        raise
    except ValueError as error:
        raise _Refused(f"The line is not JSON: {str(error)[:120]}.") from None
    if type(record) is not dict:
        raise _Refused("The line is not a JSON object.")
    # Only an escape can bring in what UTF-8 cannot hold, and most lines have none.
    if b"\\u" in line:
        _check_text(record)
    return record


def _check_text(value: Any, levels: int = 6) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise _Refused("The line holds a NUL character.")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise _Refused("The line holds half of a surrogate pair, which is not valid Unicode.")
    elif isinstance(value, dict | list):
        if levels == 0:
            raise _Refused("The line is nested too deep.")
        for entry in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_text(entry, levels - 1)


def _result(record: dict[str, Any]) -> PushedResult:
    if not FIELDS.issuperset(record):
        unknown = ", ".join(sorted(record.keys() - FIELDS))
        raise _Refused(f"Unknown field: {unknown[:200]}.")
    output = record.get("output")
    if output is not None and type(output) is not str:
        raise _Refused("“output” must be a text.")
    scores = record.get("scores")
    error = record.get("error")
    latency = record.get("latency_ms")
    usage = record.get("usage")
    result = PushedResult(
        _case(record.get("case")),
        _repeat(record.get("repeat", 1)),
        output,
        _scores(scores) if scores else {},
        None if error is None else _error(error),
        None if latency is None else _amount(latency, "latency_ms"),
        _usage(usage) if usage else {},
    )
    if output is None and not result.scores and result.error is None:
        raise _Refused("“output” or “scores” must be there.")
    return result


def _case(key: Any) -> str:
    if type(key) is not str or not key:
        raise _Refused("“case” must be the key of a case.")
    if len(key) > MAX_NAME:
        raise _Refused(f"“case” is longer than {MAX_NAME} characters.")
    return key


def _repeat(repeat: Any) -> int:
    if type(repeat) is not int or not 1 <= repeat <= MAX_REPEAT:
        raise _Refused(f"“repeat” must be a whole number from 1 to {MAX_REPEAT:,}.")
    return repeat


def _scores(scores: Any) -> dict[str, Scored]:
    if type(scores) is not dict:
        raise _Refused("“scores” must be an object of scorer slugs and scores.")
    if len(scores) > MAX_SCORES:
        raise _Refused(f"“scores” has more than {MAX_SCORES} entries.")
    return {slug: _score(slug, value) for slug, value in scores.items()}


def _score(slug: str, value: Any) -> Scored:
    if type(value) is not dict:
        return Scored(_number(value, f"scores.{slug}"))
    if not SCORE_FIELDS.issuperset(value):
        raise _Refused(f"“scores.{slug[:60]}” may have num, den, label and rationale only.")
    denominator = _number(value.get("den", 1), f"scores.{slug}.den")
    if denominator <= 0:
        raise _Refused(f"“scores.{slug[:60]}.den” must be more than 0.")
    return Scored(
        _number(value.get("num"), f"scores.{slug}.num"),
        denominator,
        _short_text(value.get("label"), f"scores.{slug}.label", MAX_NAME),
        _short_text(value.get("rationale"), f"scores.{slug}.rationale", 10_000),
    )


def _error(error: Any) -> PushedError:
    if type(error) is not dict or error.get("class") not in ERROR_CLASSES:
        raise _Refused("“error” must be null or have a “class” of model or infrastructure.")
    if error.keys() - {"class", "message"}:
        raise _Refused("“error” may have class and message only.")
    return PushedError(error["class"], _short_text(error.get("message"), "error.message", 10_000))


def _usage(usage: Any) -> dict[str, int]:
    if type(usage) is not dict or len(usage) > 20:
        raise _Refused("“usage” must be an object of at most 20 counts.")
    for name, count in usage.items():
        if type(count) is not int or not 0 <= count <= MAX_COUNT:
            raise _Refused(f"“usage.{name[:60]}” must be a whole number, 0 or more.")
    return usage


def _amount(value: Any, name: str) -> float:
    number = _number(value, name)
    if number < 0:
        raise _Refused(f"“{name}” must be 0 or more.")
    return number


def _number(value: Any, name: str) -> float:
    kind = type(value)
    if kind is not float and kind is not int:
        raise _Refused(f"“{name[:80]}” must be a number.")
    try:
        number = float(value)
    except OverflowError:
        raise _Refused(f"“{name[:80]}” is too large.") from None
    if not isfinite(number):
        raise _Refused(f"“{name[:80]}” is too large.")
    return number


def _short_text(value: Any, name: str, limit: int) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        raise _Refused(f"“{name[:80]}” must be a text.")
    if len(value) > limit:
        raise _Refused(f"“{name[:80]}” is longer than {limit:,} characters.")
    return value
