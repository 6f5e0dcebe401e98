"""Cells of a table as values: each field in its own way, each mistake as a sentence."""

from collections.abc import Callable
from typing import Any

from capabilities.importers.quoting import pieces, unquoted
from capabilities.importers.types import Wrong
from capabilities.importers.vocabulary import LABELS, LONGEST_TAG, MOST_TAGS, TEXTS, WORDS, bare

NEEDED = frozenset({"title", "shall"})
LINES = frozenset({"title", "capability", "objective", "owner", "target"})


def read_text(name: str, text: str) -> str:
    """A text as it stands; one of a single line without space around it. Raises Wrong."""
    checked = checked_text(LABELS[name].lower(), text.strip() if name in LINES else text, TEXTS[name])
    if name in NEEDED and not checked.strip():
        raise Wrong("There is no title." if name == "title" else "It is not said what the model shall do.")
    return checked


def checked_text(what: str, text: str, most: int) -> str:
    """Raises Wrong for what cannot be kept."""
    if (place := text.find("\x00")) >= 0:
        raise Wrong(f"The {what} holds a NUL character, at place {place + 1}.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Wrong(f"The {what} holds half of a surrogate pair, which is not valid Unicode.")
    if len(text) > most:
        raise Wrong(f"The {what} is {len(text):,} characters long; {most:,} is the most.")
    return text


def read_word(name: str, text: str) -> str:
    """One of the words of a field, whatever its case; empty where nothing is said. Raises Wrong."""
    word = bare(text)
    if word and word not in WORDS[name]:
        raise Wrong(
            f"“{text.strip()[:40]}” is no {LABELS[name].lower()}; it is one of {', '.join(WORDS[name])}."
        )
    return word


def read_tags(text: str) -> list[str]:
    """Words between commas, once each. Raises Wrong."""
    return checked_tags([unquoted(piece) for piece in pieces(text, ",")])


def checked_tags(tags: list[str]) -> list[str]:
    """Raises Wrong for a tag too long, or too many."""
    found = list(dict.fromkeys(tag for tag in tags if tag.strip()))
    if len(found) > MOST_TAGS:
        raise Wrong(f"There are {len(found)} tags; {MOST_TAGS} is the most.")
    return [checked_text("tag", tag, LONGEST_TAG) for tag in found]


def _plain(name: str) -> Callable[[str], Any]:
    if name in WORDS:
        return lambda text: read_word(name, text)
    return lambda text: read_text(name, text)


READERS: dict[str, Callable[[str], Any]] = {"tags": read_tags} | {
    name: _plain(name) for name in (*TEXTS, *WORDS)
}
