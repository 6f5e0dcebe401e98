"""What a gate rests on: a baseline's requirements in their revisions, for one version, and the runs still missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from capabilities.models import Baseline, Criterion, JudgedRun, RivalSetModel, VerdictLine
from capabilities.queries.products import only
from capabilities.queries.states import CriterionState, RequirementState, requirement_states
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, ModelVersion, Run, Side

Against = Criterion.Against
EARLIER = (VerdictLine.Kind.PREVIOUS, VerdictLine.Kind.RELEASED)


@dataclass(frozen=True)
class GateStates:
    """states: in the baseline's order. waiting: ids of moving or unjudged runs by criterion id."""

    states: Sequence[RequirementState]
    waiting: Mapping[int, Sequence[int]]


def gate_states(baseline: Baseline, version: ModelVersion) -> GateStates:
    """Where the baseline's requirements stand for a version. At most sixteen queries, however many there are."""
    items = list(
        baseline.items.select_related("requirement__product", "requirement__objective", "revision").order_by(
            "requirement__number"
        )
    )
    states = requirement_states(
        [item.requirement for item in items],
        only(version),
        pinned={item.requirement_id: item.revision for item in items},
    )
    found = [(state, one) for state in states for one in state.criteria if one.verification]
    return GateStates(states, _waiting(found, version))


def _waiting(
    found: Sequence[tuple[RequirementState, CriterionState]], version: ModelVersion
) -> dict[int, list[int]]:
    linked = {_evaluation(state) for _, state in found}
    runs = list(_open_runs(linked))
    rivals = _rival_models(state.criterion for _, state in found) if runs else {}
    waiting: dict[int, list[int]] = defaultdict(list)
    for run in runs:
        for requirement, state in found:
            if run.evaluation_version_id == _evaluation(state) and _needs(
                run, requirement, state, version, rivals
            ):
                waiting[state.criterion.pk].append(run.pk)
    return waiting


def _evaluation(state: CriterionState) -> int:
    return state.verification.evaluation_version_id if state.verification else 0


def _open_runs(evaluation_versions: Iterable[int]) -> Iterable[Run]:
    """Runs that are queued, running or scoring, or finished and not judged. One query."""
    judged = JudgedRun.objects.filter(run=OuterRef("pk"), generation__gte=OuterRef("generation"))
    moving = Q(state__in=[Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING])
    unjudged = Q(state__in=[Run.State.DONE, Run.State.PARTIAL], mixed_models=False) & ~Exists(judged)
    tests = EvaluationVersion.objects.filter(
        pk__in=set(evaluation_versions), dataset_version__dataset__purpose="test"
    )
    return (
        Run.objects.filter(moving | unjudged, evaluation_version__in=tests)
        .exclude(origin__in=NOT_EVIDENCE)
        .select_related("model_version__model")
        .order_by("pk")
    )


def _rival_models(criteria: Iterable[Criterion]) -> dict[int, set[int]]:
    sets = {criterion.rival_set_id for criterion in criteria if criterion.rival_set_id}
    models: dict[int, set[int]] = defaultdict(set)
    for set_id, model_id in RivalSetModel.objects.filter(rival_set__in=sets).values_list(
        "rival_set", "model"
    ):
        models[set_id].add(model_id)
    return models


def _needs(
    run: Run,
    requirement: RequirementState,
    state: CriterionState,
    version: ModelVersion,
    rivals: Mapping[int, set[int]],
) -> bool:
    """Whether a criterion's verdict, or its trend, for the version rests on the run."""
    criterion, other = state.criterion, run.model_version
    if other.pk == version.pk or _is_opponent(criterion, other, rivals):
        return True
    earlier = {line.model_version_id for line in state.lines if line.kind in EARLIER}
    return other.pk in earlier | {version.parent_id, requirement.requirement.product.released_version_id}


def _is_opponent(criterion: Criterion, other: ModelVersion, rivals: Mapping[int, set[int]]) -> bool:
    if criterion.against == Against.COMPETITORS:
        return other.model_id in rivals.get(criterion.rival_set_id or 0, set())
    return criterion.against == Against.SIMPLE and other.model.side == Side.SIMPLE
