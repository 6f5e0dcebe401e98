"""Cases pasted into a form: one a line, the input alone or input, tab, target."""

from collections.abc import Iterator

from evaluations.importers.cases import (
    CaseFile,
    CaseRow,
    Found,
    Limits,
    RowProblem,
    Stop,
    gather,
    made_key,
)


def read_pasted(text: str, limits: Limits | None = None) -> CaseFile:
    """Cases and problems of pasted text. Never raises for input. Cells copied from a spreadsheet have tabs between."""
    limits = limits or Limits(rows=5_000)
    return gather(_found(text, limits), limits)


def _found(text: str, limits: Limits) -> Iterator[Found]:
    if len(text) > limits.row_bytes:
        raise Stop(0, f"The text is longer than {limits.row_bytes:,} characters; upload it as a file.")
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if line.strip():
            yield _case(number, line)


def _case(number: int, line: str) -> Found:
    if "\x00" in line:
        return RowProblem(number, "The line holds a NUL character.")
    if any("\ud800" <= character <= "\udfff" for character in line):
        return RowProblem(number, "The line holds half of a surrogate pair, which is not valid Unicode.")
    cells = [cell.strip() for cell in line.rstrip().split("\t")]
    if len(cells) > 2:
        return RowProblem(number, f"The line has {len(cells)} cells; paste the input and its target only.")
    if not cells[0]:
        return RowProblem(number, "The line has a target and no input.")
    target = cells[1] if len(cells) == 2 else None
    return CaseRow(line=number, key=made_key(cells[0], target), input=cells[0], target=target or None)
