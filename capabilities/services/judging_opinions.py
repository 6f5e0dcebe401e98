"""A criterion that a judge measures: no verdict before people have checked the judge, then one that their labels correct. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from capabilities.models import Criterion
from capabilities.services.judging_claims import Scope, rule_of
from capabilities.services.judging_words import not_for_judges, too_few_labels
from evaluations.canonical import sha256_of
from evaluations.models import Run
from evaluations.queries.calibrations import LEAST_LABELLED, Calibration, Checked
from evaluations.statistics import Claim, Outcome, Pairing, Reason, Result, Samples
from evaluations.statistics.opinion_pairs import Opinions, corrected_pair
from evaluations.statistics.opinions import LEAST_IN_PART, Corrections, labelled, opinions_against_threshold

UNCHECKED = "unchecked_judge"
NOT_FOR_JUDGES = "not_for_judges"
METHOD = "unchecked-judge/1"


@dataclass(frozen=True)
class Problem:
    """Why a judge decides nothing and what to do. reason: its code."""

    sentence: str
    reason: str


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

    @cached_property
    def problem(self) -> Problem | None:
        """Why no criterion of this kind, or none yet, is decided by it."""
        if never := not_for_judges(self.scope.criterion):
            return Problem(never, NOT_FOR_JUDGES)
        unchecked = self.calibration.verdict_problem(self.max_age_days)
        return Problem(unchecked, UNCHECKED) if unchecked else None

    def lacking(self, run: Run, samples: Samples) -> Problem | None:
        """Too few labels for a target."""
        checked = self._checked(self._narrowed(samples), run)
        if len({one.key for one in checked}) >= self.least:
            return None
        return Problem(too_few_labels(self.scope.criterion, self.least), str(Reason.FEW_LABELS))

    def nothing(self, samples: Samples) -> Result:
        """No number at all: an opinion nobody checked is shown with the run, never as a verdict."""
        narrowed = self._narrowed(samples)
        n = int(narrowed.present.any(axis=1).sum())
        outcome = Outcome.INCONCLUSIVE if n else Outcome.NO_DATA
        reason = Reason.NOT_COMPARABLE if n else Reason.ALL_ERRORED
        return Result(outcome, reason, METHOD, Claim.THRESHOLD, n=n, missing=narrowed.missing)

    def alone(self, run: Run, samples: Samples) -> Result:
        """The verdict on a target."""
        scope, criterion = self.scope, self.scope.criterion
        narrowed = self._narrowed(samples)
        checked = self._checked(narrowed, run)
        own = {one.key for one in checked if one.run_id == run.pk}
        said = self._corrections(narrowed, checked)
        result = opinions_against_threshold(scope.measured(narrowed), said, rule_of(criterion), own)
        if criterion.statistic != Criterion.Statistic.SHARE:
            return result
        reaching = narrowed.higher_is_better
        return replace(result, claim=Claim.SHARE, limit=criterion.limit, reaching=reaching)

    def pair(self, run: Run, samples: Samples, other: Run, theirs: Samples) -> Pairing:
        """Ours beside another run; both are corrected by labels on their own answers alone."""
        return corrected_pair(self._opinions(run, samples), self._opinions(other, theirs))

    def digest(self, run: Run, samples: Samples, others: Iterable[Run]) -> str:
        """Of all labels that a verdict on this run beside these may rest on."""
        narrowed = self._narrowed(samples)
        beside = {other.pk for other in others}
        keys = set(narrowed.items)
        more = [one for one in self.calibration.checked if one.run_id in beside and one.key in keys]
        rows = {
            (one.run_id, one.key, one.person, one.judge) for one in [*self._checked(narrowed, run), *more]
        }
        return sha256_of([list(row) for row in sorted(rows)])

    def _narrowed(self, samples: Samples) -> Samples:
        """Read at one look: a run waits for its judge, so it never stopped for the sake of one."""
        return replace(self.scope.narrowed(samples), looks=0)

    def _opinions(self, run: Run, samples: Samples) -> Opinions:
        narrowed = self._narrowed(samples)
        own = [one for one in self.calibration.checked if one.run_id == run.pk]
        return Opinions(self.scope.measured(narrowed), self._corrections(narrowed, own))

    def _corrections(self, samples: Samples, checked: Sequence[Checked]) -> Corrections:
        """What people and judge said of these cases, as the criterion reads it: a share by both sides of its limit."""
        said = labelled([(one.key, one.person, one.judge) for one in checked], samples)
        return Corrections(self.scope.measured(said.people), self.scope.measured(said.judge))

    def _checked(self, samples: Samples, run: Run) -> list[Checked]:
        """Labelled answers to these cases: of this run where they are enough, else of all runs the judge read."""
        keys = set(samples.items)
        found = [one for one in self.calibration.checked if one.key in keys]
        own = [one for one in found if one.run_id == run.pk]
        return own if len({one.key for one in own}) >= self.least else found
