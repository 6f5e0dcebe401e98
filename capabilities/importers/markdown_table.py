"""Requirements from Markdown: a second-level heading each, then lines “Name: value”, then sections under third-level headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from capabilities.importers.markdown_text import from_block, from_inline
from capabilities.importers.types import Cell, Limits, Mistake, Record, Table
from capabilities.importers.vocabulary import TEXTS, field_named

TOP = re.compile(r"#\s+.*")
KEYED = re.compile(r"([A-Za-z][A-Za-z0-9]{0,7}-[0-9]{1,9})(?:[:\s]\s*(.*))?", re.DOTALL)
EARS = re.compile(r"(?:\*\*)?(While|When|Where|If|The model shall)\b(:?)(?:\*\*)?(:?)\s*(.*)", re.IGNORECASE)
NAMED = re.compile(r"(?:\*\*)?([^:*]{1,60}?)\s*(?:\*\*)?:(?:\*\*)?\s*(.*)")
ITEM = re.compile(r"\s*[-*+]\s+")


@dataclass
class _Draft:
    """A requirement while its lines are read."""

    line: int
    cells: dict[str, Cell] = field(default_factory=dict)
    section: str = ""
    section_line: int = 0
    lines: list[str] = field(default_factory=list)
    open: str = ""


def read_markdown_table(text: str, limits: Limits) -> Table:
    """Cells and mistakes. Never raises for input."""
    reader = _Reader()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        reader.read(number, line)
    reader.close()
    records, mistakes = reader.records, reader.mistakes
    if not records and not mistakes:
        mistakes.append(
            Mistake(0, "There is no requirement; each begins with a heading such as: ## Understands dialects")
        )
    stopped = len(records) > limits.rows
    if stopped:
        mistakes.append(
            Mistake(
                records[limits.rows].line,
                f"There are more than {limits.rows:,} requirements; split the file.",
            )
        )
    headings = dict.fromkeys(heading for record in records for heading in record.cells)
    kept = tuple(records[: limits.rows])
    return Table(tuple(headings), kept, tuple(mistakes[: limits.mistakes]), stopped)


class _Reader:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.mistakes: list[Mistake] = []
        self._draft: _Draft | None = None

    def read(self, number: int, line: str) -> None:
        if (title := _heading(line, "##")) is not None:
            self.close()
            self._draft = _begun(number, title)
        elif name := _heading(line, "###"):
            self._section(number, name)
        elif self._draft is None:
            if line.strip() and not TOP.fullmatch(line) and not line.startswith((">", "<!--", "---")):
                self._stray(number, line)
        elif self._draft.section:
            self._draft.lines.append(line)
        elif not TOP.fullmatch(line):
            self._field(number, line, self._draft)

    def close(self) -> None:
        """End the requirement that is being read."""
        if self._draft is not None:
            self._end_section(self._draft)
            self.records.append(Record(self._draft.line, self._draft.cells))
        self._draft = None

    def _stray(self, number: int, line: str) -> None:
        if not any("before the first" in one.reason for one in self.mistakes):
            self.mistakes.append(
                Mistake(
                    number,
                    f"“{line.strip()[:60]}” stands before the first requirement, which begins with: ## Title",
                )
            )

    def _section(self, number: int, name: str) -> None:
        if self._draft is None:
            self._stray(number, name)
            return
        self._end_section(self._draft)
        self._draft.section, self._draft.section_line, self._draft.lines = from_inline(name), number, []

    def _end_section(self, draft: _Draft) -> None:
        if draft.section:
            raw = field_named(draft.section) in {"criteria", "examples"}
            content = "\n".join(draft.lines) if raw else from_block(draft.lines)
            self._put(draft, draft.section, Cell(draft.section_line + 1, content), draft.section_line)
        draft.section = ""

    def _put(self, draft: _Draft, name: str, cell: Cell, line: int) -> None:
        same = next((each for each in draft.cells if field_named(each) == field_named(name)), None)
        if name in draft.cells or (same is not None and field_named(name)):
            self.mistakes.append(
                Mistake(
                    line,
                    f"“{name[:60]}” is there already, in line {draft.cells[same or name].line}.",
                    draft.line,
                )
            )
        else:
            draft.cells[name] = cell

    def _field(self, number: int, line: str, draft: _Draft) -> None:
        bare = ITEM.sub("", line, count=1).strip()
        if not bare:
            draft.open = ""
        elif found := EARS.fullmatch(bare):
            value = (
                found[4]
                if found[2] or found[3] or found[1].lower() == "the model shall"
                else found[4].rstrip(", ")
            )
            self._named(number, draft, found[1], value)
        elif found := NAMED.fullmatch(bare):
            self._named(number, draft, found[1], found[2])
        elif draft.open:
            cell = draft.cells[draft.open]
            draft.cells[draft.open] = Cell(cell.line, f"{cell.text} {from_inline(bare)}")
        else:
            self.mistakes.append(
                Mistake(
                    number,
                    f"“{bare[:60]}” is not understood; write Name: value, or put it under a heading such as ### Why",
                    draft.line,
                )
            )

    def _named(self, number: int, draft: _Draft, name: str, value: str) -> None:
        self._put(draft, name, Cell(number, from_inline(value)), number)
        draft.open = name if field_named(name) in TEXTS and name in draft.cells else ""


def _heading(line: str, mark: str) -> str | None:
    """The words of a heading of exactly this level, without marks that close it; None for another line."""
    rest = line.removeprefix(mark)
    if rest == line or (rest and not rest[0].isspace()):
        return None
    words = rest.strip()
    closed = words.rstrip("#")
    return closed.rstrip() if not closed or closed[-1].isspace() else words


def _begun(number: int, heading: str) -> _Draft:
    """`VA-12: Title`, `VA-12 Title` or a title alone."""
    cells = {}
    if found := KEYED.fullmatch(heading):
        cells["Key"] = Cell(number, found[1])
        heading = found[2] or ""
    if heading or "Key" not in cells:
        cells["Title"] = Cell(number, from_inline(heading))
    return _Draft(number, cells)


def item_lines(text: str) -> Iterator[tuple[int, str]]:
    """The items of a list with their place, without dashes; a line that begins with space and no dash goes on."""
    found: list[tuple[int, str]] = []
    for place, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        if not ITEM.match(line) and line.startswith((" ", "\t")) and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        else:
            found.append((place, ITEM.sub("", line, count=1).strip()))
    return iter(found)
