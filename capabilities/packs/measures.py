"""Criteria that templates suggest over and over, said once."""

from capabilities.packs.types import Measure


def right(target: float, check: str = "Right answer", scorer: str = "exact", *, must: bool = True) -> Measure:
    """The share of cases that are right."""
    return Measure(check, scorer, f"at least {target * 100:g} %", threshold=target, must=must)


def at_most(
    target: float, check: str, scorer: str = "external", *, statistic: str = "mean", must: bool = True
) -> Measure:
    """A rate of something unwanted."""
    return Measure(
        check, scorer, f"at most {target * 100:g} %", statistic, threshold=target, lower=True, must=must
    )


def every_time(tries: int = 3, check: str = "Right answer", scorer: str = "exact") -> Measure:
    """Named cases that must be right on every try."""
    return Measure(
        check,
        scorer,
        f"right every time in {tries} tries, on named cases",
        "pass_all",
        tries=tries,
        reach="these",
    )


def ahead(margin: float, check: str = "Right answer", scorer: str = "exact", *, must: bool = True) -> Measure:
    """A lead over every rival."""
    words = f"lead every rival by at least {margin * 100:g} points"
    return Measure(check, scorer, words, against="competitors", margin=margin, must=must)


def no_worse(
    margin: float, check: str = "Right answer", scorer: str = "exact", *, must: bool = True
) -> Measure:
    """Parity with every rival."""
    words = f"no more than {margin * 100:g} points worse than every rival"
    return Measure(check, scorer, words, against="competitors", margin=-margin, must=must)


def beats_simple(
    margin: float, check: str = "Right answer", scorer: str = "exact", *, must: bool = True
) -> Measure:
    """Worth more than the plain way."""
    words = f"lead the simple alternative by at least {margin * 100:g} points"
    return Measure(check, scorer, words, against="simple", margin=margin, must=must)


def within_time(share: float, milliseconds: float, *, must: bool = False) -> Measure:
    """The share of answers that come in time."""
    return Measure(
        "Time to answer",
        "latency",
        f"{milliseconds:g} ms or less in at least {share * 100:g} % of cases",
        "share",
        threshold=share,
        limit=milliseconds,
        lower=True,
        unit="ms",
        must=must,
    )
