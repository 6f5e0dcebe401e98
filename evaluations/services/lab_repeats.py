"""One row of a lab sheet asked again and again, to see how the answers vary."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Refused
from config.people.models import User
from evaluations.models import (
    Cap,
    DatasetVersion,
    DatasetVersionCase,
    EvaluationVersion,
    LabRepeat,
    LabSheet,
    ModelVersion,
    Round,
    Run,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.lab import dataset_of_rows, demand_own, start_for
from evaluations.services.lab_plan import row_of

FEWEST, MOST = 2, 20


@transaction.atomic
def repeat_row(*, actor: User, sheet: LabSheet, number: int, times: int) -> LabRepeat:
    """Ask every column that the sheet shows the row of this number `times` times, within a budget like the sheet's.

    Raises Refused without answers, for a row that is not there and while tries of it come in; ValidationError for times and budget.
    """
    demand_own(actor, sheet)
    sheet = LabSheet.objects.select_for_update().get(pk=sheet.pk)
    runs = list(sheet.runs.select_related("evaluation_version__dataset_version__dataset", "model_version"))
    if not runs:
        raise Refused("There is no answer yet. Run the sheet first.", code="no_answers")
    entry = _entry(runs[0].evaluation_version.dataset_version, number)
    _demand_room(sheet, len(runs), times)
    earlier = LabRepeat.objects.filter(sheet=sheet, case_hash=entry.case.hash).values("round")
    if Run.objects.moving().filter(round__in=earlier).exists():
        raise Refused("Tries of this row are still coming in. Wait for them.", code="moving")
    started = _start(actor, sheet, runs, _row_alone(actor, sheet, entry), times)
    return LabRepeat.objects.create(sheet=sheet, case_hash=entry.case.hash, times=times, round=started)


def _entry(version: DatasetVersion, number: int) -> DatasetVersionCase:
    entries = DatasetVersionCase.objects.filter(version=version).select_related("case__content")
    found = entries.order_by("position")[number - 1 : number] if number > 0 else []
    for entry in found:
        return entry
    raise Refused(f"The sheet has no row {number}.", code="no_row")


def _demand_room(sheet: LabSheet, columns: int, times: int) -> None:
    if not FEWEST <= times <= MOST:
        raise ValidationError({"times": [f"Ask {FEWEST} to {MOST} times."]})
    calls = columns * times
    if sheet.cap_unit == Cap.CALLS and calls > sheet.cap:
        told = f"This takes {calls} calls and the sheet's budget is {sheet.cap.normalize():f}. Ask fewer times or raise it."
        raise ValidationError({"times": [told]})


def _row_alone(actor: User, sheet: LabSheet, entry: DatasetVersionCase) -> DatasetVersion:
    dataset = entry.version.dataset
    slug = f"tries-lab-{sheet.pk}-row" + ("-may-leave" if dataset.may_leave else "")
    name = f"Lab: {sheet.name}, one row"
    return dataset_of_rows(actor, slug, name, [row_of(entry.case, 1)], may_leave=dataset.may_leave)


def _start(actor: User, sheet: LabSheet, runs: Sequence[Run], dataset: DatasetVersion, times: int) -> Round:
    asked: dict[int, EvaluationVersion] = {run.evaluation_version_id: run.evaluation_version for run in runs}
    versions = {run.model_version_id for run in runs}
    found = ModelVersion.objects.filter(pk__in=versions).select_related("model__provider", "own_prompt")
    again = [_again(actor, sheet, one, dataset, times) for one in asked.values()]
    return start_for(sheet, actor, f", one row {times} times", again, list(found))


def _again(
    actor: User, sheet: LabSheet, asked: EvaluationVersion, dataset: DatasetVersion, times: int
) -> EvaluationVersion:
    """The same prompt and checks on the row alone. Its slug ends in the prompt's letter as the sheet's own do."""
    letter = asked.evaluation.slug.rsplit("-", 1)[-1]
    rows = asked.evaluation_scorers.select_related("scorer_version__scorer").order_by("position")
    return create_evaluation_version(
        actor=actor,
        slug=f"tries-lab-{sheet.pk}-row-{letter}",
        name=f"Lab: {sheet.name}, one row, prompt {letter.upper()}"[:120],
        dataset_version=dataset,
        prompt_version=asked.prompt_version,
        scorer_versions=[row.scorer_version for row in rows],
        parameters=asked.parameters,
        repeats=times,
    )
