"""What became of a run's judges: how far they are, what they missed, and whether people have checked them."""

from dataclasses import dataclass, field

from evaluations.models import EvaluationScorer, Run, ScorerVersion, WorkItem
from evaluations.queries.calibrations import calibrations_of


@dataclass
class Judging:
    """A judge of a run's evaluation. runs: its calls, newest first. problem: why it is unchecked. why: what its last failure was."""

    scorer: ScorerVersion
    problem: str
    runs: list[Run] = field(default_factory=list)
    why: str = ""

    @property
    def missing(self) -> int:
        return sum(run.failed for run in self.runs if run.state in (Run.State.DONE, Run.State.PARTIAL))


def judgings_of(run: Run) -> list[Judging]:
    """One query; three more where there are judges, and one for each that missed an answer."""
    if run.judged_run_id:
        return []
    rows = EvaluationScorer.objects.filter(
        evaluation_version=run.evaluation_version_id, scorer_version__judge__isnull=False
    )
    scorers = [
        row.scorer_version
        for row in rows.select_related("scorer_version__scorer", "scorer_version__judge__model")
    ]
    if not scorers:
        return []
    calibrations = calibrations_of(scorers)
    found = {one.pk: Judging(one, calibrations[one.pk].problem()) for one in scorers}
    for judged in Run.objects.filter(judged_run=run).order_by("-pk"):
        if judged.judging_by_id in found:
            found[judged.judging_by_id].runs.append(judged)
    for judging in found.values():
        if judging.runs and (judging.missing or judging.runs[0].failure):
            judging.why = judging.runs[0].failure or _last_error(judging.runs[0])
    return list(found.values())


def _last_error(run: Run) -> str:
    failed = WorkItem.objects.filter(run=run, state=WorkItem.State.FAILED).exclude(error="")
    return failed.order_by("-pk").values_list("error", flat=True).first() or ""
