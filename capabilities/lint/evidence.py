"""A criterion beside what is to measure it: the check must be there, the cases enough, the target within reach."""

from collections.abc import Iterator

from capabilities.lint.findings import Finding, Repair
from capabilities.models import Criterion
from capabilities.queries.criterion_words import amount, unit_of_criterion
from capabilities.queries.planning import groups_in, is_share_of_cases, lower_is_better
from capabilities.queries.shown_so_far import SoFar
from config.words import FRACTIONS, SPACE, number, percent
from evaluations.models import EvaluationVersion, ScorerVersion
from evaluations.statistics import Kind, Reach, deciding_thresholds, neared, smallest_deciding_n


def evidence_findings(
    criterion: Criterion,
    scorer: ScorerVersion | None,
    evaluation: EvaluationVersion | None,
    cases: int | None,
    so_far: SoFar,
) -> list[Finding]:
    """What an evaluation and its runs say against a criterion, saved or not. cases: of its slice. At most three queries."""
    if not criterion.measurable or criterion.scorer is None:
        return []
    return [
        *_check(criterion, evaluation),
        *_slice(criterion, evaluation, cases),
        *_size(criterion, scorer, cases),
        *_neared(criterion, scorer, evaluation, cases),
        *_asked_size(criterion, cases),
        *_tries(criterion, evaluation),
        *_named_cases(criterion, evaluation),
        *_reach(criterion, scorer, so_far),
    ]


def _check(criterion: Criterion, evaluation: EvaluationVersion | None) -> Iterator[Finding]:
    if evaluation is None or criterion.scorer is None:
        return
    slugs = [link.slug for link in evaluation.evaluation_scorers.all()]
    if criterion.scorer.slug not in slugs:
        yield Finding(
            "scorer_missing",
            "evaluation",
            f"{evaluation} does not use the check {criterion.scorer.slug}; it has {', '.join(slugs)}.",
            "Choose an evaluation that does.",
            blocks=True,
        )


def _slice(
    criterion: Criterion, evaluation: EvaluationVersion | None, cases: int | None
) -> Iterator[Finding]:
    if evaluation is not None and criterion.slice_name and cases == 0:
        yield Finding(
            "empty_slice",
            "slice",
            f"No case of {evaluation} is in {criterion.slice_name} = {criterion.slice_value}.",
            "Choose a slice that the cases have.",
        )


def _size(criterion: Criterion, scorer: ScorerVersion | None, cases: int | None) -> Iterator[Finding]:
    """Too few cases ever to prove a rate, however good the model is."""
    threshold = criterion.threshold
    if not cases or threshold is None or not 0 < threshold < 1 or not is_share_of_cases(criterion, scorer):
        return
    lower = lower_is_better(criterion, scorer)
    needed = smallest_deciding_n(1 - threshold if lower else threshold, criterion.confidence)
    if needed is None or cases >= needed:
        return
    best = deciding_thresholds(cases, criterion.confidence).met_up_to
    reachable = int(best * 1000) / 10
    typed = f"{100 - reachable if lower else reachable:.4g}"
    repairs = (Repair(f"Ask for {typed} % instead", {"threshold": typed}),) if reachable > 0 else ()
    yield Finding(
        "small_n",
        "threshold",
        f"With {number(cases)} cases a target of {amount(threshold, 'rate')} can never be proven.",
        f"Bring at least {number(needed)} cases, or ask for what these can show.",
        repairs=repairs,
    )


def _neared(
    criterion: Criterion,
    scorer: ScorerVersion | None,
    evaluation: EvaluationVersion | None,
    cases: int | None,
) -> Iterator[Finding]:
    """Enough to decide, and too few for a method that only nears its promise."""
    if scorer is None or not cases or criterion.threshold is None:
        return
    if (
        criterion.against != Criterion.Against.THRESHOLD
        or criterion.statistic == Criterion.Statistic.PASS_ALL
    ):
        return
    kind, target = _kind(criterion, scorer), _rescaled(criterion, scorer)
    reach = Reach.THESE_ITEMS if criterion.reach == Criterion.Reach.THESE else Reach.IN_GENERAL
    repeated = evaluation is not None and evaluation.repeats > 1
    if neared(kind, target, grouped=True, reach=reach) is None:
        return
    groups = groups_in(evaluation, criterion.slice_name, criterion.slice_value) if evaluation else cases
    slow = neared(kind, target, grouped=groups < cases, repeated=repeated, reach=reach)
    if slow is None or groups >= slow.enough:
        return
    units = "independent sources of cases" if groups < cases else "cases"
    yield Finding(
        "few_units",
        "threshold",
        f"With {number(groups)} {units} a model on the border of this target would be called better than it is too often: in trials "
        f"{percent(slow.found)} with {number(slow.few)}, {percent(slow.then)} with {number(slow.enough)}; 2.5{SPACE}% are allowed.",
        f"Bring at least {number(slow.enough)}, or ask for a confidence of 99{SPACE}%.",
    )


