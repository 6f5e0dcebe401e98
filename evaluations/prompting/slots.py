"""`{{name}}` substitution on the strings of a JSON value: names only, no attributes, no expressions, one pass.

A value that itself looks like a slot is not filled again, so what a case says can never reach another value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evaluations.canonical import canonical_json

_SLOT = re.compile(r"\{\{[ \t]*([^\W\d]\w{0,63})[ \t]*\}\}")
_BRACES = re.compile(r"\{\{[^{}\n]{0,80}\}\}")


class MissingSlot(LookupError):
    """A slot has no value; the text is a sentence that says which, and what there is."""


def slots(template: Any) -> tuple[str, ...]:
    """The names of all slots in a text, message list or any JSON value, each once, in order of appearance."""
    names = (match.group(1) for text in _texts(template) for match in _SLOT.finditer(text))
    return tuple(dict.fromkeys(names))


def slot_problems(template: Any) -> list[str]:
    """A sentence for each `{{…}}` that is no slot and would be sent to the model as it stands."""
    odd = (
        match.group(0)
        for text in _texts(template)
        for match in _BRACES.finditer(text)
        if not _SLOT.fullmatch(match.group(0))
    )
    return [
        f"“{braces}” is not a slot; a slot is one name of letters, digits and _, such as {{{{input}}}}."
        for braces in dict.fromkeys(odd)
    ]


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with every slot replaced by its value. Raises MissingSlot.

    Text goes in as it is, anything else as canonical JSON. Only string values are filled, never keys.
    """
    if isinstance(template, str):
        return _SLOT.sub(lambda match: _text(match.group(1), values), template)
    if isinstance(template, list):
        return [fill(entry, values) for entry in template]
    if isinstance(template, dict):
        return {key: fill(entry, values) for key, entry in template.items()}
    return template


def _text(name: str, values: Mapping[str, Any]) -> str:
    if name not in values:
        there_is = ", ".join(values) or "nothing"
        raise MissingSlot(f"The prompt asks for “{name}”, which this case does not have; it has {there_is}.")
    value = values[name]
    return value if isinstance(value, str) else canonical_json(value)


def _texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, list | tuple):
        for entry in template:
            yield from _texts(entry)
    elif isinstance(template, dict):
        yield from _texts(list(template.values()))
