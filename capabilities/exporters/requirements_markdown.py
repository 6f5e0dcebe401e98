"""Requirements as Markdown that people read, edit and `read_markdown_table` reads back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capabilities.exporters.criteria import criterion_line
from capabilities.importers.markdown_table import KEYED
from capabilities.importers.markdown_text import block, inline
from capabilities.importers.quoting import quoted
from capabilities.importers.vocabulary import LABELS

STATEMENT = ("while_part", "when_part", "where_part", "if_part", "shall")
PLACE = ("priority", "intent", "kind", "capability", "objective", "owner", "target", "tags")
ALWAYS = frozenset({"shall", "owner"})


def requirements_markdown(title: str, requirements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A heading for each requirement, whatever its texts hold; a piece for each."""
    yield f"# {inline(title)}\n"
    for one in requirements:
        yield "\n" + "\n".join(_requirement(one)) + "\n"


def _requirement(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {_heading(one)}"
    yield ""
    yield from (_named(name, one[name]) for name in STATEMENT if one.get(name) or name in ALWAYS)
    yield ""
    yield from (_named(name, _word(one[name])) for name in PLACE if one.get(name) or name in ALWAYS)
    for name in ("rationale", "out_of_scope"):
        if one.get(name):
            yield from ("", f"### {LABELS[name]}", "", block(one[name]))
    if one["examples"]:
        yield from ("", "### Examples", "")
        for example in one["examples"]:
            yield from _example(example)
    if one["criteria"]:
        yield from ("", "### Criteria", "")
        yield from (f"- {inline(criterion_line(criterion))}" for criterion in one["criteria"])


def _heading(one: Mapping[str, Any]) -> str:
    title = inline(one["title"])
    if one.get("key"):
        return f"{one['key']}: {title}"
    return f"&#{ord(title[0])};{title[1:]}" if KEYED.fullmatch(title) else title


def _named(name: str, value: str) -> str:
    return f"- {LABELS[name]}: {inline(value or '')}".rstrip()


def _word(value: Any) -> str:
    return ", ".join(map(quoted, value)) if isinstance(value, list) else value


def _example(example: Mapping[str, Any]) -> Iterator[str]:
    yield f"- Input: {inline(str(example.get('input') or ''))}".rstrip()
    for part in ("good", "bad"):
        if example.get(part):
            yield f"  - {part.capitalize()}: {inline(str(example[part]))}"
