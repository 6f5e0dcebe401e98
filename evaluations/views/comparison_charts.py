"""Pictures and tables of a comparison of several: every column's value with its ranks, and slices by rival."""

from dataclasses import dataclass, replace
from typing import Any

from evaluations.charts import GapRow, GridLine, Look, Show, Slice, forest_grid, gap
from evaluations.charts.gap import Side as Colour
from evaluations.models import Side
from evaluations.queries.comparison import Comparison
from evaluations.queries.comparison_figures import SLICE_N
from evaluations.queries.comparison_many import Against, Column, ManyComparison
from evaluations.statistics import SliceDifference
from evaluations.views.slice_charts import SHOWS, better, ends, short_slice

BESIDE, NARROW = 440.0, 340.0
GRID = 960.0
FILE, FILE_NAMES = 860.0, 340.0
WORST, BEST = 8, 3
SHOWN = {"rate": Show.PERCENT, "ms": Show.MILLISECONDS, "currency": Show.MONEY}
COLOURS: dict[str, Colour] = {Side.OWN: "ours", Side.COMPETITOR: "rival", Side.SIMPLE: "simple"}
SLICE_COLUMNS = ("Slice", "Against", "Cases", "Difference", "From", "To", "Adjusted p", "What stands")


@dataclass(frozen=True)
class Picture:
    """svg, narrow: for a page and for a phone."""

    svg: str
    narrow: str


@dataclass(frozen=True)
class SliceGrid:
    """svg: slices by rival, of those with enough cases; empty where none has. rows: its numbers, name, cases and a line for each panel.

    letters: of the panels. tested: slices with enough cases; left_out: those in between that stand in the file only; small: the others.
    """

    svg: str
    letters: list[str]
    rows: list[tuple[str, int, list[SliceDifference | None]]]
    tested: int
    left_out: int
    small: int


def columns_chart(many: ManyComparison) -> Picture | None:
    """Every ranked run's value on the cases all of them scored, best first."""
    ranked = in_order(many)
    if len(ranked) < 2:
        return None
    rows = [_gap_row(column) for column in ranked]
    unit = many.scorer.unit
    look = Look(
        show=SHOWN.get(unit, Show.NUMBER),
        name=f"Values on the {many.n:,} cases all of them scored",
        width=BESIDE,
    )
    return Picture(gap.draw(rows, look), gap.draw(rows, replace(look, width=NARROW)))


def values_file(many: ManyComparison) -> str | None:
    """The picture of the values as a file, which says the ranks too."""
    ranked = in_order(many)
    rows = [
        replace(row, name=f"{row.name}: {_rank(column)}") for column in ranked if (row := _gap_row(column))
    ]
    look = Look(
        show=SHOWN.get(many.scorer.unit, Show.NUMBER),
        name=f"Values on the {many.n:,} cases all of them scored",
        width=FILE,
        names=FILE_NAMES,
    )
    return gap.draw(rows, look) if len(rows) > 1 else None


def _rank(column: Column) -> str:
    place = column.place
    if place is None:
        return "unranked"
    ranks = f"rank {place.best_rank}" + (
        f" to {place.worst_rank}" if place.worst_rank > place.best_rank else ""
    )
    return f"{ranks}, best group" if column.best else ranks


def differences_file(many: ManyComparison) -> str:
    """A − each as a file, which says in words what stands; grey unless it does."""
    look = Look(
        show=SHOWS.get(many.scorer.unit, Show.NUMBER),
        target=0.0,
        target_words="no difference",
        name=f"{many.run_a.model_version.label} − each, corrected for {len(many.against)} comparisons",
        width=FILE,
        names=FILE_NAMES,
    )
    return gap.draw([_difference_row(one) for one in many.against], look)


def _difference_row(one: Against) -> GapRow:
    result = one.comparison.result
    low, high = (result.interval.low, result.interval.high) if result.interval else (None, None)
    name = f"{one.letter} {one.comparison.run_b.model_version.label}: {one.outcome}"
    return GapRow(name, _ahead(one.comparison, result.point), result.point, low, high)


def _ahead(comparison: Comparison, point: float | None) -> Colour:
    """The colour of the side that is ahead; grey where that does not stand."""
    if not comparison.supported or point is None:
        return "simple"
    return "ours" if better(comparison, point) else "rival"


def in_order(many: ManyComparison) -> list[Column]:
    """The ranked columns, best first."""
    sign = -1 if many.scorer.direction == many.scorer.Direction.HIGHER else 1
    ranked = [(column.place.score, column) for column in many.columns if column.place]
    return [column for _, column in sorted(ranked, key=lambda pair: (sign * pair[0], pair[1].letter))]


def _gap_row(column: Column) -> GapRow:
    value = column.value
    interval = value.interval if value else None
    return GapRow(
        f"{column.letter} {column.run.model_version.label}",
        COLOURS[column.run.model_version.model.side],
        value.point if value else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def slice_grid(many: ManyComparison) -> SliceGrid | None:
    """None where there is no slice with a difference."""
    rows = [row for row in many.slices if any(line and line.result.n for line in row.lines)]
    if not rows:
        return None
    tested = [row for row in rows if _cases(row.lines) >= SLICE_N]
    drawn = ends(tested, WORST, BEST)
    look = Look(
        show=SHOWS.get(many.scorer.unit, Show.NUMBER),
        target=0.0,
        name="Difference by slice and rival",
        width=GRID,
    )
    panels = [f"{one.letter} {one.comparison.run_b.model_version.label}" for one in many.against]
    lines = [
        GridLine(
            short_slice(row.name),
            _cases(row.lines),
            [_cell(one, line) for one, line in zip(many.against, row.lines, strict=True)],
        )
        for row in drawn
    ]
    return SliceGrid(
        svg=forest_grid.draw(panels, lines, look) if lines else "",
        letters=[one.letter for one in many.against],
        rows=[(row.name, _cases(row.lines), list(row.lines)) for row in drawn],
        tested=len(tested),
        left_out=len(tested) - len(drawn),
        small=len(rows) - len(tested),
    )


def _cases(lines: Any) -> int:
    return max((line.result.n for line in lines if line), default=0)


def _cell(one: Against, line: SliceDifference | None) -> Slice | None:
    """Grey unless supported; then the colour of the side that is ahead. No mark on too few cases."""
    if line is None:
        return None
    result, side = line.result, "simple"
    if result.n < SLICE_N or result.point is None:
        return Slice(one.letter, result.n, None)
    if line.supported:
        side = "ours" if better(one.comparison, result.point) else "rival"
    low, high = (result.interval.low, result.interval.high) if result.interval else (None, None)
    return Slice(one.letter, result.n, result.point, low, high, side=side)  # type: ignore[arg-type]


def slice_rows(many: ManyComparison) -> list[list[Any]]:
    """Every slice with every rival, for files."""
    return [
        _slice_row(one, line)
        for row in many.slices
        for one, line in zip(many.against, row.lines, strict=True)
        if line is not None
    ]


def _slice_row(one: Against, line: SliceDifference) -> list[Any]:
    result = line.result
    low, high = (result.interval.low, result.interval.high) if result.interval else (None, None)
    name = one.comparison.run_b.model_version.label
    return [
        line.name,
        name,
        result.n,
        result.point,
        low,
        high,
        line.adjusted_p,
        one.comparison.slice_outcome(line),
    ]
