"""The coverage matrix: requirements against versions of ours, a cell for what is proven of each by each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from capabilities.models import Product, Requirement, Standing
from capabilities.models.standings import OF_NONE, OF_VERSION
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirement_order import ordering
from capabilities.queries.requirements import RequirementFilter, matching
from capabilities.queries.standing_picks import outcome_counts
from config import words
from evaluations.models import ModelVersion, Side

SHOWN_AT_FIRST = 8
MOST_COLUMNS = 30
MOST_CHOICES = 100
AT_ONCE = 500
SHOWN_OF_CELL = (
    *("requirement", "model_version", "outcome", "lean", "trend"),
    *("freshness", "coverage", "waived", "pending"),
)
CELL_WORDS = {"needs_recheck": "needs re-check", "out_of_date": "out of date"}


@dataclass(frozen=True)
class Cell:
    """What is known of a requirement for a version; standing None: the version has no verdict on it."""

    version: ModelVersion
    standing: Standing | None

    @property
    def css(self) -> str:
        if self.standing is None or self.standing.outcome == "no_data":
            return "none"
        if self.standing.waived and self.standing.outcome == "met":
            return "open"
        return words.CLASSES[self.standing.outcome]

    @property
    def glyphs(self) -> str:
        """Verdict, trend, and a mark where the evidence needs another look."""
        row = self.standing
        if row is None:
            return ""
        trend = words.TRENDS[row.trend][0] if row.trend and row.trend != "unknown" else ""
        return f"{words.GLYPHS[row.outcome]}{trend}{'↻' if row.freshness in CELL_WORDS else ''}"

    @property
    def words(self) -> str:
        """The same in words."""
        row = self.standing
        if row is None:
            return "No data"
        said = [
            words.verdict_label(row.outcome, row.lean),
            "with a waiver" if row.waived else "",
            "to be confirmed" if row.pending else "",
            words.TRENDS[row.trend][1].lower() if row.trend and row.trend != "unknown" else "",
            CELL_WORDS.get(row.freshness, ""),
        ]
        return ", ".join(filter(None, said))


@dataclass(frozen=True)
class Row:
    """coverage: how far the requirement is measured for the version it is judged for."""

    requirement: Requirement
    title: str
    coverage: str
    cells: Sequence[Cell]


class Matrix(Sequence[Row]):
    """The rows a filter finds against the columns chosen. Its length is one query, a slice of it three, all of it three a part.

    The filter speaks of the version each requirement is judged for; freshness of any of the columns.
    """

    def __init__(
        self,
        product: Product,
        versions: JudgedVersions,
        wanted: RequirementFilter,
        columns: Sequence[ModelVersion],
    ) -> None:
        self.product, self.columns = product, columns
        state = dict(wanted.state)
        aged = state.pop("freshness", [])
        self.found = matching(product, versions, RequirementFilter(**{**vars(wanted), "state": state}))
        if aged:
            shown = Standing.objects.filter(
                requirement=OuterRef("requirement"), model_version__in=columns, freshness__in=aged
            )
            self.found = self.found.filter(Exists(shown))
        self.ids = self.found.order_by(
            *ordering(wanted.sort, descending=wanted.descending, group="")
        ).values_list("requirement_id", "coverage")

    def __len__(self) -> int:
        if not hasattr(self, "_length"):
            self._length = sum(outcome_counts(self.found).values())
        return self._length

    def __getitem__(self, place: Any) -> Any:
        """A slice is a list of rows; a number one row."""
        if isinstance(place, int):
            return self[place : place + 1][0]
        return self._rows(list(self.ids[place]))

    def __iter__(self) -> Iterator[Row]:
        found = list(self.ids)
        for start in range(0, len(found), AT_ONCE):
            yield from self._rows(found[start : start + AT_ONCE])

    def _rows(self, found: Sequence[tuple[int, str]]) -> list[Row]:
        ids = [pk for pk, _ in found]
        requirements = Requirement.objects.select_related("product").in_bulk(ids)
        columns = [OF_NONE, *(version.pk for version in self.columns)]
        cells: dict[tuple[int, int | None], Standing] = {}
        titles: dict[int, str] = {}
        rows = Standing.objects.alias(of=OF_VERSION).filter(
            product=self.product, of__in=columns, requirement__in=ids
        )
        for row in rows.annotate(title=F("revision__title")).only(*SHOWN_OF_CELL):
            cells[row.requirement_id, row.model_version_id] = row
            titles[row.requirement_id] = row.title or ""
        return [
            Row(
                requirements[pk],
                titles.get(pk, ""),
                coverage,
                [Cell(column, cells.get((pk, column.pk))) for column in self.columns],
            )
            for pk, coverage in found
            if pk in requirements
        ]


def column_choices(product: Product) -> list[ModelVersion]:
    """Versions of ours the columns can show, the newest first, earlier and retired ones too. One query."""
    named = Q(pk__in=[pk for pk in (product.candidate_version_id, product.released_version_id) if pk])
    rows = ModelVersion.objects.filter(Q(model__products=product, model__side=Side.OWN) | named)
    return list(rows.distinct().select_related("model").order_by("-pk")[:MOST_CHOICES])


def chosen_columns(
    choices: Sequence[ModelVersion], versions: JudgedVersions, asked: Sequence[str]
) -> list[ModelVersion]:
    """The columns named; when none is, the version judged and the newest beside it. No query."""
    if asked:
        return [version for version in choices if version.label in asked][:MOST_COLUMNS]
    first = [version for version in choices if version in versions.all]
    rest = [version for version in choices if version not in versions.all]
    chosen = {version.pk for version in [*first, *rest][:SHOWN_AT_FIRST]}
    return [version for version in choices if version.pk in chosen]


def as_record(row: Row) -> dict[str, Any]:
    """A row as a line of a table: for each version its verdict, trend and freshness."""
    found: dict[str, Any] = {"key": row.requirement.key, "title": row.title, "coverage": row.coverage}
    for cell in row.cells:
        known: Mapping[str, Any] = vars(cell.standing) if cell.standing else {}
        found[cell.version.label] = known.get("outcome", "no_data")
        found[f"{cell.version.label} trend"] = known.get("trend") or None
        found[f"{cell.version.label} freshness"] = known.get("freshness") or None
    return found
