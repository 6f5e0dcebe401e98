"""Counts as bars from the left, in groups: the cases of each slice, and how many cases come from one source."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.charts.svg import Svg, box, element, label, nothing, picture, short_label, title

ROW, HEAD, THICK, FOOT = 22.0, 26.0, 13.0, 6.0
NUMBER = 92.0
EXPLAINED = "The longer the bar, the more; the number stands at its end"


@dataclass(frozen=True, slots=True)
class Bar:
    """count: not negative. words: it, as the reader sees it."""

    name: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class BarGroup:
    """Bars on a scale of their own, under a heading."""

    name: str
    bars: Sequence[Bar]


def draw(groups: Sequence[BarGroup], name: str, width: float = 620.0) -> Svg:
    """The chart as SVG, groups and bars in the order given, each group from zero to its longest."""
    shown = [group for group in groups if group.bars]
    if not shown:
        return nothing(name, "No case is in a slice, and each is its own source.", width)
    parts, y = [], 0.0
    for group in shown:
        parts.append(short_label(group.name, 0.0, y + 17, width, "label strong"))
        y += HEAD
        longest = max(max(bar.count for bar in group.bars), 1)
        for bar in group.bars:
            parts.append(_bar(bar, y, width, longest))
            y += ROW
        y += FOOT
    return picture(width, y, name, EXPLAINED, parts)


def _bar(bar: Bar, y: float, width: float, longest: int) -> str:
    left = min(width * 0.32, 190.0)
    long = (width - left - NUMBER) * bar.count / longest
    middle = y + ROW / 2 + 4
    return element(
        "g",
        {},
        title(f"{bar.name}: {bar.words}"),
        short_label(bar.name, left - 8, middle, left - 8, None, "end"),
        box("column", left, y + (ROW - THICK) / 2, max(long, 1.0), THICK),
        label(bar.words, left + max(long, 1.0) + 6, middle, "label"),
    )
