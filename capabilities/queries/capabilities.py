"""The capability tree against model versions: how many requirements of each branch stand where, for ours, before, rivals, simple."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from capabilities.models import Capability, Objective, Product, Requirement, VerdictLine
from capabilities.queries.products import JudgedVersions, only
from capabilities.queries.requirements import WORST_FIRST
from capabilities.queries.states import CriterionState, RequirementState, requirement_states
from evaluations.models import ModelVersion, Side
from evaluations.statistics import RollUp, roll_up

MOST_COLUMNS = 5
MOST_CHOICES = 60
THEIRS = (VerdictLine.Kind.RIVAL, VerdictLine.Kind.SIMPLE)


@dataclass(frozen=True)
class Column:
    """A heading: what is shown for it and, for the address of the list behind a cell, the version asked for."""

    title: str
    note: str
    version: ModelVersion | None
    ours: bool


@dataclass(frozen=True)
class Cell:
    """How many requirements of a branch have each outcome; outcome: the weakest of them, empty for a branch without any."""

    counts: Mapping[str, int]

    @property
    def outcome(self) -> str:
        if self.counts.get("no_data", 0) == sum(self.counts.values()):
            return "no_data"
        return min(self.counts, key=lambda outcome: WORST_FIRST.get(outcome, 9))

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Outcomes that occur, the best first; without data only the sum says so."""
        order = ("met", "inconclusive", "not_met", "no_data")
        return [(outcome, self.counts[outcome]) for outcome in order if self.counts.get(outcome)]


@dataclass(frozen=True)
class Row:
    """A capability with everything under it; capability None: requirements that have no place yet."""

    capability: Capability | None
    depth: int
    total: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Heat:
    columns: Sequence[Column]
    rows: Sequence[Row]


def versions_to_compare(product: Product) -> list[ModelVersion]:
    """Active versions the columns can show: of the product's models, its newest rivals and simple alternatives. Three queries."""
    subjects = list(product.subject_models.values_list("pk", flat=True))
    newest = product.rival_sets.order_by("-number").first()
    rivals = list(newest.rivals.values_list("pk", flat=True)) if newest else []
    rows = ModelVersion.objects.active().select_related("model").newest_first()
    ours = [version for version in rows if not subjects or version.model_id in subjects]
    others = [version for version in rows if version.model_id in rivals or version.model.side == Side.SIMPLE]
    found = [version for version in ours if version.model.side == Side.OWN] + others
    return found[:MOST_CHOICES]


def first_columns(versions: JudgedVersions, choices: Sequence[ModelVersion]) -> list[ModelVersion]:
    """What the columns show when nobody chose: the one before ours, the newest of each rival, the newest simple alternative."""
    main = versions.main
    before = [
        version
        for version in choices
        if main and version.model_id == main.model_id and version.pk != main.pk and version.pk < main.pk
    ]
    newest: dict[int, ModelVersion] = {}
    for version in choices:
        if version.model.side != Side.OWN:
            newest.setdefault(version.model_id, version)
    rivals = [version for version in newest.values() if version.model.side == Side.COMPETITOR]
    simple = [version for version in newest.values() if version.model.side == Side.SIMPLE]
    return [*before[:1], *rivals[:2], *simple[:1]][: MOST_COLUMNS - 1]


def heat(product: Product, versions: JudgedVersions, others: Sequence[ModelVersion]) -> Heat:
    """Ours first, then one column for each other version. Two queries, and nine for each column of ours."""
    requirements = list(
        product.requirements.active().select_related("product", "capability", "objective", "owner")
    )
    tree = list(product.capabilities.order_by("position", "name"))
    judged = requirement_states(requirements, versions)
    columns = [_own_column(versions)]
    states = [{state.requirement.pk: state.outcome for state in judged}]
    for version in others[: MOST_COLUMNS - 1]:
        if version.model.side == Side.OWN:
            found = requirement_states(requirements, only(version))
            states.append({state.requirement.pk: state.outcome for state in found})
        else:
            states.append(_theirs(judged, version))
        columns.append(_column(version, versions))
    return Heat(columns, _rows(tree, requirements, states))


