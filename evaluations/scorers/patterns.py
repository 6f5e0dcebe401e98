"""People's own regular expressions, run by RE2 in time that grows with the text only, under caps."""

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 1_000
MAX_MEMORY = 4 << 20


class PatternRefused(ValueError):
    """The pattern cannot be used; the text is a sentence that says why."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, case_sensitive: bool = True) -> Any:
    """The compiled pattern. Raises PatternRefused for one that RE2 does not take or that is too large."""
    if len(pattern) > MAX_PATTERN:
        raise PatternRefused(f"The pattern is longer than {MAX_PATTERN:,} characters.")
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.case_sensitive = case_sensitive
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        raise PatternRefused(_sentence(error)) from None


def _sentence(error: Exception) -> str:
    detail = error.args[0] if error.args else ""
    reason = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    if "(?" in reason:
        part = reason[reason.index("(?") :]
        return f"The pattern uses {part}…: look-ahead, look-behind and the like cannot be used."
    if "invalid escape sequence: \\" in reason and reason[-1].isdigit():
        return f"The pattern refers back to a group with {reason.rsplit(' ', 1)[-1]}: that cannot be used."
    if "pattern too large" in reason:
        return "The pattern needs too much memory; ask for fewer repetitions."
    return f"The pattern cannot be read: {reason}."
