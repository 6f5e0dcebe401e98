"""A change of many requirements as it is planned: what is wanted, and what it would do to each row. No query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from capabilities.models import Revision
from evaluations.canonical import sha256_of


@dataclass(frozen=True)
class Change:
    """fields: what to set, by field, ids for what is pointed to. move: a lifecycle, "" to leave it; reason: for putting aside."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    move: str = ""
    reason: str = ""

    def __bool__(self) -> bool:
        return bool(self.fields or self.add_tags or self.remove_tags or self.move)

    def as_json(self) -> dict[str, Any]:
        said = {"add_tags": list(self.add_tags), "remove_tags": list(self.remove_tags), "move": self.move}
        return dict(self.fields) | {name: value for name, value in said.items() if value}


@dataclass(slots=True)
class PlannedRow:
    """before, after: only what differs, as stored. refusal: why this row cannot follow, empty when it can.

    revision: what goes up for review.
    """

    pk: int
    key: str
    revision: Revision | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""

    @property
    def changes(self) -> bool:
        return bool(self.after) and not self.refusal


@dataclass(frozen=True)
class Plan:
    """Looked at as a whole: its rows do not change any more."""

    rows: Sequence[PlannedRow]

    @cached_property
    def changed(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.changes]

    @cached_property
    def refused(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.refusal]

    @property
    def same(self) -> int:
        """How many say that already."""
        return len(self.rows) - len(self.changed) - len(self.refused)

    @property
    def token(self) -> str:
        """Tells whether a plan is still the one that was looked at: SHA-256 over what it would do."""
        return sha256_of([[row.pk, row.before, row.after, row.refusal] for row in self.rows])
