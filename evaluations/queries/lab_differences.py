"""Each column of a lab sheet beside its base: the paired difference with its range, or what would settle it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluations.models import Run, ScorerVersion
from evaluations.queries.comparison_figures import CONFIDENCE, unit_of
from evaluations.queries.lab import Column, Sheet
from evaluations.queries.sides import loaded_runs, sides_of
from evaluations.statistics import (
    EachDifference,
    Outcome,
    Reason,
    Result,
    Rule,
    Unit,
    correct_each,
    pair,
    possible,
    sentence,
    shown,
)
from evaluations.statistics.reasons import outlook


@dataclass(frozen=True)
class LabDifference:
    """A column minus the base by one check. supported: also among all the sheet's comparisons. note: why there is none, or what to know."""

    column: Column
    unit: Unit
    each: EachDifference | None
    sentence: str
    note: str = ""

    @property
    def result(self) -> Result | None:
        return self.each.result if self.each else None

    @property
    def supported(self) -> bool:
        return self.each is not None and self.each.supported


def differences_of(sheet: Sheet) -> list[LabDifference]:
    """Every finished column but the base, in their order; Holm over all of them. Three queries, none before there are scores."""
    base, scorer = sheet.base, sheet.scorer
    finished = (Run.State.DONE, Run.State.PARTIAL)
    if base is None or scorer is None or base.run.state not in finished:
        return []
    others = [one for one in sheet.columns if one is not base and one.run.state in finished]
    if not others or scorer.value_kind == ScorerVersion.ValueKind.SET:
        return []
    runs = loaded_runs([base.run, *(one.run for one in others)])
    sides = sides_of(runs, {run.pk: scorer for run in runs})
    usable = [one for one in others if sides.has(base.run) and sides.has(one.run)]
    if not usable:
        return []
    ours = sides.samples(base.run)
    each = correct_each([pair(sides.samples(one.run), ours) for one in usable], Rule(confidence=CONFIDENCE))
    unit = replace(unit_of(base.run, scorer), cases="rows")
    return [_told(column, base, unit, one) for column, one in zip(usable, each, strict=True)]


def _told(column: Column, base: Column, unit: Unit, each: EachDifference) -> LabDifference:
    corrected = each.corrected and possible(each.corrected, unit)
    each = replace(each, result=shown(each.result, unit), corrected=corrected)
    result = each.result
    alone = not each.supported and result.outcome is not Outcome.INCONCLUSIVE and result.interval is not None
    if alone:
        result = replace(result, outcome=Outcome.INCONCLUSIVE, reason=Reason.STRADDLES)
    said = sentence(result, unit, base.label)
    if result.outcome is Outcome.INCONCLUSIVE and said.startswith("Not distinguishable"):
        said = f"{said} Not proven yet: {outlook(result, unit)}."
    return LabDifference(column, unit, each, said, _note(column, base, alone=alone))


def _note(column: Column, base: Column, *, alone: bool) -> str:
    told = []
    if alone:
        told.append("By itself the range leaves zero out; among all these comparisons it does not stand.")
    if column.letter != base.letter and column.run.model_version_id != base.run.model_version_id:
        told.append("Prompt and model both differ.")
    if column.run.mixed_models or base.run.mixed_models:
        told.append("More than one model answered: its replies named several model ids.")
    return " ".join(told)


def columns_told(differences: Sequence[LabDifference]) -> dict[str, LabDifference]:
    """By the key of the column."""
    return {one.column.key: one for one in differences}
