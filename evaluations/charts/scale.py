"""From values to places: a linear scale that holds its ends, sensible ranges, ticks, and numbers as words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evaluations.statistics.digits import digits_beside

LARGEST = 1e15
SMALLEST = 1e-9


class Show(StrEnum):
    """How values are written. percent and points take fractions (0.932 is 93.2 %)."""

    PERCENT = "percent"
    POINTS = "points"
    MILLISECONDS = "ms"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps low..high to start..end; values outside go to the nearer end (`outside` tells)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def outside(self, value: float) -> bool:
        """Whether a value lies beyond the ends, so that its place is not its own."""
        return not self.low <= value <= self.high


def scale_over(
    values: Iterable[float | None],
    start: float,
    end: float,
    bounds: tuple[float, float] | None = None,
    show: Show = Show.NUMBER,
) -> Scale:
    """A scale over bounds, or over the finite values with a tenth of room; percentages keep within 0 and 100."""
    if bounds is not None and bounds[0] < bounds[1]:
        return Scale(*bounds, start, end)
    known = finite(values)
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = max((high - low) / 10, 0.0 if high > low else abs(high) / 10, SMALLEST)
    if show is Show.PERCENT and low >= 0 and high <= 1:
        return Scale(max(0.0, low - room), min(1.0, high + room), start, end)
    return Scale(low - room, high + room, start, end)


def finite(values: Iterable[float | None]) -> list[float]:
    """The values that can be drawn: numbers of less than 1e15."""
    return [value for value in values if value is not None and abs(value) < LARGEST]


def span(low: float | None, high: float | None) -> tuple[float, float] | None:
    """A plausible range whose both ends can be drawn, else None."""
    known = finite([low, high])
    return (known[0], known[1]) if len(known) == 2 else None


def ticks(scale: Scale, about: int = 4) -> list[float]:
    """About so many round values inside a scale, in order."""
    step = 10.0 ** math.floor(math.log10((scale.high - scale.low) / about))
    step = next(step * factor for factor in (1, 2, 5, 10) if step * factor * about >= scale.high - scale.low)
    first = math.ceil(scale.low / step - 1e-9)
    last = math.floor(scale.high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def in_words(value: float | None, show: Show, digits: int = 1) -> str:
    """A value as the page writes it: 93.2 %, +1.1 pt, 1,250 ms. digits: of percent and points."""
    if not finite([value]) or value is None:
        return "no value"
    match show:
        case Show.PERCENT:
            return _percent(100 * value, digits)
        case Show.POINTS:
            shown = f"{100 * value:+.{digits}f}"
            return f"{shown[1:] if float(shown) == 0 else shown} pt".replace("-", "−")
        case Show.MILLISECONDS:
            return f"{value:,.0f} ms"
        case _:
            return f"{value:,.4g}".replace("-", "−")


def _percent(value: float, digits: int = 1) -> str:
    """What is not quite nothing or all never reads as 0 % or 100 %."""
    step = 10.0**-digits
    if 0 < value < step / 2:
        return f"< {step:.{digits}f} %"
    if 100 - step / 2 <= value < 100:
        return f"> {100 - step:.{digits}f} %"
    return f"{value:.{digits}f} %".replace("-", "−")


def in_short(value: float, show: Show) -> str:
    """A round value, such as a target or a tick, without needless zeros: 90 %, 92.5 %, 3 pt."""
    match show:
        case Show.PERCENT:
            return f"{100 * value:.4g} %"
        case Show.POINTS:
            return f"{100 * value:.4g} pt".replace("-", "−")
        case _:
            return in_words(value, show)


def range_in_words(low: float | None, high: float | None, show: Show, target: float | None = None) -> str:
    """A plausible range: (90.9 % to 95.0 %); nothing without one. More digits where an end would else seem to lie on the target."""
    known = span(low, high)
    if known is None:
        return ""
    goals = [100 * goal for goal in finite([target, 0.0 if show is Show.POINTS else None])]
    digits = digits_beside([100 * end for end in known], goals)
    return f" ({in_words(known[0], show, digits)} to {in_words(known[1], show, digits)})"
