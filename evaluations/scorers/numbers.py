"""Finds numbers in text: signs, thousands separators, decimal commas, powers of ten, per cent."""

import math
from typing import Any

import re2

MAX_READ = 100_000
_SPACES = "\u00a0\u2009\u202f"  # the spaces that are typed between thousands
_NUMBER = re2.compile(
    r"(?:^|[^\pL\pN_])"  # B12 and H2O hold no number, and the dash in 10-20 is no sign
    r"([-+−]?)\s?\p{Sc}?\s?"
    rf"((?:[.,]?\d+)(?:[.,'’{_SPACES}]\d+)*)"
    r"([eE][-+]?\d{1,3})?"
    rf"([ {_SPACES}]?%)?"
)
_GROUPED = {
    point: re2.compile(rf"\d{{1,3}}(?:[{thousands}'’{_SPACES}]\d{{3}})+(?:\{point}\d+)?")
    for point, thousands in ((".", ","), (",", "."))
}
_PLAIN = {point: re2.compile(rf"\d*(?:\{point}?\d+)") for point in ".,"}
_NOT_DIGITS = {point: re2.compile(rf"[^0-9{point}]") for point in ".,"}


def numbers_in(text: str, *, decimal_comma: bool = False, percent_as_fraction: bool = False) -> list[float]:
    """Every finite number in the last 100,000 characters of a text, in order.

    decimal_comma reads 1.234,5 as 1234.5. percent_as_fraction reads 12 % as 0.12 instead of 12.
    """
    point = "," if decimal_comma else "."
    found: list[float] = []
    for match in _NUMBER.finditer(text[-MAX_READ:]):
        values = [value for value in _values(match, point) if math.isfinite(value)]
        found += [value / 100 for value in values] if percent_as_fraction and match.group(4) else values
    return found


def _values(match: Any, point: str) -> list[float]:
    """The number of one stretch of digits, or several where it is a list such as 1,2,3."""
    sign, digits, power, _ = match.groups()
    parts = _parts(digits, point)
    values = [float(_NOT_DIGITS[point].sub("", part).replace(point, ".")) for part in parts]
    if len(values) == 1 and power:
        values = [float(f"{values[0]!r}{power}")] if "e" not in repr(values[0]) else values
    return [-value if sign in ("-", "−") else value for value in values]


def _parts(digits: str, point: str) -> list[str]:
    if _GROUPED[point].fullmatch(digits) or _PLAIN[point].fullmatch(digits):
        return [digits]
    separators = ".,".replace(point, "")
    pieces = digits.replace(separators, " ").split()
    return [piece for piece in pieces if _PLAIN[point].fullmatch(piece)]
