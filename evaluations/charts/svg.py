"""Writes SVG as text: escaped, with classes and presentation attributes only, safe to put into a page."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise

NARROW = 320.0
SMALL = 200.0  # narrower pictures stand inside text and cells and keep their size
CHARACTER = 6.2  # the width of one character of a label, on average, in the chart's units


class Svg(str):
    """Finished SVG text. Template engines that ask for `__html__` take it as it is, because all of it is escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """One element; numbers are rounded to a tenth, values escaped, None left out. Children are SVG already."""
    written = "".join(
        f' {key}="{escape(_attribute(value))}"' for key, value in attributes.items() if value is not None
    )
    inner = "".join(children)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return printable(str(value))


def number(value: float) -> str:
    """A coordinate, rounded to a tenth; never NaN or infinity, which browsers refuse."""
    return f"{value:.1f}" if math.isfinite(value) else "0"


def printable(text: str) -> str:
    """Text without what XML cannot hold, control characters as the replacement character."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == " " else "\ufffd" for character in text
    )


def title(text: str) -> str:
    """What the pointer and screen readers are told about the element around it."""
    return f"<title>{escape(printable(text))}</title>"


def label(text: str, x: float, y: float, css: str | None = None, anchor: str | None = None) -> str:
    """A text at a place; anchor is start, middle or end."""
    attributes = {"x": x, "y": y, "class": css, "text-anchor": anchor}
    return element("text", attributes, escape(printable(text)))


def short_label(
    text: str, x: float, y: float, width: float, css: str | None = None, anchor: str | None = None
) -> str:
    """A text cut to a width in the chart's units; the whole of it is its title."""
    longest = max(3, int(width / CHARACTER))
    if len(text) <= longest:
        return label(text, x, y, css, anchor)
    shown = escape(printable(text[: longest - 1].rstrip()) + "…")
    return element("text", {"x": x, "y": y, "class": css, "text-anchor": anchor}, title(text), shown)


def line(css: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return element("line", {"class": css, "x1": x1, "x2": x2, "y1": y1, "y2": y2})


def path_through(places: Sequence[tuple[float, float]]) -> str:
    """Straight lines from place to place: they have no inside, which a page's `fill` would colour."""
    return "".join(line("whisker", *here, *there) for here, there in pairwise(places))


def box(css: str, x: float, y: float, width: float, height: float) -> str:
    """A filled rectangle."""
    drawn = f"M{number(x)} {number(y)}h{number(width)}v{number(height)}h{number(-width)}z"
    return element("path", {"class": css, "d": drawn})


def dot(x: float, y: float, radius: float = 4.5, css: str | None = None) -> str:
    """A measured value."""
    return element("circle", {"cx": x, "cy": y, "r": radius, "class": css})


def plumb(x: float, height: float, words: str, width: float) -> str:
    """The plumb line of a target: a line with a bob at its end and what the target is below it."""
    anchor, at = _anchored(x, words, width)
    return (
        line("plumb", x, 0.0, x, height)
        + element("path", {"class": "bob", "d": f"M{number(x - 4)} {number(height - 1)}h8l-4 9z"})
        + label(words, at, height + 22, anchor=anchor)
    )


def _anchored(x: float, words: str, width: float) -> tuple[str, float]:
    """Keeps a centred text inside the picture."""
    half = len(words) * CHARACTER / 2
    if x - half < 0:
        return "start", 0.0
    return ("end", width) if x + half > width else ("middle", x)


def picture(width: float, height: float, name: str, explained: str, parts: Iterable[str]) -> Svg:
    """The whole chart, with a name for screen readers and a sentence on how to read it."""
    attributes = {
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": "100%" if width > SMALL else f"{width:g}",
        "role": "img",
        "aria-label": name or explained,
        "class": "chart" if width > SMALL else "spark",
    }
    return Svg(element("svg", attributes, title(explained), *parts))


def nothing(name: str, words: str, width: float) -> Svg:
    """The chart when there is nothing to draw: it says so."""
    height = 20 if width <= SMALL else 40
    return picture(width, height, name, words, [label(words, 0.0, height / 2 + 4)])