def _kind(criterion: Criterion, scorer: ScorerVersion) -> Kind:
    """How the values are judged."""
    fixed = {
        Criterion.Statistic.SHARE: Kind.BINARY,
        Criterion.Statistic.COST: Kind.UNBOUNDED,
        Criterion.Statistic.RATIO: Kind.RATIO,
    }
    return fixed.get(Criterion.Statistic(criterion.statistic), Kind(scorer.value_kind))


def _rescaled(criterion: Criterion, scorer: ScorerVersion) -> float:
    """The target as if the scores went from 0 to 1."""
    target = criterion.threshold or 0.0
    if (
        scorer.value_kind != ScorerVersion.ValueKind.BOUNDED
        or criterion.statistic != Criterion.Statistic.MEAN
    ):
        return target
    return (target - scorer.low) / (scorer.high - scorer.low)


def _asked_size(criterion: Criterion, cases: int | None) -> Iterator[Finding]:
    if cases and criterion.min_n > cases:
        yield Finding(
            "min_n",
            "min_n",
            f"At least {number(criterion.min_n)} cases are asked for and there are {number(cases)}: no run will do.",
            "Ask for fewer, or bring more.",
            repairs=(Repair(f"Ask for {number(cases)} cases", {"min_n": str(cases)}),),
        )


def _tries(criterion: Criterion, evaluation: EvaluationVersion | None) -> Iterator[Finding]:
    wanted = criterion.tries if criterion.statistic == Criterion.Statistic.PASS_ALL else criterion.min_repeats
    if evaluation is not None and wanted > evaluation.repeats:
        yield Finding(
            "tries",
            "tries" if criterion.statistic == Criterion.Statistic.PASS_ALL else "min_repeats",
            f"{wanted} tries a case are asked for and {evaluation} makes {evaluation.repeats}: no run will do.",
            "Ask for fewer, or choose an evaluation with more tries.",
        )


def _named_cases(criterion: Criterion, evaluation: EvaluationVersion | None) -> Iterator[Finding]:
    keys = criterion.case_keys if criterion.statistic == Criterion.Statistic.PASS_ALL else []
    if evaluation is None or not keys:
        return
    there = set(evaluation.dataset_version.entries.filter(key__in=keys).values_list("key", flat=True))
    unknown = [key for key in keys if key not in there]
    if unknown:
        named = ", ".join(unknown[:3]) + (" …" if len(unknown) > 3 else "")
        yield Finding(
            "unknown_cases",
            "case_keys",
            f"{evaluation} has no case called {named}: each counts as missing.",
            "Choose cases that it has.",
            repairs=(
                Repair(
                    "Take out what is not there",
                    {"case_keys": "\n".join(one for one in keys if one in there)},
                ),
            ),
        )


def _reach(criterion: Criterion, scorer: ScorerVersion | None, so_far: SoFar) -> Iterator[Finding]:
    """A target that even the optimistic end of every model so far does not reach."""
    target, end = criterion.threshold, so_far.farthest
    against = criterion.against == Criterion.Against.THRESHOLD
    if target is None or end is None or not against or criterion.statistic == Criterion.Statistic.PASS_ALL:
        return
    if not (target < end if so_far.lower else target > end):
        return
    best = so_far.models[0]
    unit = unit_of_criterion(criterion, scorer)
    shown = amount(round(end, 4 if unit in FRACTIONS else 6), unit)
    word = "less" if so_far.lower else "more"
    yield Finding(
        "out_of_reach",
        "threshold",
        f"No model has shown this so far: none of {len(so_far.models)} can stand at {word} than {shown}; the best is {best.version}.",
        "Keep it only if it is meant to be ahead of everybody, and say so under Why.",
    )
