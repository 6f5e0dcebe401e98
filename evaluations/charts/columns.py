"""Columns over time: what is sure as a solid column, what it may come to at the most above it, hollow."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.charts.svg import Svg, box, element, label, nothing, picture, title

HEIGHT, FOOT, HEAD = 150.0, 22.0, 16.0
EXPLAINED = (
    "The solid column is settled; the hollow one above it is what calls on their way and lost ones may add"
)


@dataclass(frozen=True, slots=True)
class Column:
    """sure and most: not negative, most at least as large. words: both, as the reader sees them."""

    name: str
    sure: float
    most: float
    words: str


def draw(columns: Sequence[Column], name: str, width: float = 620.0) -> Svg:
    """The chart as SVG, the columns in the order given, from zero."""
    highest = max((column.most for column in columns), default=0.0)
    if highest <= 0:
        return nothing(name, "Nothing was spent.", width)
    step = width / len(columns)
    parts = [_column(column, index * step, step, highest) for index, column in enumerate(columns)]
    return picture(width, HEAD + HEIGHT + FOOT, name, EXPLAINED, parts)


def _column(column: Column, x: float, step: float, highest: float) -> str:
    wide, floor = step * 0.64, HEAD + HEIGHT
    sure, most = HEIGHT * column.sure / highest, HEIGHT * column.most / highest
    left, middle = x + (step - wide) / 2, x + step / 2
    parts = [title(f"{column.name}: {column.words}")]
    if most > sure:
        parts.append(box("column may", left, floor - most, wide, most - sure))
    if sure > 0:
        parts.append(box("column", left, floor - sure, wide, sure))
    parts.append(label(column.words, middle, floor - most - 5, "label", "middle"))
    parts.append(label(column.name, middle, floor + 16, "label", "middle"))
    return element("g", {}, *parts)
