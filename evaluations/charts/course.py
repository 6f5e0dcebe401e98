"""What charts over time share: a place for each value in order, lines of the scale, marks of events, and as many names as fit."""

from collections.abc import Sequence

from evaluations.charts.scale import Scale, Show, in_short, ticks
from evaluations.charts.svg import element, label, line, number, short_label, title

TOP, HEIGHT, LEFT = 14.0, 200.0, 54.0
BOTTOM = HEIGHT - 26


def places_of(where: Sequence[float], width: float) -> list[float]:
    """Where values stand from left to right; where: in order, in any unit."""
    first, last = LEFT + 14, width - 24
    low, high = min(where), max(where)
    if low == high:
        return [(first + last) / 2 for _ in where]
    return [first + (at - low) / (high - low) * (last - first) for at in where]


def grid(up: Scale, show: Show, width: float) -> list[str]:
    return [
        part
        for value in ticks(up)
        for part in (
            line("axis", LEFT, up.at(value), width, up.at(value)),
            label(in_short(value, show), LEFT - 6, up.at(value) + 4, anchor="end"),
        )
    ]


def event_mark(words: str, x: float) -> str:
    return element(
        "g",
        {"class": "event"},
        title(words),
        line("axis", x, TOP, x, BOTTOM),
        element("path", {"class": "bob", "d": f"M{number(x - 4)} {number(TOP - 8)}h8l-4 7z"}),
    )


def joined(pairs: Sequence[tuple[float, float]]) -> str:
    """The points of a polygon."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def names_below(names: Sequence[str], places: Sequence[float], width: float) -> list[str]:
    """As many names as fit side by side, the newest first of all."""
    fitting = max(2, int((width - LEFT) / 84))
    every = max(1, -(-(len(names) - 1) // (fitting - 1))) if len(names) > 1 else 1
    last = len(names) - 1
    room = (width - LEFT) / min(fitting, len(names)) - 6
    shown: list[int] = []
    for index in range(last, -1, -every):
        if not shown or places[shown[-1]] - places[index] >= min(room, 72.0):
            shown.append(index)
    return [_name(names[index], places[index], room, index, last) for index in reversed(shown)]


def _name(name: str, x: float, room: float, index: int, last: int) -> str:
    if last and index == 0:
        return short_label(name, x - 14, HEIGHT - 8, room, anchor="start")
    if last and index == last:
        return short_label(name, x + 24, HEIGHT - 8, room, anchor="end")
    return short_label(name, x, HEIGHT - 8, room, anchor="middle")
