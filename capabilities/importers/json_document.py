"""Requirements from the JSON of our own export: everything typed, everything checked, nothing guessed."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from capabilities.importers.cells import NEEDED, checked_tags, checked_text
from capabilities.importers.criteria import AGAINST, KEY, STATISTICS, USUAL, checked_criterion
from capabilities.importers.rows import KEY as REQUIREMENT_KEY
from capabilities.importers.types import Limits, Mistake, RequirementFile, Surroundings, Written, Wrong
from capabilities.importers.vocabulary import LABELS, LIFECYCLES, MOST_CRITERIA, MOST_EXAMPLES, TEXTS, WORDS
from evaluations.canonical import JsonRefused, parse_json

DEPTH = 12
SCHEMA = 1
TOLD = frozenset({"key", "commitment", "commitment_reason"})
AROUND: dict[str, dict[str, Any]] = {
    "capabilities": {
        "slug": str,
        "name": str,
        "parent": (str, type(None)),
        "description": str,
        "kinds": list,
        "position": int,
    },
    "objectives": {"title": str, "narrative": str, "horizon": str, "position": int},
    "rival_sets": {"number": int, "models": list, "note": str},
}
EMPTY_MAY_BE = frozenset({"capability", "objective", "owner"})


def read_json(text: str, limits: Limits) -> RequirementFile:
    """Rows and mistakes of the export's text. Never raises for input."""
    try:
        return read_document(parse_json(text, DEPTH), limits)
    except JsonRefused as refused:
        return _only(f"The JSON cannot be used: {refused}")
    except ValueError as error:
        return _only(f"This is not JSON: {error}")


def _only(reason: str) -> RequirementFile:
    return RequirementFile(mistakes=(Mistake(0, reason),), stopped=True, exact=True)


def read_document(document: Any, limits: Limits) -> RequirementFile:
    """Rows and mistakes of a parsed document; a mistake's line is the place in the list. Never raises for input."""
    try:
        around = _around(document, limits)
        found = document["requirements"]
    except Wrong as wrong:
        return _only(str(wrong))
    rows, mistakes, places = [], [], dict[str, int]()
    for place, one in enumerate(found, start=1):
        try:
            rows.append(_written(place, one))
        except Wrong as wrong:
            mistakes.append(Mistake(place, str(wrong), place))
            continue
        key = rows[-1].key
        if key and (first := places.setdefault(key, place)) != place:
            mistakes.append(Mistake(place, f"The key {key} is there already, at place {first}.", place))
    return RequirementFile(tuple(rows), tuple(mistakes[: limits.mistakes]), exact=True, around=around)


def _around(document: Any, limits: Limits) -> Surroundings:
    if not isinstance(document, dict) or not isinstance(document.get("requirements"), list):
        raise Wrong("This is no export of requirements: it has no list “requirements”.")
    if document.get("schema") != SCHEMA:
        raise Wrong(f"The schema is {str(document.get('schema'))[:20]}; this version reads schema {SCHEMA}.")
    if len(document["requirements"]) > limits.rows:
        raise Wrong(f"There are more than {limits.rows:,} requirements; split the file.")
    return Surroundings(**{name: _list_of(document, name, limits) for name in AROUND})


def _list_of(document: Mapping[str, Any], name: str, limits: Limits) -> list[Mapping[str, Any]]:
    rows = document.get(name, [])
    if not isinstance(rows, list) or len(rows) > limits.rows:
        raise Wrong(f"“{name}” is a list of up to {limits.rows:,} objects.")
    for place, row in enumerate(rows, start=1):
        _check_around(row, f"{name}, place {place}", AROUND[name])
    return rows


def _check_around(row: Any, where: str, kinds: Mapping[str, Any]) -> None:
    if not isinstance(row, dict):
        raise Wrong(f"{where}: an object is needed.")
    for name, value in row.items():
        if name not in kinds or not isinstance(value, kinds[name]) or isinstance(value, bool):
            raise Wrong(f"{where}: “{str(name)[:40]}” cannot be used.")
    for name in ("models", "kinds"):
        if not all(isinstance(each, str) for each in row.get(name, ())):
            raise Wrong(f"{where}: “{name}” is a list of texts.")
    first = next(iter(kinds))
    if first not in row:
        raise Wrong(f"{where}: “{first}” is missing.")


