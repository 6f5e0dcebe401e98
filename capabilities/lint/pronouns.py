"""Pronouns that stand for nothing said before."""

import re
from collections.abc import Iterator

from capabilities.lint.findings import Finding

ONE = r"\b(?:it|itself)\b"
MANY = r"\b(?:they|them|their|theirs|themselves)\b"
# “this” before a noun points at the noun; alone, or before a verb, it points at nothing.
POINTING = r"\b(?:this|these|those)\b(?=\s*(?:[.,;:]|$)|\s+(?:is|are|was|were|shall|must|can|will|happens?|means?|has|have|does|do)\b)"
# A thing with an article before it, or a plural, is what a pronoun can stand for.
NAMED = re.compile(
    r"\b(?:an?|the|each|every|one|another|any|no|this|that|these|those|two|three|all|some|\d+)\s+(?!(?:it|they|them)\b)\w+"
    r"|\b\w{3,}s\b",
    re.IGNORECASE,
)
# “it is raining”, “it takes an hour”: the word stands for nothing and means nothing.
EMPTY = re.compile(
    r"\bit\s+(?:is|was|takes|rains|snows|follows)\b(?=[^.]*\b(?:to|that|when|raining|dark|late|cold|hot|long)\b)",
    re.IGNORECASE,
)


def pronoun_findings(shall: str, conditions: str) -> Iterator[Finding]:
    """One warning, for the first pronoun that nothing before it can stand for."""
    text = f"{conditions} {shall}".strip()
    for found in re.finditer(f"{ONE}|{MANY}|{POINTING}", text, re.IGNORECASE):
        if EMPTY.match(text, found.start()):
            continue
        if not NAMED.search(text[: found.start()]):
            field = "shall" if found.start() >= len(text) - len(shall) else "conditions"
            yield Finding(
                "pronoun",
                field,
                f"It is not clear what “{found.group()}” stands for.",
                "Name the thing.",
            )
            return
