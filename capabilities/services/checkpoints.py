"""What changed between the last two checkpoints of a training run. Nothing is stored: verdicts say it where the later names the earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F

from capabilities.models import Trend
from capabilities.queries.training import Change, Series, Step, with_changes
from capabilities.services.judging_claims import Scope, claim_earlier, unit_of
from capabilities.services.judging_results import finite, shown
from evaluations.models import EvaluationVersion, RunVector, ScorerVersion
from evaluations.queries.vectors import CaseList, cases_of_each, samples_from
from evaluations.statistics import possible_ends

# How far back the checkpoint before the latest is looked for.
CHECKPOINTS_BACK = 12


def since_the_last_checkpoint(found: Sequence[Series]) -> list[Series]:
    """Each series with the change to its latest step from the last one measured before, corrected over all of them.

    As judged where the verdict speaks of that very checkpoint, else worked out now with the same rule. At most five queries.
    """
    missing = [one for one in found if _comparable(one) and one.latest.change is None]
    worked_out = _work_out(missing) if missing else {}
    return with_changes(found, {one.key: worked_out.get(one.key) or _known(one) for one in found})


def _comparable(one: Series) -> bool:
    before = one.before
    return (
        before is not None
        and one.latest.measured
        and before.evaluation_id == one.latest.evaluation_id
        and before.run_id != one.latest.run_id
    )


def _known(one: Series) -> Change | None:
    """As it was judged, or in words why nothing can be said."""
    latest, before = one.latest, one.before
    if latest.change is not None or before is None:
        return latest.change
    why = (
        "The latest checkpoint was not measured."
        if not latest.measured
        else f"Not comparable: {latest.event or 'another measure'}."
    )
    return Change(before.version, Trend.UNKNOWN, why=why)


def _work_out(missing: Sequence[Series]) -> dict[str, Change]:
    """Four queries, however many."""
    steps = [step for one in missing for step in (one.latest, one.before) if step is not None]
    vectors = {
        (vector.run_id, vector.scorer_version_id): vector
        for vector in RunVector.objects.filter(
            run__in={step.run_id for step in steps}, generation=F("run__generation")
        )
    }
    evaluations = EvaluationVersion.objects.filter(pk__in={step.evaluation_id for step in steps})
    measures = {row.pk: row for row in evaluations.prefetch_related("scorers")}
    cases = cases_of_each({row.dataset_version_id for row in measures.values()})
    return {
        one.key: change
        for one in missing
        if (change := _change(one, one.before, measures, cases, vectors)) is not None
    }


def _change(
    one: Series,
    before: Step | None,
    measures: Mapping[int, EvaluationVersion],
    cases: Mapping[int, CaseList],
    vectors: Mapping[tuple[int, int], Any],
) -> Change | None:
    measure = measures[one.latest.evaluation_id or 0]
    scorer: ScorerVersion | None = next(
        (row for row in measure.scorers.all() if row.scorer_id == one.criterion.scorer_id), None
    )
    if before is None or scorer is None:
        return None
    listed = cases[measure.dataset_version_id]
    pair = [vectors.get((step.run_id or 0, scorer.pk)) for step in (one.latest, before)]
    if None in pair:
        return Change(before.version, Trend.UNKNOWN, why="The scores of one of the two are gone.")
    new, old = (samples_from(vector, listed, scorer) for vector in pair if vector is not None)
    result = claim_earlier(Scope(one.criterion, listed, scorer), new, old)
    point, low, high = shown(result.point, result.interval)
    ends = possible_ends(low, high, unit_of(one.criterion, scorer).widest)
    trend = str(result.trend or Trend.UNKNOWN)
    change = Change(before.version, trend, point, *ends, result.n, finite(result.p))
    return replace(change, why="" if point is not None else "They share no scored case.")
