"""What changed in the cases that two versions of a dataset both have, word by word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.canonical import canonical_json, word_diff
from evaluations.differences import Change
from evaluations.models import Case, DatasetVersion

MOST = 20
PARTS = ("input", "target", "slices", "cluster", "metadata", "attachments")


@dataclass(frozen=True)
class CaseChange:
    """A case that differs. parts: name of each part that does, with its words."""

    key: str
    parts: Sequence[tuple[str, Sequence[Change]]]


def case_changes(before: DatasetVersion, after: DatasetVersion, keys: Sequence[str]) -> list[CaseChange]:
    """The first 20 of these keys; each must be in both versions. Two queries."""
    old, new = _cases(before, keys[:MOST]), _cases(after, keys[:MOST])
    return [
        CaseChange(key, list(_parts(old[key], new[key]))) for key in keys[:MOST] if key in old and key in new
    ]


def _cases(version: DatasetVersion, keys: Sequence[str]) -> Mapping[str, Case]:
    entries = version.entries.filter(key__in=keys).select_related("case__content")
    return {entry.key: entry.case for entry in entries}


def _parts(old: Case, new: Case) -> Iterator[tuple[str, Sequence[Change]]]:
    for name in PARTS:
        before, after = _text(getattr(old, name)), _text(getattr(new, name))
        if before != after:
            yield name, word_diff(before, after)


def _text(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    return value if isinstance(value, str) else canonical_json(value)
