"""The confusion matrix: a row for each label wanted, a column for each label said, the more of a row the darker."""

from collections.abc import Sequence
from typing import Any

from evaluations.charts.svg import Svg, element, label, nothing, number, picture, short_label, title

CELL, HEIGHT, NAME, HEAD = 46.0, 30.0, 130.0, 92.0
MOST = 25
EXPLAINED = "Rows are the labels wanted, columns the labels said; the diagonal is right"
UNREAD = "could not be read"


def draw(labels: Sequence[str], counts: Sequence[Sequence[int]], name: str = "Confusion matrix") -> Svg:
    """counts[wanted][said], the last column for answers without a label; at most 25 labels are drawn."""
    if not labels or not any(map(any, counts)):
        return nothing(name, "No labels were read.", 620.0)
    names, columns = labels[:MOST], _columns(labels[:MOST], counts)
    parts = [_heading(text, place) for place, text in enumerate(columns)]
    for row, wanted in enumerate(names):
        y = HEAD + row * HEIGHT
        parts.append(short_label(wanted, 0.0, y + HEIGHT / 2 + 4, NAME - 8, "label"))
        line = [counts[row][place] for place in (*range(len(names)), *_last(columns, names))]
        parts += [
            _cell(wanted, said, found, sum(counts[row]), (NAME + place * CELL, y), right=place == row)
            for place, (said, found) in enumerate(zip(columns, line, strict=True))
        ]
    width = NAME + len(columns) * CELL + HEAD / 2
    return picture(max(width, 320.0), HEAD + len(names) * HEIGHT + 2, name, EXPLAINED, parts)


def rows(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """The same for a table or a file: wanted, said, cases, for every pair that was found."""
    said = (*labels, UNREAD)
    return [
        {"wanted": wanted, "said": said[place], "cases": found}
        for wanted, line in zip(labels, counts, strict=True)
        for place, found in enumerate(line)
        if found
    ]


def _columns(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[str]:
    unread = any(line[-1] for line in counts)
    return [*names, UNREAD] if unread else list(names)


def _last(columns: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    return (-1,) if len(columns) > len(names) else ()


def _heading(text: str, place: int) -> str:
    x, y = NAME + place * CELL + CELL / 2, HEAD - 8
    return element(
        "g", {"transform": f"rotate(-40 {x:.1f} {y:.1f})"}, short_label(text, x, y, 110.0, "label")
    )


def _cell(  # noqa: PLR0913 - what a cell shows, and where
    wanted: str, said: str, found: int, whole: int, at: tuple[float, float], *, right: bool
) -> str:
    share = found / whole if whole else 0.0
    x, y = at
    shape = f"M{number(x + 1)} {number(y + 1)}h{number(CELL - 2)}v{number(HEIGHT - 2)}h{number(2 - CELL)}z"
    shade = "met" if right else "not-met"
    # As deep as half of the colour, so that the number stays readable on it in both themes.
    square = element(
        "path", {"class": f"heat {shade}", "fill-opacity": f"{0.05 + 0.5 * share:.2f}", "d": shape}
    )
    words = f"{found} of {whole} of {wanted}: {said}"
    text = label(str(found), x + CELL / 2, y + HEIGHT / 2 + 4, "label", "middle") if found else ""
    return element("g", {}, title(words), square, text)
