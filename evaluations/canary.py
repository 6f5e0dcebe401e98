"""A canary: a string that stands in a dataset for no other reason than to be known again in what a model says."""

import re

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def needle_of(canary: str) -> str:
    """What is looked for: the UUID in it where it has one, which alone gives it away, else all of it; empty for none."""
    plain = _plain(canary)
    found = UUID.search(plain)
    return found.group() if found else plain


def holds(text: str, needle: str) -> bool:
    """Whether the text says it, whatever its capital letters and spaces."""
    return bool(needle) and needle in _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
