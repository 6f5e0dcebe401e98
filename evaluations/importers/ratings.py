"""People's ratings from CSV with the columns rater, case, repeat, score, note: good rows and problems, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from evaluations.importers.cases import BadRow, Limits, RowProblem, Stop, checked_key
from evaluations.importers.csv_cases import csv_records

COLUMNS = ("rater", "case", "repeat", "score", "note")
NEEDED = ("rater", "case", "score")
LIMITS = Limits(file_bytes=5 << 20, row_bytes=64 << 10, rows=20_000)
MAX_RATER, MAX_NOTE, MAX_REPEAT = 100, 1_000, 1_000
# How people who labelled here are named; a file must not speak for them.
OUR_OWN = "user:"


@dataclass(frozen=True, slots=True)
class RatingRow:
    """One rater's word on one answer, as the file has it. score: as it was written."""

    line: int
    rater: str
    case: str
    repeat: int
    score: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RatingFile:
    """What was found. blank: rows of answers that nobody rated."""

    rows: tuple[RatingRow, ...]
    problems: tuple[RowProblem, ...]
    blank: int = 0


def read_ratings(stream: BinaryIO, limits: Limits = LIMITS) -> RatingFile:
    """Ratings and problems of a CSV file in UTF-8. A row without a score is passed over; a rating said twice is a problem."""
    rows: list[RatingRow] = []
    problems: list[RowProblem] = []
    seen: dict[tuple[str, str, int], int] = {}
    blank = 0
    try:
        for found in _found(stream, limits):
            if found is None:
                blank += 1
            elif isinstance(found, RowProblem):
                problems.append(found)
            elif (
                first := seen.setdefault((found.rater, found.case, found.repeat), found.line)
            ) != found.line:
                problems.append(
                    RowProblem(found.line, f"This rater rated this answer in line {first} already.")
                )
            else:
                rows.append(found)
            if len(rows) > limits.rows or len(problems) >= limits.problems:
                raise Stop(
                    0, f"More than {limits.rows:,} ratings or too many problems; the rest was not read."
                )
    except Stop as stop:
        problems.append(stop.problem)
    if not rows and not problems:
        problems.append(RowProblem(0, "The file holds no rating."))
    return RatingFile(tuple(rows), tuple(problems), blank)


def _found(stream: BinaryIO, limits: Limits) -> Iterator[RatingRow | RowProblem | None]:
    header: list[str] | None = None
    for line, cells in csv_records(stream, limits):
        if isinstance(cells, str):
            yield RowProblem(line, cells)
        elif header is None:
            header = [cell.strip().lower() for cell in cells]
            _check_header(line, header)
        elif any(cell.strip() for cell in cells):
            yield _row(line, header, cells)


def _check_header(line: int, header: Sequence[str]) -> None:
    if lacking := [name for name in NEEDED if header.count(name) != 1]:
        raise Stop(
            line, f"The first line must name the columns rater,case,score once; look at {', '.join(lacking)}."
        )
    if unknown := [name for name in header if name not in COLUMNS]:
        raise Stop(line, f"There is no column “{unknown[0][:60]}”; there is {', '.join(COLUMNS)}.")


def _row(line: int, header: Sequence[str], cells: Sequence[str]) -> RatingRow | RowProblem | None:
    if len(cells) != len(header):
        return RowProblem(line, f"The row has {len(cells)} cells and the header {len(header)}.")
    given = {name: _plain(cell) for name, cell in zip(header, cells, strict=True)}
    if not given["score"]:
        return None
    try:
        return RatingRow(
            line,
            _rater(given["rater"]),
            _case(given["case"]),
            _repeat(given),
            given["score"][:40],
            _note(given),
        )
    except BadRow as problem:
        return RowProblem(line, str(problem))


def _plain(cell: str) -> str:
    """Without space around it, and without what cannot be stored."""
    return cell.strip().replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _rater(name: str) -> str:
    if not name:
        raise BadRow("Who rated? Give a name or a pseudonym in the column “rater”.")
    if len(name) > MAX_RATER or not name.isprintable():
        raise BadRow(
            f"The rater’s name is longer than {MAX_RATER} characters or holds some that cannot be seen."
        )
    if name.lower().startswith(OUR_OWN):
        raise BadRow(f"A name that begins with “{OUR_OWN}” belongs to people who label here; choose another.")
    return name


def _case(key: str) -> str:
    if not key:
        raise BadRow("Which answer? Give the case’s key in the column “case”.")
    # A spreadsheet that must not run a key as a formula has an apostrophe before it in the template.
    return checked_key(key[1:] if key[:1] == "'" and key[1:2] in tuple("=+-@|%") else key)


def _repeat(given: Mapping[str, str]) -> int:
    text = given.get("repeat", "") or "1"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_REPEAT:
        raise BadRow(f"“{text[:40]}” is no number of a try; leave “repeat” empty for the first.")
    return int(text)


def _note(given: Mapping[str, str]) -> str:
    note = given.get("note", "")
    if len(note) > MAX_NOTE:
        raise BadRow(f"The note is longer than {MAX_NOTE:,} characters.")
    return note
