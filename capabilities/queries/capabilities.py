"""The capability tree against model versions: how many requirements of each branch stand where, for ours, before, rivals, simple."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from capabilities.models import Capability, Product, Standing
from capabilities.queries.products import JudgedVersions, only
from capabilities.queries.requirement_order import WORST_FIRST
from capabilities.queries.standing_picks import AGED
from capabilities.queries.standings import current_standings
from evaluations.models import ModelVersion, Side

MOST_COLUMNS = 5
MOST_CHOICES = 60


@dataclass(frozen=True)
class Column:
    """A heading: what is shown for it and, for the address of the list behind a cell, the version asked for."""

    title: str
    note: str
    version: ModelVersion | None
    ours: bool


@dataclass
class Cell:
    """How many requirements of a branch have each outcome, when the one that was judged longest ago was, and for how many evidence has
    grown old or must be looked at again. outcome: the weakest of them, no_data for a branch without any.
    """

    counts: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    aged: int = 0

    def add(self, other: Self) -> None:
        self.counts.update(other.counts)
        self.oldest = min((one for one in (self.oldest, other.oldest) if one), default=None)
        self.aged += other.aged

    @property
    def outcome(self) -> str:
        if self.counts.get("no_data", 0) == self.counts.total():
            return "no_data"
        return min(self.counts, key=lambda outcome: WORST_FIRST.get(outcome, 9))

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Outcomes that occur, the best first; without data only the sum says so."""
        order = ("met", "inconclusive", "not_met", "no_data")
        return [(outcome, self.counts[outcome]) for outcome in order if self.counts.get(outcome)]


# By capability; None: requirements that have no place yet.
Cells = dict[int | None, Cell]


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
    """Ours first, then one column for each other version. Two queries, and one for each column."""
    active = product.requirements.active()
    rows = current_standings(product, versions).filter(requirement__in=active)
    columns, cells = [_own_column(versions)], [_own_cells(rows)]
    for version in others[: MOST_COLUMNS - 1]:
        if version.model.side == Side.OWN:
            earlier = current_standings(product, only(version)).filter(requirement__in=active)
            cells.append(_own_cells(earlier))
        else:
            cells.append(_their_cells(rows, version))
        columns.append(_column(version, versions))
    return Heat(columns, _rows(list(product.capabilities.order_by("position", "name")), cells))


def _own_cells(rows: QuerySet[Standing]) -> Cells:
    """One query."""
    return _cells(rows, F("outcome"))


def _their_cells(rows: QuerySet[Standing], version: ModelVersion) -> Cells:
    """Where another's model stands by our targets, as the comparisons say that our verdicts hold. One query."""
    return _cells(rows, KeyTextTransform(f"v{version.pk}", "theirs"))


def _cells(rows: QuerySet[Standing], outcome_of: F | KeyTextTransform) -> Cells:
    """By capability. One query."""
    cells: Cells = defaultdict(Cell)
    grouped = rows.order_by().annotate(found=outcome_of).values_list("requirement__capability", "found")
    told = grouped.annotate(
        count=Count("*"), oldest=Min("judged_at"), aged=Count("pk", filter=Q(freshness__in=AGED))
    )
    for capability, outcome, count, oldest, aged in told:
        measured = outcome not in (None, "no_data")
        counts = Counter({outcome or "no_data": count})
        cells[capability].add(Cell(counts, oldest, aged) if measured else Cell(counts))
    return cells


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


def _rows(tree: Sequence[Capability], columns: Sequence[Cells]) -> list[Row]:
    children: dict[int | None, list[Capability]] = defaultdict(list)
    for capability in tree:
        children[capability.parent_id].append(capability)
    rows: list[Row] = []

    def branch(capability: Capability, depth: int) -> list[Cell]:
        place = len(rows)
        rows.append(Row(capability, depth, 0, ()))
        sums = [_sum([column.get(capability.pk, Cell())]) for column in columns]
        for child in children[capability.pk]:
            for total, below in zip(sums, branch(child, depth + 1), strict=True):
                total.add(below)
        rows[place] = _row(capability, depth, sums)
        return sums

    for top in children[None]:
        branch(top, 0)
    if columns[0].get(None, Cell()).counts:
        rows.append(_row(None, 0, [column.get(None, Cell()) for column in columns]))
    return rows


def _sum(cells: Iterable[Cell]) -> Cell:
    total = Cell()
    for cell in cells:
        total.add(cell)
    return total


def _row(capability: Capability | None, depth: int, cells: Sequence[Cell]) -> Row:
    return Row(capability, depth, cells[0].counts.total(), cells)
