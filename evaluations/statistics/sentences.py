"""One sentence per outcome, in plain words; every number comes from the result."""

from evaluations.statistics.estimate import Estimate
from evaluations.statistics.paired_sentences import (
    earlier_sentence,
    equality_sentence,
    rival_sentence,
    set_sentence,
)
from evaluations.statistics.reasons import hindrance, leaning, outlook
from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.wording import (
    OFTEN,
    RATE,
    Unit,
    count,
    decimals_for,
    level,
    number,
    span,
    target_text,
    value,
    watched,
)

__all__ = ["allowance", "cheaper", "sentence", "trade_off"]

HOW_SEEN = {
    Claim.RIVAL: rival_sentence,
    Claim.EQUIVALENCE: equality_sentence,
    Claim.EVERY: set_sentence,
    Claim.ANY: set_sentence,
    Claim.EARLIER: earlier_sentence,
}


def sentence(result: Result, unit: Unit = RATE, other: str = "the rival") -> str:
    """What was found. other: name of the rival, or of the earlier version."""
    stopped = hindrance(result, unit)
    if stopped:
        return stopped
    if result.claim is Claim.PASS_ALL:
        return _pass_all(result, unit)
    if result.claim in HOW_SEEN:
        return HOW_SEEN[result.claim](result, unit, other)
    return _threshold(result, unit)


def allowance(result: Result, unit: Unit = RATE) -> str:
    """What the cases at hand could decide, such as "with these 80 cases a 90 % target allows …"; or empty."""
    if result.deciding_n is None or result.target is None:
        return ""
    goal = target_text(result.target, unit)
    if result.allowed_failures is None:
        return f"Even if all pass, proving a target of {goal} takes {unit.counted(result.deciding_n)}."
    failures = "no failure" if result.allowed_failures == 0 else _at_most(result.allowed_failures)
    these = "this" if result.n == 1 else "these"
    return f"With {these} {unit.counted(result.n)} a {goal} target allows {failures}."


def trade_off(quality: Result, cost: Estimate, other: str = "") -> str:
    """ "Same quality, 38 % cheaper (35 to 41 %)." when equality is met and the costs are shown to differ; else empty.

    quality: an equality or "no more than … worse" result; cost: what ours took for each unit of money theirs took, a ratio of sums.
    """
    proven = quality.outcome is Outcome.MET and quality.claim in (Claim.EQUIVALENCE, Claim.RIVAL)
    said = cheaper(cost)
    whom = (
        f" as {other}" if other and quality.claim is Claim.EQUIVALENCE else f" than {other}" if other else ""
    )
    return f"{_quality(quality)}{whom}, {said}." if proven and said else ""


def cheaper(cost: Estimate) -> str:
    """ "38 % cheaper (35 to 41 %)"; empty where costs may as well be equal. A ratio that is the same for every case has no range."""
    if cost.point is None or (cost.interval is None and cost.reason is not Reason.ZERO_VARIANCE):
        return ""
    ends = (cost.interval.low, cost.interval.high) if cost.interval else (cost.point, cost.point)
    if ends[0] <= 1 <= ends[1]:
        return ""
    far, word = (sorted(abs(end - 1) * 100 for end in ends), "cheaper" if cost.point < 1 else "dearer")
    span = f" ({number(far[0], 0)} to {number(far[1], 0)} %)" if cost.interval else ""
    return f"{number(abs(cost.point - 1) * 100, 0)} % {word}{span}"


def _quality(quality: Result) -> str:
    if quality.claim is Claim.EQUIVALENCE:
        return "Same quality"
    return "No worse in quality" if (quality.target or 0.0) < 0 else "Better quality"


def _at_most(failures: int) -> str:
    return f"at most {count(failures)} failure{'' if failures == 1 else 's'}"


def _threshold(result: Result, unit: Unit) -> str:
    where = " on these cases only" if result.these_items_only else ""
    if result.outcome is Outcome.INCONCLUSIVE:
        return f"Not proven yet{where}{leaning(result)}: {outlook(result, unit)} ({_facts(result, unit)})."
    if result.interval is None or result.target is None:
        return f"No data: nothing has been scored{where}."
    met = result.outcome is Outcome.MET
    lower_end = met is result.higher_is_better
    places = decimals_for(result, unit)
    end = value(result.interval.low if lower_end else result.interval.high, unit, places)
    side = "pessimistic" if met else "optimistic"
    bound = f"{'at least' if lower_end else 'at most'} {end}{_subject(result, unit)}"
    if result.method == "clopper-pearson-clusters/1":
        bound = f"no error at all, so {bound} of sources would have one,"
    missed = "" if met else f", {_beside(result)} the target of {target_text(result.target, unit)}"
    verdict = "Met" if met else "Not met"
    return f"{verdict}{where}: {bound} even at the {side} end{missed} ({_facts(result, unit)})."


def _beside(result: Result) -> str:
    return "below" if result.higher_is_better else "above"


def _subject(result: Result, unit: Unit) -> str:
    if result.claim is not Claim.SHARE or result.limit is None:
        return ""
    limit = target_text(result.limit, Unit(rate=False, text=unit.limit_text))
    return f" of cases reach {limit} or more," if result.reaching else f" of requests take {limit} or less,"


def _facts(result: Result, unit: Unit) -> str:
    """point, n, plausible range, and the target where the verdict is open."""
    places = decimals_for(result, unit)
    facts = [] if result.point is None else [f"point {value(result.point, unit, places)}"]
    facts.append(f"n {count(result.n)}")
    if result.interval is not None:
        shown = span(result.interval, unit, places)
        held = f" that holds {OFTEN}" if watched(result) else ""
        facts.append(f"{level(result.interval.confidence)} plausible range{held} {shown}")
    if result.outcome is Outcome.INCONCLUSIVE and result.target is not None:
        facts.append(f"target {target_text(result.target, unit)}")
    if result.seed is not None and result.resamples is not None:
        facts.append(f"bootstrap, seed {result.seed}, {count(result.resamples)} resamples")
    return ", ".join(facts)


def _pass_all(result: Result, unit: Unit) -> str:
    tries = "its one try" if result.repeats == 1 else f"all {count(result.repeats)} tries"
    if result.outcome is Outcome.MET:
        return f"Met on these {unit.cases} only: each of {count(result.n)} was right in {tries}."
    failed = round(result.n * (1 - (result.point or 0.0)))
    return (
        f"Not met on these {unit.cases} only: {count(failed)} of {count(result.n)} {'was' if failed == 1 else 'were'}"
        f" not right in {tries}."
    )
