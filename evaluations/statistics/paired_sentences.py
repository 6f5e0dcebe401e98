"""Sentences about a difference: against a rival, a set of rivals, or our own earlier version."""

from evaluations.statistics.reasons import leaning, outlook
from evaluations.statistics.results import Claim, Outcome, Result, Trend
from evaluations.statistics.wording import (
    OFTEN,
    Unit,
    count,
    decimals_for,
    gap,
    margin_text,
    signed_span,
    watched,
)


def rival_sentence(result: Result, unit: Unit, other: str) -> str:
    margin, seen = result.target or 0.0, _seen(result, unit)
    if result.outcome is Outcome.INCONCLUSIVE:
        if margin == 0:
            return f"Not distinguishable from {other}: {seen}."
        claim = _lead(margin, unit, other, "lead")
        hope = outlook(result, unit)
        return f"Not proven yet{leaning(result)}, that we {claim}: {seen}; {hope}."
    if result.outcome is Outcome.MET:
        return f"{_capital(_lead(margin, unit, other, 'leads'))}: {seen}."
    return f"{_miss(margin, unit, other)}: {seen}."


def _lead(margin: float, unit: Unit, other: str, verb: str) -> str:
    if margin > 0:
        return f"{verb} {other} by at least {margin_text(margin, unit)}"
    if margin < 0:
        be = "are " if verb == "lead" else ""
        return f"{be}no more than {margin_text(margin, unit)} worse than {other}"
    return f"ahead of {other}"


def _miss(margin: float, unit: Unit, other: str) -> str:
    if margin > 0:
        return f"Does not lead {other} by {margin_text(margin, unit)}"
    if margin < 0:
        return f"More than {margin_text(margin, unit)} worse than {other}"
    return f"Behind {other}"


def equality_sentence(result: Result, unit: Unit, other: str) -> str:
    within, seen = margin_text(result.target or 0.0, unit), _seen(result, unit)
    if result.outcome is Outcome.MET:
        return f"Practically equal to {other}, within {within} either way: {seen}."
    if result.outcome is Outcome.NOT_MET:
        return f"Not practically equal to {other}, more than {within} apart: {seen}."
    claim = f"that it is practically equal to {other}, within {within} either way"
    return f"Not proven yet{leaning(result)}, {claim}: {seen}; {outlook(result, unit)}."


def set_sentence(result: Result, unit: Unit, other: str) -> str:
    """other is not used: the rivals are counted, their names stand in the lines."""
    won = sum(line.outcome is Outcome.MET for line in result.lines)
    whom = "every rival" if result.claim is Claim.EVERY else "any rival"
    margin = result.target or 0.0
    claim = _lead(margin, unit, whom, "leads") if margin else f"ahead of {whom}"
    claim = claim.replace("any rival", "at least one rival")
    tally = f"{count(won)} of {count(len(result.lines))}"
    seen = _seen(result, unit)
    which = "closest" if result.claim is Claim.EVERY else "widest"
    if result.outcome is Outcome.MET:
        return f"{_capital(claim)} ({tally}): {which} gap {seen}."
    if result.outcome is Outcome.NOT_MET:
        return f"{_set_miss(margin, unit, every=result.claim is Claim.EVERY)} ({tally}): {which} gap {seen}."
    hope = f"{leaning(result)}: {claim.replace('leads', 'leading')} holds for {tally}"
    return f"Not proven yet{hope}; {which} gap {seen}; {_set_outlook(result, unit)}."


def _set_outlook(result: Result, unit: Unit) -> str:
    """What would settle a claim about several rivals; each may be decided alone and still not all together."""
    if result.needed_n is None and not result.never_settles:
        return "corrected for several rivals, the plausible range still allows both answers"
    return outlook(result, unit)


def _set_miss(margin: float, unit: Unit, *, every: bool) -> str:
    if margin > 0:
        by = margin_text(margin, unit)
        return f"Does not lead every rival by {by}" if every else f"Leads no rival by {by}"
    if margin < 0:
        return f"More than {margin_text(margin, unit)} worse than {'a rival' if every else 'every rival'}"
    return "Not ahead of every rival" if every else "Ahead of no rival"


def earlier_sentence(result: Result, unit: Unit, other: str) -> str:
    seen, tolerance = _seen(result, unit), result.target or 0.0
    within = f"the tolerance of {margin_text(tolerance, unit)}"
    if result.trend is Trend.IMPROVED:
        return f"Improved on {other}: {seen}."
    if result.trend is Trend.NO_WORSE:
        return f"No worse than {other}{f', within {within}' if tolerance else ''}: {seen}."
    if result.trend is Trend.WITHIN_TOLERANCE:
        return f"Slightly worse than {other}, within {within}: {seen}."
    if result.trend is Trend.REGRESSED:
        return f"Regressed against {other}: {seen}."
    return f"Not known yet whether it got worse than {other}{leaning_worse(result)}: {seen}."


def leaning_worse(result: Result) -> str:
    """The lean of an open trend answers "no worse", so it is told as its opposite."""
    return {"yes": ", leaning no", "no": ", leaning yes", "": ""}[result.lean]


def gap_seen(result: Result, unit: Unit) -> str:
    """The difference alone, where nothing is claimed of it."""
    return _seen(result, unit)


def _seen(result: Result, unit: Unit) -> str:
    """+1.2 points (−0.9 to +3.3, n 1,025), and the direction where it is not the usual one."""
    places = decimals_for(result, unit)
    size = f"n {count(result.n)}"
    if result.point is None:
        return size
    if result.interval is not None:
        held = f" {OFTEN}" if watched(result) else ""
        size = f"{signed_span(result.interval, unit, places)}{held}, {size}"
    turned = "" if result.higher_is_better else "; lower is better"
    return f"{gap(result.point, unit, places)} ({size}{turned})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
