"""How the answers to one row vary from try to try, column by column."""

from dataclasses import dataclass
from datetime import datetime

from config.people.models import User
from evaluations.models import LabMark, LabRepeat, LabSheet
from evaluations.queries.lab import Cell, Column, Row, Sheet, answers_of, answers_of_runs


@dataclass(frozen=True)
class Variation:
    """row: as the sheet shows it. found: its tries, of the last time it was repeated, else of the sheet itself; at: None for those."""

    row: Row
    found: Sheet
    tried: Row
    at: datetime | None

    @property
    def cells(self) -> list[tuple[Column, Cell]]:
        return list(zip(self.found.columns, self.tried.cells, strict=True))

    @property
    def repeated(self) -> bool:
        """Whether any column was asked more than once."""
        return self.at is not None or any(len(cell.tries) > 1 for cell in self.tried.cells)


def variation_of(sheet: LabSheet, reader: User, number: int) -> Variation | None:
    """None where the sheet shows no row of this number. Sixteen queries, two more with attachments, however many tries."""
    shown = answers_of(sheet, reader)
    row = next((one for one in shown.rows if one.number == number), None)
    if row is None:
        return None
    last = LabRepeat.objects.filter(sheet=sheet, case_hash=row.case.hash).select_related("round").first()
    if last is None:
        return Variation(row, shown, row, None)
    found = answers_of_runs(last.round.runs.all(), LabMark.objects.none())
    return Variation(row, found, found.rows[0], last.created_at)
