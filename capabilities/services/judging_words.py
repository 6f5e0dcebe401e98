"""Why a judge decides a criterion or not, in a person's words. No query."""

from collections.abc import Sequence

from capabilities.models import Criterion

ON_AVERAGE = (
    "labels correct a judge's opinions on average, and vouch for no single case. Ask for a share of cases that reach a mark, or measure "
    "it by a scorer that computes."
)
CASES_LIKE_THESE = (
    "labels correct a judge's opinions for cases like these, and nothing is told of “these cases only”. Let the criterion reach "
    "to cases like these, or measure it by a scorer that computes."
)
NOT_ALL_ASKED = (
    "labels correct a judge's opinions on all cases, and a run it rests on stopped once its other targets were settled. "
    "Ask the rest."
)
NO_MEAN = "a judge's opinions come to a mean or to a share of cases. Change the criterion, or measure it by a scorer that computes."


def not_for_judges(criterion: Criterion) -> str:
    """Why no judge ever decides such a criterion and what to do; empty when one may."""
    if criterion.statistic == Criterion.Statistic.PASS_ALL:
        return ON_AVERAGE
    if criterion.statistic not in (Criterion.Statistic.MEAN, Criterion.Statistic.SHARE):
        return NO_MEAN
    return CASES_LIKE_THESE if criterion.reach == Criterion.Reach.THESE else ""


def too_few_labels(criterion: Criterion, least: int) -> str:
    """What stands for long, so it holds how many are wanted and not how many there are: the queue says that."""
    if criterion.slice_name:
        part = f"{criterion.slice_name} = {criterion.slice_value}"
        return (
            f"too few cases of {part} have answers that two people labelled; at least {least} are wanted there. Label answers of "
            f"{part} in the labelling queue."
        )
    return (
        f"too few of these cases have answers that two people labelled; at least {least} are wanted. Label more of them in the "
        "labelling queue."
    )


def too_few_pairs(criterion: Criterion, others: Sequence[str], least: int) -> str:
    """The same of comparisons; others: whose answers, or ours beside them, lack labels."""
    part = f" of {criterion.slice_name} = {criterion.slice_value}" if criterion.slice_name else ""
    return (
        f"too few cases{part} have answers of ours and of {_listed(others)} that two people labelled; at least {least} are wanted on "
        "both sides. Label answers of both in the labelling queue."
    )


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
