"""Numbers as a reader sees them: rates as percent, differences of rates as points, else the unit's text."""

from dataclasses import dataclass, replace

from evaluations.statistics.quantiles import SLACK
from evaluations.statistics.results import Claim, Interval, Result

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
# Digits that may be added where an end would else seem to lie on its target, or beyond it.
FINER = 4
ALONE = (Claim.THRESHOLD, Claim.SHARE)
Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class Unit:
    """rate: the score is a fraction, shown as percent. Otherwise text follows the number, such as "ms".

    cases: the noun for items, in the plural. limit_text: unit of the limit of a "share within" claim.
    widest: how far apart two scores can lie, None where they have no bounds.
    """

    rate: bool = True
    text: str = ""
    cases: str = "cases"
    limit_text: str = ""
    widest: float | None = None

    def noun(self, items: int) -> str:
        return self.cases.removesuffix("s") if items == 1 else self.cases

    def counted(self, items: int) -> str:
        """1 case, 1,319 cases."""
        return f"{count(items)} {self.noun(items)}"


RATE = Unit()


def number(value: float, decimals: int) -> str:
    """Grouped by thousands, with a real minus sign and no negative zero."""
    shown = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    return shown.replace("-", MINUS)


def count(value: int) -> str:
    return f"{value:,}"


def decimals_for(result: Result, unit: Unit) -> int:
    """One for percent, more when the target needs them; else enough for three digits of the point.

    More still where an end of the range, so rounded, would lie on another side of what it is held against than it does.
    """
    usual = _usual_decimals(result, unit)
    return next((places for places in range(usual, usual + FINER) if _true(result, unit, places)), usual)


def _true(result: Result, unit: Unit, places: int) -> bool:
    """Whether each end, rounded, lies on its side of each goal; on a target it reaches it, and no difference is neither side."""
    if result.interval is None or result.target is None:
        return True
    factor = 100 if unit.rate else 1
    on = 0 if result.claim not in ALONE else 1 if result.higher_is_better else -1
    ends = [end * factor for end in (result.interval.low, result.interval.high)]
    goals = [goal * factor for goal in _goals(result, result.target)]
    return all(
        _side(end - goal, on) == _side(round(end, places) - goal, on) for end in ends for goal in goals
    )


def _goals(result: Result, target: float) -> list[float]:
    """What the ends are held against, in the scorer's unit."""
    if result.claim is Claim.EQUIVALENCE:
        return [-target, target]
    turned = result.claim not in ALONE and not result.higher_is_better
    goal = -target if turned else target
    return [goal, 0.0] if result.claim is Claim.EARLIER else [goal]


def _side(beyond: float, on: int) -> int:
    return on if abs(beyond) <= SLACK * 1_000 else 1 if beyond > 0 else -1


def _usual_decimals(result: Result, unit: Unit) -> int:
    if unit.rate:
        return next((places for places in (1, 2, 3) if _exact(result.target, places)), 3)
    ends = [] if result.interval is None else [result.interval.low, result.interval.high]
    largest = max((abs(value) for value in (*ends, result.point or 0.0)), default=0.0)
    return next((places for places in range(7) if largest * 10**places >= 100), 6)


def _exact(target: float | None, places: int) -> bool:
    return target is None or abs(round(target * 100, places) - target * 100) < 1e-9


def about(value: int) -> str:
    """A planning number, rounded up to two digits that count."""
    step: int = 10 ** max(len(str(value)) - 2, 0)
    return count(-(-value // step) * step)


def value(amount: float, unit: Unit, decimals: int) -> str:
    if unit.rate:
        return f"{number(amount * 100, decimals)} %"
    return f"{number(amount, decimals)} {unit.text}".strip()


def target_text(amount: float, unit: Unit) -> str:
    """A target without trailing zeros: 90 %, 99.5 %, 1,200 ms."""
    bare = f"{round(amount * (100 if unit.rate else 1), 6) + 0.0:,.6f}".rstrip("0").rstrip(".")
    return f"{bare.replace('-', MINUS)} {'%' if unit.rate else unit.text}".strip()


def gap(amount: float, unit: Unit, decimals: int) -> str:
    """A signed difference: +1.2 points, −38 ms."""
    return f"{signed(amount, unit, decimals)} {'points' if unit.rate else unit.text}".strip()


def signed(amount: float, unit: Unit, decimals: int) -> str:
    shown = number(amount * 100 if unit.rate else amount, decimals)
    positive = amount > 0 and any(digit in shown for digit in "123456789")
    return f"+{shown}" if positive else shown


def margin_text(amount: float, unit: Unit) -> str:
    """An unsigned gap without trailing zeros: 3 points, 50 ms."""
    bare = f"{round(abs(amount) * (100 if unit.rate else 1), 6):,.6f}".rstrip("0").rstrip(".")
    noun = "point" if bare == "1" else "points"
    return f"{bare} {noun if unit.rate else unit.text}".strip()


def span(interval: Interval, unit: Unit, decimals: int) -> str:
    """low–high, without a unit; with "to" where a minus sign would meet the dash."""
    factor = 100 if unit.rate else 1
    low, high = number(interval.low * factor, decimals), number(interval.high * factor, decimals)
    return f"{low} to {high}" if MINUS in low + high else f"{low}{DASH}{high}"


def possible(interval: Interval, unit: Unit) -> Interval:
    """The range of a difference as it is shown: cut where no two scores can lie further apart. What decides is never cut."""
    if unit.widest is None:
        return interval
    low, high = (_within(end, unit.widest) for end in (interval.low, interval.high))
    return replace(interval, low=low, high=high)


def possible_ends(low: float | None, high: float | None, widest: float | None) -> Ends:
    """The same of ends that were stored, each of which may be open."""
    if widest is None:
        return low, high
    return None if low is None else _within(low, widest), None if high is None else _within(high, widest)


def _within(end: float, widest: float) -> float:
    return min(max(end, -widest), widest)


def shown(result: Result, unit: Unit) -> Result:
    """A paired result with every range as it is shown, and no smallest gap where only an impossible one would be noticed."""
    interval = None if result.interval is None else possible(result.interval, unit)
    lines = tuple([shown(line, unit) for line in result.lines])
    return replace(result, interval=interval, lines=lines, mde=noticeable(result.mde, unit.widest))


def noticeable(gap: float | None, widest: float | None) -> float | None:
    """The smallest gap that cases would show; None where it would have to be larger than any can be."""
    return gap if gap is None or widest is None or gap <= widest else None


def signed_span(interval: Interval, unit: Unit, decimals: int) -> str:
    interval = possible(interval, unit)
    return f"{signed(interval.low, unit, decimals)} to {signed(interval.high, unit, decimals)}"


OFTEN = "however often one looks"


def watched(result: Result) -> bool:
    """Whether its range, or that of a line of it, holds at every look."""
    return "-sequence/" in result.method or any(watched(line) for line in result.lines)


def level(confidence: float) -> str:
    return target_text(confidence, RATE)
