"""A criterion that a judge measures: no verdict before people have checked the judge, then one that their labels correct. No query."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from capabilities.models import Criterion
from capabilities.services.judging_claims import Scope, rule_of
from capabilities.services.judging_words import not_for_judges, too_few_labels
from evaluations.canonical import sha256_of
from evaluations.models import Run
from evaluations.queries.calibrations import LEAST_LABELLED, Calibration, Checked
from evaluations.statistics import Claim, Outcome, Reason, Result, Samples
from evaluations.statistics.opinions import LEAST_IN_PART, Corrections, labelled, opinions_against_threshold

UNCHECKED = "unchecked_judge"
NOT_FOR_JUDGES = "not_for_judges"
METHOD = "unchecked-judge/1"


@dataclass(frozen=True)
class Opinion:
    """problem: why the judge may not feed this verdict and what to do; empty when it does. digest: of the labels it rests on."""

    result: Result
    problem: str = ""
    reason: str = ""
    digest: str = ""


@dataclass(frozen=True, eq=False)
class Judge:
    """How a judge's opinions are read for one criterion."""

    scope: Scope
    calibration: Calibration
    max_age_days: int

    @property
    def least(self) -> int:
        """Cases with labels: all that check a judge, fewer for a part of them, where their range is honest by itself."""
        return LEAST_IN_PART if self.scope.criterion.slice_name else LEAST_LABELLED

    def queue(self, runs: Sequence[Run]) -> dict[str, Any]:
        """Where its opinions on these runs are labelled, as the queue's address asks for it."""
        criterion = self.scope.criterion
        part = f"{criterion.slice_name}={criterion.slice_value}" if criterion.slice_name else ""
        return {"scorer": self.scope.scorer.pk, "runs": [run.pk for run in runs], "slice": part}

    def problem(self) -> tuple[str, str]:
        """Why no criterion of this kind, or none yet, is decided by it, and the reason's code; empty when one may be."""
        if never := not_for_judges(self.scope.criterion):
            return never, NOT_FOR_JUDGES
        unchecked = self.calibration.verdict_problem(self.max_age_days)
        return unchecked, UNCHECKED if unchecked else ""

    def alone(self, run: Run, samples: Samples) -> Opinion:
        """The verdict on a target, or why there is none."""
        narrowed = self.scope.narrowed(samples)
        problem, reason = self.problem()
        if problem:
            return Opinion(_nothing(narrowed), problem, reason)
        checked = self._checked(narrowed, run)
        if len({one.key for one in checked}) < self.least:
            return Opinion(_nothing(narrowed), too_few_labels(self.scope.criterion, self.least), UNCHECKED)
        own = {one.key for one in checked if one.run_id == run.pk}
        return Opinion(self._decided(narrowed, checked, own), digest=digest_of(checked))

    def _decided(self, samples: Samples, checked: list[Checked], own: Set[str]) -> Result:
        scope, criterion = self.scope, self.scope.criterion
        said = self.corrections(samples, checked)
        result = opinions_against_threshold(scope.measured(samples), said, rule_of(criterion), own)
        if criterion.statistic != Criterion.Statistic.SHARE:
            return result
        reaching = samples.higher_is_better
        return replace(result, claim=Claim.SHARE, limit=criterion.limit, reaching=reaching)

    def corrections(self, samples: Samples, checked: list[Checked]) -> Corrections:
        """What people and judge said of these cases, as the criterion reads it: a share by both sides of its limit."""
        said = labelled([(one.key, one.person, one.judge) for one in checked], samples)
        return Corrections(self.scope.measured(said.people), self.scope.measured(said.judge))

    def _checked(self, samples: Samples, run: Run) -> list[Checked]:
        """Labelled answers to these cases: of this run where they are enough, else of all runs the judge read."""
        keys = set(samples.items)
        found = [one for one in self.calibration.checked if one.key in keys]
        own = [one for one in found if one.run_id == run.pk]
        return own if len({one.key for one in own}) >= self.least else found


def digest_of(checked: list[Checked]) -> str:
    return sha256_of([[one.run_id, one.key, one.person, one.judge] for one in checked])


def _nothing(samples: Samples) -> Result:
    """No number at all: an opinion nobody checked is shown with the run, never as a verdict."""
    n = int(samples.present.any(axis=1).sum())
    outcome = Outcome.INCONCLUSIVE if n else Outcome.NO_DATA
    reason = Reason.NOT_COMPARABLE if n else Reason.ALL_ERRORED
    return Result(outcome, reason, METHOD, Claim.THRESHOLD, n=n, missing=len(samples.items) - n)