def _own_column(versions: JudgedVersions) -> Column:
    main = versions.main
    several = versions.asked is None and len({version.pk for version in versions.all}) > 1
    note = "each kind by its own version" if several else _stage(main)
    return Column(main.label if main else "Ours", note, versions.asked, ours=True)


def _stage(version: ModelVersion | None) -> str:
    return version.get_stage_display().lower() if version else "no version of ours yet"


def _column(version: ModelVersion, versions: JudgedVersions) -> Column:
    own = version.model.side == Side.OWN
    before = own and versions.main is not None and version.model_id == versions.main.model_id
    note = "earlier" if before else version.model.get_side_display().lower()
    return Column(version.label, note, version if own else None, ours=own)


def _theirs(judged: Iterable[RequirementState], version: ModelVersion) -> dict[int, str]:
    """Where another's model stands by our targets, read from the comparisons that our verdicts hold. No query."""
    return {state.requirement.pk: _their_outcome(state, version) for state in judged}


def _their_outcome(state: RequirementState, version: ModelVersion) -> str:
    found = [
        outcome
        for one in state.criteria
        if one.criterion.must and (outcome := _by_target(one, version)) is not None
    ]
    rolled = roll_up(found)
    return "no_data" if rolled == RollUp.NO_CRITERIA else str(rolled)


def _by_target(one: CriterionState, version: ModelVersion) -> str | None:
    """By their plausible range; None for a criterion without a target, which says nothing of others."""
    threshold = one.criterion.threshold
    if threshold is None or one.criterion.against != "threshold":
        return None
    line = next(
        (line for line in one.lines if line.kind in THEIRS and line.model_version_id == version.pk), None
    )
    if line is None or one.verdict is None or line.their_low is None or line.their_high is None:
        return "no_data"
    low, high = line.their_low - threshold, line.their_high - threshold
    if not one.verdict.detail.get("higher_is_better", True):
        low, high = -high, -low
    return "met" if low >= 0 else "not_met" if high < 0 else "inconclusive"


def _rows(
    tree: Sequence[Capability], requirements: Sequence[Requirement], states: Sequence[Mapping[int, str]]
) -> list[Row]:
    children: dict[int | None, list[Capability]] = defaultdict(list)
    for capability in tree:
        children[capability.parent_id].append(capability)
    under: dict[int | None, list[int]] = defaultdict(list)
    for requirement in requirements:
        under[requirement.capability_id].append(requirement.pk)
    rows: list[Row] = []

    def branch(capability: Capability, depth: int) -> list[int]:
        place = len(rows)
        rows.append(Row(capability, depth, 0, ()))
        ids = list(under[capability.pk])
        for child in children[capability.pk]:
            ids += branch(child, depth + 1)
        rows[place] = replace(rows[place], total=len(ids), cells=_cells(ids, states))
        return ids

    for top in children[None]:
        branch(top, 0)
    if under[None]:
        rows.append(Row(None, 0, len(under[None]), _cells(under[None], states)))
    return rows


def _cells(ids: Sequence[int], states: Sequence[Mapping[int, str]]) -> list[Cell]:
    return [Cell(Counter(outcomes[pk] for pk in ids)) for outcomes in states]


@dataclass(frozen=True)
class Aim:
    """An objective with where its requirements stand, and those that hold it back, the worst first."""

    objective: Objective
    counts: Mapping[str, int]
    held_back_by: Sequence[RequirementState]


def aims(product: Product, versions: JudgedVersions) -> list[Aim]:
    """Objectives in the order now, next, later. Eleven queries."""
    horizons = list(Objective.Horizon.values)
    objectives = sorted(
        product.objectives.all(), key=lambda one: (horizons.index(one.horizon), one.position, one.title)
    )
    rows = product.requirements.active().filter(objective__isnull=False).select_related("product")
    by_objective: dict[int | None, list[RequirementState]] = defaultdict(list)
    for state in requirement_states(rows, versions):
        by_objective[state.requirement.objective_id].append(state)
    return [_aim(objective, by_objective[objective.pk]) for objective in objectives]


def _aim(objective: Objective, states: Sequence[RequirementState]) -> Aim:
    open_ones = [state for state in states if state.outcome != "met"]
    worst = sorted(open_ones, key=lambda state: WORST_FIRST.get(state.outcome, 9))
    return Aim(objective, Counter(state.outcome for state in states), worst[:3])
