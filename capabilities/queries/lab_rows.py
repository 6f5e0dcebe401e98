"""As many rows of a sheet's answers as a page carries at once; the others follow as one reads on."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.queries.lab import Row, Sheet

# Characters of a page. An answer brings its buttons and figures along, and the difference to the base marks every word of it.
MOST = 14_000
FRAME = 800
PER_CHARACTER = 1.5


@dataclass(frozen=True)
class ShownRows:
    """rows: at least one where there are any. total: of the sheet."""

    rows: Sequence[Row]
    total: int

    @property
    def next(self) -> int | None:
        """Number of the first row that is not here yet."""
        last = self.rows[-1].number if self.rows else self.total
        return last + 1 if last < self.total else None


def shown_rows(found: Sheet, start: int = 1) -> ShownRows:
    """The rows from that number on."""
    rows: list[Row] = []
    room = MOST
    for row in found.rows[max(start, 1) - 1 :]:
        room -= _weight(row)
        if rows and room < 0:
            break
        rows.append(row)
    return ShownRows(rows, len(found.rows))


def _weight(row: Row) -> int:
    tries = [one for cell in row.cells for one in cell.tries]
    return FRAME + sum(FRAME + int(PER_CHARACTER * len(one.shown)) for one in tries)
