"""What reading a file of requirements finds: cells, then rows and mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class Wrong(ValueError):
    """What is written cannot be used; the text is a sentence. offset: lines below the first of its cell."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most."""

    file_bytes: int = 2 << 20
    rows: int = 1_000
    columns: int = 200
    mistakes: int = 500


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a row is not imported. Line 0 speaks of the whole file; row: the line its row begins in, 0 where it belongs to none.

    In JSON the line is the place in the list.
    """

    line: int
    reason: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and the line it begins in."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One requirement as it stands: cells by heading."""

    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """headings: in their order. stopped: the rest was not read."""

    headings: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A requirement as a file says it. fields: only what the file speaks of, by the names of the API; criteria and examples as lists.

    lines: of each field, and of `criterion.1`, … by their places, where they are not the row's own.
    """

    line: int
    key: str
    fields: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What requirements of a JSON file hang under, as the file has it."""

    capabilities: Sequence[Mapping[str, Any]] = ()
    objectives: Sequence[Mapping[str, Any]] = ()
    rival_sets: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class RequirementFile:
    """columns: each heading with the field it is read as ("" left out, None not decided). exact: spaces and line ends count."""

    rows: tuple[Written, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    columns: Mapping[str, str | None] = field(default_factory=dict)
    stopped: bool = False
    exact: bool = False
    around: Surroundings = Surroundings()

    @property
    def undecided(self) -> list[str]:
        return [heading for heading, name in self.columns.items() if name is None]
