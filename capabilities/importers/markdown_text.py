"""Text inside Markdown: kept in its place whatever it holds, and read back."""

import re

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
ESCAPED = re.compile(r"\\([\\`*_\[\]<>#|~&])|&#(\d{1,7});")
# What would end a line somewhere, or cannot be seen in one.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What would begin a list, or a line under a heading; spaces at the ends would be lost.
BEGINS = re.compile(r"[\s\-+=]+|\d+(?=[.)])")


def within(text: str) -> str:
    """Text behind other words of its line, where digits and signs begin no list; for numbers that people read in the source too."""
    return UNSEEN.sub(lambda each: _coded(each[0]), SPECIAL.sub(r"\\\1", text.strip()))


def inline(text: str) -> str:
    """One line of Markdown that shows exactly this text."""
    found = BEGINS.match(text)
    start = found.end() if found else 0
    end = max(start, len(text.rstrip()))
    middle = UNSEEN.sub(lambda each: _coded(each[0]), SPECIAL.sub(r"\\\1", text[start:end]))
    return _coded(text[:start]) + middle + _coded(text[end:])


def _coded(characters: str) -> str:
    return "".join(f"&#{ord(each)};" for each in characters)


def from_inline(text: str) -> str:
    """What `inline` was given; marks that people leave alone stay."""
    return ESCAPED.sub(lambda found: found[1] or _character(found), text)


def _character(found: re.Match[str]) -> str:
    code = int(found[2])
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def block(text: str) -> str:
    """The text as a quotation: headings, lists and fences in it stay inside."""
    return "\n".join(
        f"> {line}" if line else ">"
        for line in text.replace("&#", "&#38;#").replace("\r", "&#13;").split("\n")
    )


def from_block(lines: list[str]) -> str:
    """What `block` was given; lines that people did not quote count as they are, without empty ones around them."""
    unquoted = [re.sub(r"^\s{0,3}> ?", "", line) for line in lines]
    if not any(line.lstrip().startswith(">") for line in lines):
        return "\n".join(unquoted).strip()
    kept = [place for place, line in enumerate(lines) if line.strip()]
    return "\n".join(unquoted[kept[0] : kept[-1] + 1]).replace("&#13;", "\r").replace("&#38;#", "&#")
