"""The forest grid: slices of the cases as lines, rivals as panels on one scale, each with its own difference and range."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluations.charts.forest import Slice
from evaluations.charts.gap import FIRST, ROW, Look, marks
from evaluations.charts.scale import Scale, finite, in_words, range_in_words, scale_over
from evaluations.charts.svg import Svg, element, label, line, nothing, picture, short_label, title

NAMES = 150.0
PANEL = 84.0
GAP = 14.0
HEAD = 22.0
EXPLAINED = "Each line is a slice of the cases, each panel a rival; the upright line is no difference, grey is not distinguishable"


@dataclass(frozen=True, slots=True)
class GridLine:
    """A slice of n cases: one value for each panel, None where there is nothing to compare; one without a point has too few cases."""

    name: str
    n: int
    cells: Sequence[Slice | None]


def draw(panels: Sequence[str], lines: Sequence[GridLine], look: Look | None = None) -> Svg:
    """The chart as SVG, slices in the order given; wider than look.width where the panels need it. look.target is the upright line."""
    look = look or Look(name="Slices of the cases by rival")
    if not lines or not panels:
        return nothing(look.name, "There are no slices.", look.width)
    panel_width = max(PANEL, (look.width - NAMES) / len(panels) - GAP)
    width = NAMES + len(panels) * (panel_width + GAP)
    scale = _scale(lines, look)
    bottom = HEAD + FIRST + len(lines) * ROW - 8
    parts = [
        short_label(f"{one.name} · n {one.n:,}", 0.0, _y(row) + 4, NAMES - 10, "label")
        for row, one in enumerate(lines)
    ]
    parts += [line("axis", NAMES, _y(row), width - GAP, _y(row)) for row in range(len(lines))]
    for place, panel in enumerate(panels):
        start = NAMES + place * (panel_width + GAP)
        here = replace(scale, start=start, end=start + panel_width)
        parts.append(short_label(panel, start, 12.0, panel_width - 8, "strong"))
        if look.target is not None:
            parts.append(line("plumb", here.at(look.target), HEAD, here.at(look.target), bottom))
        parts += [part for row, one in enumerate(lines) for part in _cell(one, place, _y(row), here, look)]
    return picture(width, bottom + 4, look.name, EXPLAINED, parts)


def rows(panels: Sequence[str], lines: Sequence[GridLine]) -> list[dict[str, Any]]:
    """The same values for a table or a file: slice, rival, n, point, low, high."""
    return [
        {
            "slice": one.name,
            "rival": panel,
            "n": cell.n,
            "point": cell.point,
            "low": cell.low,
            "high": cell.high,
        }
        for one in lines
        for panel, cell in zip(panels, one.cells, strict=True)
        if cell is not None
    ]


def _y(row: int) -> float:
    return HEAD + FIRST + row * ROW


def _scale(lines: Sequence[GridLine], look: Look) -> Scale:
    cells = [cell for one in lines for cell in one.cells if cell is not None]
    values = [value for cell in cells for value in (cell.point, cell.low, cell.high)]
    return scale_over([*values, look.target], 0.0, 1.0, look.bounds, look.show)


def _cell(one: GridLine, place: int, y: float, scale: Scale, look: Look) -> list[str]:
    cell = one.cells[place]
    if cell is None or cell.point is None:
        words = "–" if cell is None else "too few"
        return [label(words, scale.start, y + 4)]
    parts: list[str] = []
    if finite([cell.point]):
        words = (
            f"{in_words(cell.point, look.show)}{range_in_words(cell.low, cell.high, look.show)}, n {cell.n:,}"
        )
        tip = title(f"{one.name}, {cell.name}: {words}")
        parts.append(
            element("g", {"class": cell.side}, tip, *marks(cell.point, cell.low, cell.high, y, scale))
        )
    return parts
