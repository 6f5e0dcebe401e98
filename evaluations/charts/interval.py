"""The interval chart: one value with its plausible range against a target, small enough for a table cell or a card."""

from typing import Any

from evaluations.charts import gap
from evaluations.charts.gap import GapRow, Look, marks
from evaluations.charts.scale import finite, in_short, in_words, range_in_words, scale_over
from evaluations.charts.svg import Svg, element, line, nothing, picture, title

HEIGHT = 20.0


def draw(row: GapRow, look: Look | None = None) -> Svg:
    """The chart as SVG: the name is in the title only. Without a value it says so."""
    look = look or Look(width=160.0, bounds=(0.0, 1.0))
    if not finite([row.point]):
        return nothing(row.name, "No data", look.width)
    scale = scale_over(
        [row.point, row.low, row.high, look.target], 8.0, look.width - 8, look.bounds, look.show
    )
    words = f"{row.name}: {in_words(row.point, look.show)}{range_in_words(row.low, row.high, look.show, look.target)}"
    middle = HEIGHT / 2
    parts = [line("axis", scale.start, middle, scale.end, middle)]
    parts.append(
        element("g", {"class": row.side}, title(words), *marks(row.point, row.low, row.high, middle, scale))
    )
    if look.target is not None:
        at = scale.at(look.target)
        parts.append(line("plumb", at, 0.0, at, HEIGHT))
        words += f", {look.target_words or 'target ' + in_short(look.target, look.show)}"
    return picture(look.width, HEIGHT, words, words, parts)


def rows(row: GapRow, look: Look | None = None) -> list[dict[str, Any]]:
    """The same values for a table or a file, as in the gap chart."""
    return gap.rows([row], look)
