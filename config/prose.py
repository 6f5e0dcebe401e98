"""Text that people and models wrote, made safe and honest to show."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import nh3
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

# Controls but tab and line ends; bidi marks, embeddings, overrides and isolates; fillers; tag characters.
# Joiners (U+200C, U+200D) stay: Persian and emoji are written with them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)
INSERTED = frozenset({"insert", "inserted", "added", "+"})
DELETED = frozenset({"delete", "deleted", "removed", "-"})


def new_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@cache
def parser() -> MarkdownIt:
    return new_parser()


def markdown(text: str) -> SafeString:
    """Markdown as HTML without images, styles, raw HTML or foreign schemes; what hides or reorders text is written out."""
    return clean(parser().render(readable(text)))


def readable(text: str) -> str:
    """The text with what hides or reorders it written out by its code point."""
    return HIDDEN.sub(lambda found: code_of(found.group()), text)


def clean(rendered: str) -> SafeString:
    """Rendered Markdown without anything it may not hold."""
    cleaned = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(cleaned)


def plain(text: str) -> str:
    """Markdown as the words alone, in one line, where there is no room for its form."""
    words = nh3.clean(parser().render(text), tags=set())
    return " ".join(html.unescape(words).split())


def visible(text: str) -> SafeString:
    """The text with characters that hide, reorder or control shown by their code point."""
    pieces: list[str] = []
    start = 0
    for match in HIDDEN.finditer(text):
        pieces += [conditional_escape(text[start : match.start()]), control_mark(match.group())]
        start = match.end()
    pieces.append(conditional_escape(text[start:]))
    return mark_safe("".join(pieces))


def code_of(character: str) -> str:
    return f"U+{ord(character):04X}"


def control_mark(character: str) -> SafeString:
    name = unicodedata.name(character, "control character").lower()
    return format_html('<span class="control" title="{}">{}</span>', name, code_of(character))


def diff_html(pieces: Iterable[tuple[str, str]]) -> SafeString:
    """(operation, text) pairs as <ins>, <del> and plain text."""
    return format_html_join("", "{}", ((diff_piece(operation, text),) for operation, text in pieces))


def diff_piece(operation: str, text: str) -> SafeString:
    if operation in INSERTED:
        return format_html("<ins>{}</ins>", visible(text))
    if operation in DELETED:
        return format_html("<del>{}</del>", visible(text))
    return visible(text)
