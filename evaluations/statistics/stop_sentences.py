"""What is said of a run that stops once its targets are settled: while it runs, after it stopped, and beside another run."""

from evaluations.statistics.results import Claim, Outcome, Result
from evaluations.statistics.wording import ALONE, FINER, Unit, count, decimals_for, number, value


def stopped(asked: int, cases: int, spared: int, saved: str = "") -> str:
    """ "Settled after 240 of 1,000 cases; 760 calls not needed, about 3.10 saved." saved: money in words, empty where it is not known."""
    money = f", about {saved} saved" if saved else ""
    return f"Settled after {count(asked)} of {count(cases)} cases; {_calls(spared)} not needed{money}."


def beside(name: str, asked: int, cases: int) -> str:
    """For a comparison: its number of cases was not chosen beforehand."""
    return (
        f"{name} stopped early when its targets were settled: {count(asked)} of {count(cases)} cases asked."
    )


def short_of(result: Result, unit: Unit) -> str:
    """How far the range of an open result still reaches beyond its target, on the side it leans to; empty where there is none."""
    if result.outcome is not Outcome.INCONCLUSIVE or result.interval is None or result.target is None:
        return ""
    if result.claim is Claim.EQUIVALENCE or not result.lean:
        return ""
    turned = result.claim not in ALONE and not result.higher_is_better
    goal = -result.target if turned else result.target
    low_decides = (result.lean == "yes") is result.higher_is_better
    gap = goal - result.interval.low if low_decides else result.interval.high - goal
    if gap <= 0:
        return ""
    answer = "met" if result.lean == "yes" else "not met"
    return f"The range reaches {_width(gap, result, unit)} too far to call it {answer}."


def _width(gap: float, result: Result, unit: Unit) -> str:
    factor = 100 if unit.rate else 1
    usual = decimals_for(result, unit)
    places = next((more for more in range(usual, usual + FINER) if round(gap * factor, more)), usual)
    return f"{number(gap * 100, places)} points" if unit.rate else value(gap, unit, places)


def _calls(calls: int) -> str:
    return f"{count(calls)} call{'' if calls == 1 else 's'}"
