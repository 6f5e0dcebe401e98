"""Numbers, times and verdicts in the words of the pages. Rates arrive as fractions; what is missing is a dash."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

Number = int | float | Decimal

NOTHING = "–"
MINUS = "−"
SPACE = "\u00a0"

MINUTE, HOUR, DAY = 60, 3_600, 86_400
# Digits after the point of percent and points: the usual one, and more where it would mislead.
FINER = range(1, 5)
FRACTIONS = frozenset({"", "fraction", "share", "rate", "proportion", "percent"})

GLYPHS = {
    "met": "✓", "not_met": "✕", "inconclusive": "◐", "no_data": "○",
    "pass": "✓", "fail": "✕", "undecided": "◐", "pending": "◌", "pending_confirmation": "◌",
}  # fmt: skip
LABELS = {
    "met": "Met", "not_met": "Not met", "inconclusive": "Not proven yet", "no_data": "No data",
    "pass": "Go", "fail": "No go", "undecided": "Undecided", "pending": "Waiting for runs",
    "pending_confirmation": "Waiting for a confirming run",
}  # fmt: skip
CLASSES = {
    "met": "met", "not_met": "not-met", "inconclusive": "open", "no_data": "none",
    "pass": "met", "fail": "not-met", "undecided": "open", "pending": "none", "pending_confirmation": "open",
}  # fmt: skip
TRENDS = {
    "improved": ("↗", "Improved"),
    "no_worse": ("→", "No worse"),
    "within_tolerance": ("→", "Within tolerance"),
    "regressed": ("↘", "Regressed"),
    "unknown": ("·", "No trend yet"),
}
FRESHNESS = {"fresh": "Fresh", "needs_recheck": "Needs re-check", "out_of_date": "Out of date"}


def is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return math.isfinite(value)


def number(value: Number, digits: int = 0) -> str:
    """Thousands by comma, a real minus sign, and never a minus before zero."""
    text = f"{abs(value):,.{digits}f}"
    nonzero = any(character in "123456789" for character in text)
    return f"{MINUS}{text}" if value < 0 and nonzero else text


def counted(count: int, plural: str) -> str:
    """1 member, 1,025 members, 1 entry: the noun is given in the plural."""
    if count != 1:
        return f"{number(count)} {plural}"
    return f"1 {plural.removesuffix('ies')}y" if plural.endswith("ies") else f"1 {plural.removesuffix('s')}"


def signed(value: object, digits: int = 1) -> str:
    """+1.1, −0.9, and 0.0 without a sign."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    text = number(value, digits)
    nonzero = any(character in "123456789" for character in text)
    return f"+{text}" if value > 0 and nonzero else text


def percent(value: object, digits: int = 1) -> str:
    """0.932 → 93.2 %. What is not quite 0 or 1 never reads as 0 % or 100 %."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    step = 10.0**-digits
    points = float(value) * 100
    if 0 < points < step / 2:
        return f"<{SPACE}{step:.{digits}f}{SPACE}%"
    if 100 - step / 2 <= points < 100:
        return f">{SPACE}{100 - step:.{digits}f}{SPACE}%"
    return f"{number(points, digits)}{SPACE}%"


def points(value: object, digits: int = 1) -> str:
    """A difference of two rates in signed percentage points, without the word: 0.011 → +1.1."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    return signed(float(value) * 100, digits)


def money(value: object, currency: str = "USD") -> str:
    """Cents above a cent; two significant digits below, so that a cheap call never reads as free."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    amount = abs(float(value))
    digits = _digits(amount) if amount else 2
    sign = MINUS if value < 0 else ""
    mark = {"USD": "$", "EUR": "€", "GBP": "£"}.get(currency, f"{currency}{SPACE}")
    return f"{sign}{mark}{amount:,.{digits}f}"


def duration(value: object) -> str:
    """Seconds or a timedelta: 812 ms, 3.2 s, 4 min 10 s, 2 h 5 min, 3 d 2 h."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    seconds = float(value)
    if seconds <= -0.0005:
        return f"{MINUS}{duration(-seconds)}"
    seconds = max(seconds, 0.0)
    if seconds < 0.9995:
        return f"{seconds * 1_000:.0f}{SPACE}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}{SPACE}s"
    return long_duration(round(seconds))


def long_duration(seconds: int) -> str:
    pairs = ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s"))
    for size, name, part, part_name in pairs:
        if seconds >= size:
            rest = seconds % size // part
            tail = f" {rest}{SPACE}{part_name}" if rest else ""
            return f"{seconds // size}{SPACE}{name}{tail}"
    return f"{seconds}{SPACE}s"