def _written(place: int, one: Any) -> Written:
    if not isinstance(one, dict):
        raise Wrong("A requirement is an object.")
    key = one.get("key", "")
    if not isinstance(key, str) or (key and not REQUIREMENT_KEY.fullmatch(key)):
        raise Wrong(f"“{str(key)[:40]}” is no key; a key is like VA-12.")
    fields: dict[str, Any] = {}
    for name, value in one.items():
        if name not in TOLD:
            fields[name] = _read(name, value)
    for name in NEEDED:
        if not fields.get(name, "x" if key else ""):
            raise Wrong(f"{LABELS[name]}: the text is missing.")
    return Written(place, key, fields)


def _read(name: str, value: Any) -> Any:
    try:
        return _reader(name)(value)
    except Wrong as wrong:
        raise Wrong(f"{name}: {wrong}") from None


def _reader(name: str) -> Callable[[Any], Any]:
    if name in TEXTS or name in {"lifecycle_reason", "fingerprint"}:
        return lambda value: _text(name, value)
    if name in WORDS:
        return lambda value: _word(value, ("", *WORDS[name]) if name == "change_kind" else WORDS[name])
    others: dict[str, Callable[[Any], Any]] = {
        "tags": _tags,
        "examples": _examples,
        "criteria": _criteria,
        "links": _links,
        "lifecycle": lambda value: _word(value, LIFECYCLES),
    }
    if name not in others:
        raise Wrong("there is no such field.")
    return others[name]


def _text(name: str, value: Any) -> str:
    if value is None and name in EMPTY_MAY_BE:
        return ""
    if not isinstance(value, str):
        raise Wrong("a text is needed.")
    checked = checked_text("text", value, TEXTS.get(name, 20_000))
    if name in NEEDED and not checked.strip():
        raise Wrong("the text is missing.")
    return checked


def _word(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise Wrong(f"“{str(value)[:40]}” is none of {', '.join(filter(None, words))}.")
    return str(value)


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Wrong("a list of texts is needed.")
    return checked_tags(value)


def _examples(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Wrong("a list of objects is needed.")
    if len(value) > MOST_EXAMPLES:
        raise Wrong(f"{MOST_EXAMPLES} is the most.")
    return value


def _links(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(
        isinstance(one, dict)
        and {"kind", "to"} <= set(one) <= {"kind", "to", "note"}
        and all(isinstance(each, str) for each in one.values())
        for one in value
    ):
        raise Wrong("a list of objects with “kind” and “to” is needed.")
    return value


def _criteria(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_CRITERIA:
        raise Wrong(f"a list of up to {MOST_CRITERIA} objects is needed.")
    found = [_criterion(one) for one in value]
    keys = [one["key"] for one in found if one["key"]]
    if len(set(keys)) < len(keys):
        raise Wrong("a key is there twice.")
    return found


def _criterion(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise Wrong("a criterion is an object.")
    for name, value in one.items():
        if name not in USUAL or not _fits(name, value):
            raise Wrong(f"“{str(name)[:40]}” of a criterion cannot be {str(value)[:40]!r}.")
    found = {**USUAL, **one}
    if found["key"] and not KEY.fullmatch(f"{found['key']}:"):
        raise Wrong(f"“{found['key'][:40]}” is no key of a criterion; it is like AC-1.")
    return checked_criterion(found)


OPEN_NUMBERS = {"threshold", "limit"}
NUMBERS = OPEN_NUMBERS | {"margin", "tolerance", "confidence"}
CHOSEN = {
    "statistic": STATISTICS,
    "against": AGAINST,
    "quantifier": ("every", "any"),
    "reach": ("general", "these"),
}


def _fits(name: str, value: Any) -> bool:
    if name in CHOSEN:
        return value in CHOSEN[name]
    if name in NUMBERS:
        return (value is None and name in OPEN_NUMBERS) or _is_number(value)
    if name in {"equivalence", "must"}:
        return isinstance(value, bool)
    if name in {"min_n", "min_repeats", "tries", "rival_set"}:
        return (value is None and name == "rival_set") or (
            isinstance(value, int) and not isinstance(value, bool)
        )
    if name == "case_keys":
        return isinstance(value, list) and all(isinstance(key, str) for key in value)
    return isinstance(value, str) or (value is None and name == "scorer")


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e300
        and math.isfinite(value)
    )


def scorers_named(file: RequirementFile) -> Iterator[str]:
    """The slugs of every scorer a file names."""
    for row in file.rows:
        yield from (one["scorer"] for one in row.fields.get("criteria", ()) if one["scorer"])
