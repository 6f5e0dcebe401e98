"""The heat map: rows against columns, each cell a sign and a shade; grey says that nothing was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluations.charts.svg import Svg, box, element, label, nothing, picture, short_label, title

Shade = Literal["met", "not-met", "open", "none"]
CELL, NAME, HEAD = 30.0, 170.0, 96.0
EXPLAINED = (
    "Each cell is a row against a column; the sign says what the shade says, and grey is not distinguishable"
)


@dataclass(frozen=True, slots=True)
class HeatCell:
    """sign: one character. words: the whole statement, for the title."""

    sign: str
    shade: Shade
    words: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """cells: one a column, None where there is nothing to say."""

    name: str
    cells: Sequence[HeatCell | None]


def draw(columns: Sequence[str], rows_given: Sequence[HeatRow], name: str = "Heat map") -> Svg:
    """The chart as SVG, rows and columns in the order given."""
    if not rows_given or not columns:
        return nothing(name, "There is nothing to compare.", 620.0)
    parts = [_heading(text, index) for index, text in enumerate(columns)]
    for place, row in enumerate(rows_given):
        y = HEAD + place * CELL
        parts.append(short_label(row.name, 0.0, y + CELL / 2 + 4, NAME - 10, "label"))
        parts += [_cell(cell, index, y) for index, cell in enumerate(row.cells) if cell is not None]
    width, height = NAME + len(columns) * CELL + HEAD / 2, HEAD + len(rows_given) * CELL + 2
    return picture(max(width, 240.0), height, name, EXPLAINED, parts)


def rows(columns: Sequence[str], rows_given: Sequence[HeatRow]) -> list[dict[str, Any]]:
    """The same for a table or a file: row, column, sign, words."""
    return [
        {"row": row.name, "column": column, "sign": cell.sign, "words": cell.words}
        for row in rows_given
        for column, cell in zip(columns, row.cells, strict=True)
        if cell is not None
    ]


def _heading(text: str, index: int) -> str:
    x, y = NAME + index * CELL + CELL / 2, HEAD - 8
    return element(
        "g", {"transform": f"rotate(-40 {x:.1f} {y:.1f})"}, short_label(text, x, y, 120.0, "label")
    )


def _cell(cell: HeatCell, index: int, y: float) -> str:
    x = NAME + index * CELL
    square = box(f"heat {cell.shade}", x + 1, y + 1, CELL - 2, CELL - 2)
    sign = label(cell.sign, x + CELL / 2, y + CELL / 2 + 4, "label", "middle")
    return element("g", {}, title(cell.words), square, sign)
