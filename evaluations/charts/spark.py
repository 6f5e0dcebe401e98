"""The spark: a few values in the space of a word, the newest marked."""

from collections.abc import Sequence
from typing import Any

from evaluations.charts.scale import Show, finite, in_words, scale_over
from evaluations.charts.svg import Svg, dot, element, nothing, path_through, picture

HEIGHT = 20.0


def draw(
    values: Sequence[float | None], show: Show = Show.PERCENT, name: str = "Trend", width: float = 80.0
) -> Svg:
    """The chart as SVG, oldest first; missing values are passed over. Its title says first and last."""
    known = [(index, value) for index, value in enumerate(values) if value is not None and finite([value])]
    if not known:
        return nothing(name, "No data", width)
    across = scale_over([], 4.0, width - 4, (0.0, float(len(values) - 1)))
    up = scale_over([value for _, value in known], HEIGHT - 4, 4.0)
    places = [(across.at(float(index)), up.at(value)) for index, value in known]
    words = f"{name}: {in_words(known[-1][1], show)}"
    if len(known) > 1:
        words = f"{name}: {in_words(known[0][1], show)} to {in_words(known[-1][1], show)} over {len(known)} values"
    return picture(width, HEIGHT, words, words, [element("g", {"class": "ours"}, *_parts(places))])


def _parts(places: Sequence[tuple[float, float]]) -> list[str]:
    return [path_through(places), dot(*places[-1], 2.5)]


def rows(values: Sequence[float | None]) -> list[dict[str, Any]]:
    """The same values for a table or a file: position from 1, value."""
    return [{"position": position, "value": value} for position, value in enumerate(values, start=1)]