def score(value: object, unit: str = "", digits: int = 1) -> str:
    """A score in its scorer's unit; without one it is a fraction, shown as a percentage with so many digits."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    if unit in FRACTIONS:
        return percent(value, digits)
    if unit in ("ms", "milliseconds"):
        return duration(float(value) / 1_000)
    if unit in ("s", "seconds"):
        return duration(value)
    if unit in ("USD", "usd", "$", "EUR", "eur", "€"):
        return money(value, {"€": "EUR", "$": "USD"}.get(unit, unit.upper()))
    text = number(value, 0 if value == int(value) else _digits(abs(float(value))))
    return text if unit == "number" else f"{text}{SPACE}{unit}"


def _digits(amount: float) -> int:
    """Two after the point; of what is smaller still two that count, so that it never reads as nothing."""
    return 2 if amount >= 0.01 else min(8, 1 - math.floor(math.log10(amount)))


def difference(value: object, unit: str = "", digits: int | None = None) -> str:
    """A difference in the scorer's unit, signed: +1.1 pt, −120 ms. digits: of points, else enough that it never reads as none."""
    if not isinstance(value, int | float | Decimal) or not is_number(value):
        return NOTHING
    if unit in FRACTIONS:
        return f"{points(value, digits or digits_beside([value], [0.0]))}{SPACE}pt"
    text = score(abs(value), unit)
    if value == 0:
        return text
    return f"{'+' if value > 0 else MINUS}{text}"


def range_text(
    low: object, high: object, unit: str = "", is_difference: bool = False, goals: Iterable[float] = ()
) -> str:
    """90.9–95.0 % for values, −0.9 to +3.2 for differences; an open end says so.

    More digits where an end would else seem to lie on a goal, or beyond it, and where a difference would seem to be none.
    """
    if low is None and high is None:
        return NOTHING
    digits = digits_beside((low, high), [*goals, 0.0] if is_difference else goals) if unit in FRACTIONS else 1
    shown = difference if is_difference else score
    if low is None:
        return f"up to {shown(high, unit, digits)}"
    if high is None:
        return f"at least {shown(low, unit, digits)}"
    low_text, high_text = shown(low, unit, digits), shown(high, unit, digits)
    if is_difference:
        return f"{without_unit(low_text)} to {without_unit(high_text)}"
    if unit in FRACTIONS and low_text[0].isdigit() and high_text[0].isdigit():
        return f"{without_unit(low_text)}–{high_text}"
    return f"{low_text} to {high_text}"


def digits_beside(ends: Iterable[object], goals: Iterable[float]) -> int:
    """The fewest of percent or points with which every end, so rounded, lies on the same side of each goal, or on it, as it does."""
    known = [float(end) * 100 for end in ends if isinstance(end, int | float | Decimal) and is_number(end)]
    pairs = [(end, goal * 100) for goal in goals for end in known]
    return next((digits for digits in FINER if all(_told(*pair, digits) for pair in pairs)), FINER[0])


def _told(end: float, goal: float, digits: int) -> bool:
    return _side(end, goal) in (0, _side(round(end, digits), goal))


def _side(end: float, goal: float) -> int:
    return 0 if abs(end - goal) <= 1e-9 else 1 if end > goal else -1


def p_text(p: float, alpha: float) -> str:
    """Two digits that count, more where it would else seem to lie on the other side of what decides."""
    told = (f"{p:.{digits}g}" for digits in range(2, 7))
    return next((text for text in told if (float(text) <= alpha) is (p <= alpha)), f"{p:.2g}")


def without_unit(text: str) -> str:
    return text.removesuffix(f"{SPACE}pt").removesuffix(f"{SPACE}%")


def ago(moment: datetime) -> str:
    """2 h ago, in 3 d, just now."""
    seconds = (timezone.now() - moment).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now"
    for length, name in ((365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if size >= length or name == "min":
            amount = f"{max(1, int(size // length))}{SPACE}{name}"
            break
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def trend_words(trend: str, *, stands: bool) -> str:
    """Improved, No worse, …; a regression that does not stand after correction is not told as one."""
    if trend == "regressed" and not stands:
        return "Worse, not distinguishable after correction"
    return "Not distinguishable" if trend == "unknown" else TRENDS[trend][1]


def verdict_label(outcome: str, lean: str | None = "") -> str:
    """The words of an outcome or a gate decision; the lean stands only beside what is not proven yet."""
    label = LABELS.get(outcome, outcome.replace("_", " ").capitalize())
    if outcome == "inconclusive" and lean in ("yes", "no"):
        return f"{label} · leaning {lean}"
    return label
