"""People named with @ in what somebody writes: kept by their id, so that a new or an erased name shows everywhere at once."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from config.prose import clean, new_parser, readable

# Not inside a word, an address or a path, so that `me@example.com` and `https://host/@name` name nobody.
TYPED = re.compile(r"(?<![\w@/.+-])@([\w.@+-]{1,150})")
KEPT = re.compile(r"@\{(\d{1,18})\}")
ENDINGS = ".-+@"


def typed_names(text: str) -> set[str]:
    """Every user name the text may mean, small letters: a full stop after a name may end it or belong to it."""
    found: set[str] = set()
    for match in TYPED.finditer(text):
        found |= {match[1].lower(), match[1].rstrip(ENDINGS).lower()}
    return found - {""}


def kept(text: str, ids: Mapping[str, int]) -> str:
    """The text with each known name as `@{id}`. ids: by user name in small letters; other names stay as typed."""

    def one(match: re.Match[str]) -> str:
        for name in (match[1], match[1].rstrip(ENDINGS)):
            if name.lower() in ids:
                return f"@{{{ids[name.lower()]}}}{match[1][len(name) :]}"
        return match[0]

    return TYPED.sub(one, text)


def typed(text: str, names: Mapping[int, str]) -> str:
    """The text as somebody would type it again. names: user name by id."""
    return KEPT.sub(lambda match: f"@{names[int(match[1])]}" if int(match[1]) in names else match[0], text)


def marked_up(text: str, names: Mapping[int, str]) -> SafeString:
    """Markdown as safe HTML, with the people named in bold. names: what to show, by id."""
    return clean(_parser().render(readable(text), {"names": names}))


@cache
def _parser() -> MarkdownIt:
    parser = new_parser()
    parser.core.ruler.push("mentions", _name_people)
    return parser


def _name_people(state: StateCore) -> None:
    names: Mapping[int, str] = state.env["names"]
    for token in state.tokens:
        token.content = (
            typed(token.content, names) if token.type in {"fence", "code_block"} else token.content
        )
        if token.children:
            token.children = [piece for child in token.children for piece in _pieces(child, names)]


def _pieces(token: Token, names: Mapping[int, str]) -> Iterator[Token]:
    """A text split around the people it names. In code a name stays plain."""
    if token.type == "code_inline":
        token.content = typed(token.content, names)
    if token.type != "text":
        yield token
        return
    start = 0
    for match in KEPT.finditer(token.content):
        if int(match[1]) not in names:
            continue
        yield _text(token.content[start : match.start()])
        yield Token("strong_open", "strong", 1)
        yield _text(f"@{readable(names[int(match[1])])}")
        yield Token("strong_close", "strong", -1)
        start = match.end()
    yield _text(token.content[start:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
