"""How many digits keep an end of a range on its side of what it is held against."""

from collections.abc import Iterable

# Digits that may be added before the usual ones are taken all the same.
FINER = 4
TOUCHING = 1e-9


def digits_beside(ends: Iterable[float], goals: Iterable[float], usual: int = 1) -> int:
    """The fewest from the usual number on with which every end, so rounded, lies on the same side of each goal, or on it, as it does."""
    known = list(ends)
    pairs = [(end, goal) for goal in goals for end in known]
    tried = range(usual, usual + FINER)
    return next((digits for digits in tried if all(_told(*pair, digits) for pair in pairs)), usual)


def _told(end: float, goal: float, digits: int) -> bool:
    return _side(end, goal) in (0, _side(round(end, digits), goal))


def _side(end: float, goal: float) -> int:
    return 0 if abs(end - goal) <= TOUCHING else 1 if end > goal else -1
