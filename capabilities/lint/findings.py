from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Repair:
    """A mend that a button can do. changes: what it writes, by field of the form."""

    label: str
    changes: Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One thing to mend. blocks: an error, review is refused. sentence: what is wrong. fix: what to do instead."""

    code: str
    field: str
    sentence: str
    fix: str
    blocks: bool = False
    repairs: tuple[Repair, ...] = ()

    @property
    def criterion(self) -> str:
        """The key of the criterion it speaks of, where a whole revision is looked at."""
        return self.field.partition(".")[0] if self.field.startswith("AC-") else ""

    @property
    def words(self) -> str:
        """What is wrong and what to do, where there is room for one line only."""
        return f"{self.sentence} {self.fix}".strip()
