"""A criterion that a judge measures: no verdict before people have checked the judge, then one that their labels correct. No query."""

from dataclasses import dataclass

import numpy as np

from capabilities.models import Criterion
from capabilities.services.judging_claims import Scope, rule_of
from evaluations.canonical import sha256_of
from evaluations.models import Run
from evaluations.queries.calibrations import LEAST_LABELLED, Calibration, Checked
from evaluations.statistics import Claim, Kind, Outcome, Reason, Result, Samples
from evaluations.statistics.opinions import Corrections, opinions_against_threshold, people_alone, without
from evaluations.statistics.thresholds import against_threshold

UNCHECKED = "unchecked_judge"
METHOD = "unchecked-judge/1"
TARGETS_ONLY = (
    "a judge's opinion is measured against a fixed target as a mean, and in general. Change the criterion, or measure it "
    "by a scorer that computes."
)


@dataclass(frozen=True)
class Opinion:
    """problem: why the judge may not feed this verdict and what to do; empty when it does. digest: of the labels it rests on."""

    result: Result
    problem: str = ""
    digest: str = ""


def claim_by_judge(
    scope: Scope, samples: Samples, run: Run, calibration: Calibration, max_age_days: int
) -> Opinion:
    """The verdict on a target by a judge's opinions, or why there is none."""
    narrowed = scope.narrowed(samples)
    checked = _checked(narrowed, run, calibration)
    if problem := _problem(scope.criterion, checked, calibration, max_age_days):
        return Opinion(_nothing(narrowed), problem)
    own = {one.key: one.person for one in checked if one.run_id == run.pk}
    rest = without(narrowed, set(own))
    digest = sha256_of([[one.run_id, one.key, one.person, one.judge] for one in checked])
    rule = rule_of(scope.criterion)
    if not rest.items:
        return Opinion(against_threshold(_bounded(people_alone(narrowed, own)), rule), digest=digest)
    people = np.array([one.person for one in checked])
    judge = np.array([one.judge for one in checked])
    return Opinion(opinions_against_threshold(rest, Corrections(people, judge), rule), digest=digest)


def _checked(samples: Samples, run: Run, calibration: Calibration) -> list[Checked]:
    """Answers to the same cases that people labelled: of this run where they are enough, else of all runs the judge read."""
    keys = set(samples.items)
    found = [one for one in calibration.checked if one.key in keys]
    own = [one for one in found if one.run_id == run.pk]
    return own if len(own) >= LEAST_LABELLED else found


def _problem(
    criterion: Criterion, checked: list[Checked], calibration: Calibration, max_age_days: int
) -> str:
    if problem := calibration.verdict_problem(max_age_days):
        return problem
    plain = (
        criterion.against == Criterion.Against.THRESHOLD and criterion.statistic == Criterion.Statistic.MEAN
    )
    if not plain or criterion.reach == Criterion.Reach.THESE:
        return TARGETS_ONLY
    if len(checked) < LEAST_LABELLED:
        return (
            f"only {len(checked)} of the answers that people labelled are to these cases, and {LEAST_LABELLED} are needed. "
            "Label more of them in the labelling queue."
        )
    return ""


def _nothing(samples: Samples) -> Result:
    """No number at all: an opinion nobody checked is shown with the run, never as a verdict."""
    n = int(samples.present.any(axis=1).sum())
    outcome = Outcome.INCONCLUSIVE if n else Outcome.NO_DATA
    reason = Reason.NOT_COMPARABLE if n else Reason.ALL_ERRORED
    return Result(outcome, reason, METHOD, Claim.THRESHOLD, n=n, missing=len(samples.items) - n)


def _bounded(samples: Samples) -> Samples:
    """Means of two people lie between right and wrong."""
    return Samples(
        samples.items,
        samples.numerators,
        samples.denominators,
        samples.clusters,
        Kind.BOUNDED,
        samples.bounds,
        samples.higher_is_better,
    )
