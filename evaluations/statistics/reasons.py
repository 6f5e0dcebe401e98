"""Why nothing could be decided, what would help, and which way it leans."""

from collections.abc import Callable

from evaluations.statistics.bounded_means import ENOUGH_CLUSTERS
from evaluations.statistics.digits import digits_beside
from evaluations.statistics.ratios import NO_ERRORS
from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.samples import Rule
from evaluations.statistics.wording import RATE, Unit, about, count, value


def leaning(result: Result) -> str:
    return f", leaning {result.lean}" if result.lean else ""


def outlook(result: Result, unit: Unit) -> str:
    """What would settle it if the truth is what was seen, or that nothing would."""
    if result.never_settles:
        return f"no number of {unit.cases} will settle this while the true value lies on the target"
    if result.these_items_only:
        return f"more tries of the same {unit.cases} would narrow it"
    if result.labels is not None:
        return (
            "more of the judge's answers labelled by people would narrow it, and so would more " + unit.cases
        )
    if result.more_n is None:
        return f"the plausible range lies on both sides of the target, and more {unit.cases} would narrow it"
    seen = "rate" if unit.rate and result.claim in (Claim.THRESHOLD, Claim.SHARE) else "value"
    seen = "gap" if result.claim not in (Claim.THRESHOLD, Claim.SHARE) else seen
    more = f"about {about(result.more_n)} more {unit.noun(result.more_n)}"
    if result.repeats > 1:
        more += ", not more tries of the same ones,"
    return f"{more} would settle it if the true {seen} is what we saw"


def hindrance(result: Result, unit: Unit) -> str:
    """The sentence of a result that could not be decided for a reason other than its width; or empty."""
    if result.outcome is Outcome.NO_DATA:
        if result.reason is Reason.ALL_ERRORED:
            return _all_errored(result, unit)
        return "No data: nothing has been scored."
    say = SENTENCES.get(result.reason)
    return say(result, unit) if say is not None and result.outcome is Outcome.INCONCLUSIVE else ""


def _all_errored(result: Result, unit: Unit) -> str:
    if result.missing == 1:
        return f"No data: the only {unit.noun(1)} ended in an error; run it again."
    return f"No data: all {unit.counted(result.missing)} ended in errors; run them again."


def _errors(result: Result, unit: Unit) -> str:
    digits = digits_beside([result.missing_share * 100], [Rule.max_missing_share * 100])
    share = value(result.missing_share, RATE, digits)
    return (
        f"Not proven yet{leaning(result)}: {share} of the tries are missing,"
        f" too many for an answer; run the missing {unit.cases} again."
    )


def _small(result: Result, unit: Unit) -> str:
    few = f"Not proven yet{leaning(result)}: {unit.counted(result.n)} {'is' if result.n == 1 else 'are'} too few"
    if result.needed_n is None:
        return f"{few}."
    return f"{few}; about {about(result.needed_n)} in all would do if the true value is what we saw."


def _one_source(result: Result, unit: Unit) -> str:
    come = (
        f"there is but 1 {unit.noun(1)}"
        if result.n == 1
        else f"all {unit.counted(result.n)} come from one source"
    )
    return f"Not proven yet{leaning(result)}: {come}, which says nothing about others."


def _few_tries(result: Result, unit: Unit) -> str:
    return (
        f"Not proven yet{leaning(result)}: the {unit.cases} were tried too few times ({count(result.repeats)}"
        " so far); repeat them."
        if result.claim is not Claim.PASS_ALL
        else f"Not proven yet{leaning(result)}: not each of {unit.counted(result.n)} has had"
        f" {count(result.repeats)} {'try' if result.repeats == 1 else 'tries'}."
    )


def _no_spread(result: Result, unit: Unit) -> str:
    return (
        f"Not proven yet{leaning(result)}: all {unit.counted(result.n)} gave the same value,"
        " so how much it varies is unknown."
    )


def _pending(result: Result, unit: Unit) -> str:
    return "Not proven yet: this run disagrees with the standing verdict, which changes once a second run agrees."


def _not_comparable(result: Result, unit: Unit) -> str:
    return "Not comparable: the two sides were not measured in the same way."


def _these(result: Result, unit: Unit) -> str:
    return f"{'this' if result.n == 1 else 'these'} {unit.counted(result.n)}"


def _one_label(result: Result, unit: Unit) -> str:
    return (
        f"Not proven yet{leaning(result)}: only one label is wanted in {_these(result, unit)};"
        f" add {unit.cases} of the others."
    )


def _few_of_a_label(result: Result, unit: Unit) -> str:
    return (
        f"Not proven yet{leaning(result)}: a label is wanted in too few of {_these(result, unit)};"
        f" it takes at least 30 {unit.cases} from different sources for each label."
    )


def _no_census(result: Result, unit: Unit) -> str:
    return (
        "Not proven yet: a figure over all cases has no plausible range “on these cases only”;"
        " ask for cases like these."
    )


def _few_labels(result: Result, unit: Unit) -> str:
    return (
        f"Not proven yet: too few {unit.cases} have answers of both sides that two people labelled; at least {ENOUGH_CLUSTERS} are"
        " wanted. Label answers of both in the labelling queue."
    )


def _not_all_asked(result: Result, unit: Unit) -> str:
    if result.method == NO_ERRORS:
        return (
            f"Not proven yet{leaning(result)}: no error in {count(result.n)} {unit.cases}, and as one of them may hold any number of"
            f" errors, no plausible range holds at every look; it can be told once all {unit.cases} are asked."
        )
    return (
        f"Not proven yet{leaning(result)}: this needs every one of the {unit.cases}, and the run stopped once its targets"
        f" were settled; ask the rest."
    )


def _uncorrected(result: Result, unit: Unit) -> str:
    return "Not proven yet: these are a judge's opinions as they are, and they decide where people's labels correct them."


SENTENCES: dict[Reason, Callable[[Result, Unit], str]] = {
    Reason.ERRORS: _errors,
    Reason.ALL_ERRORED: _errors,
    Reason.SMALL_N: _small,
    Reason.ONE_CLUSTER: _one_source,
    Reason.ONE_EPOCH: _few_tries,
    Reason.ZERO_VARIANCE: _no_spread,
    Reason.PENDING_CONFIRMATION: _pending,
    Reason.NOT_COMPARABLE: _not_comparable,
    Reason.ONE_LABEL: _one_label,
    Reason.FEW_OF_A_LABEL: _few_of_a_label,
    Reason.NO_CENSUS: _no_census,
    Reason.FEW_LABELS: _few_labels,
    Reason.NOT_ALL_ASKED: _not_all_asked,
    Reason.UNCORRECTED: _uncorrected,
}
