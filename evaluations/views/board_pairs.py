"""Every pair of ranked models: who is ahead where, and the comparison that shows it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from evaluations.charts import HeatCell, HeatRow, Svg, heat
from evaluations.charts.heat import Shade
from evaluations.models import ModelVersion
from evaluations.queries.boards import Board, Column, Relation
from evaluations.views.board_cells import name_of

LOOKS: Mapping[str, tuple[str, Shade, str]] = {
    "ahead": ("▲", "met", "ahead of"),
    "behind": ("▼", "not-met", "behind"),
    "mixed": ("±", "open", "ahead somewhere and behind elsewhere against"),
    "level": ("=", "none", "not distinguishable from"),
    "unknown": ("·", "none", "not compared with"),
}
CSV_COLUMNS = ("suite", "model", "against", "stands", "ahead_in", "behind_in", "level_in")


@dataclass(frozen=True)
class PairCell:
    """url: the comparison of the column that tells most."""

    url: str
    glyph: str
    css: Shade
    counts: str
    words: str


@dataclass(frozen=True)
class PairLine:
    version: ModelVersion
    name: str
    cells: Sequence[PairCell | None]


def pair_lines(board: Board, column: Column | None) -> list[PairLine]:
    """A row for each ranked model in rank order; None on the diagonal. column: only what this one tells."""
    versions = [line.version for line in board.ranked]
    return [
        PairLine(
            one,
            name_of(one),
            [None if one.pk == other.pk else _cell(board, one, other, column) for other in versions],
        )
        for one in versions
    ]


def _cell(board: Board, one: ModelVersion, other: ModelVersion, column: Column | None) -> PairCell:
    relation = board.relation(one, other)
    if column is not None:
        relation = only(relation, column)
    glyph, css, verb = LOOKS[relation.word]
    told = [*relation.ahead, *relation.behind, *relation.level]
    names = {each.key: each for each in board.columns}
    shown = names.get(told[0]) if told else None
    several = len(told) > 1
    opinion = any(names[key].opinion for key in (*relation.ahead, *relation.behind))
    return PairCell(
        url=compare_url(shown, one, other) if shown else "",
        glyph=glyph,
        css="open" if opinion else css,
        counts=f"{len(relation.ahead)}·{len(relation.level)}·{len(relation.behind)}" if several else "",
        words=f"{name_of(one)} {verb} {name_of(other)}{_where(relation, names)}{', in a judge’s opinion' if opinion else ''}",
    )


def only(relation: Relation, column: Column) -> Relation:
    """What one column says of a pair, still corrected over all of them."""
    parts = (relation.ahead, relation.behind, relation.level)
    return Relation(*[[key for key in part if key == column.key] for part in parts])


def _where(relation: Relation, columns: dict[str, Column]) -> str:
    parts = (("ahead in", relation.ahead), ("behind in", relation.behind), ("level in", relation.level))
    told = [
        f"{verb} {', '.join(columns[key].version.evaluation.name for key in keys)}"
        for verb, keys in parts
        if keys
    ]
    return f": {'; '.join(told)}" if told else ""


def compare_url(column: Column, one: ModelVersion, other: ModelVersion) -> str:
    """The page that shows this pair in this column, case by case."""
    runs = column.runs
    query = {"run": str(runs[one.pk].pk), "against": str(runs[other.pk].pk), "scorer": column.slug}
    return f"{reverse('evaluations:compare')}?{urlencode(query)}"


def records(board: Board) -> Iterator[dict[str, Any]]:
    """A row for each ordered pair of ranked models."""
    versions = [line.version for line in board.ranked]
    for one in versions:
        for other in versions:
            if one.pk != other.pk:
                relation = board.relation(one, other)
                yield {
                    "suite": board.suite.slug if board.suite else "",
                    "model": one.label,
                    "against": other.label,
                    "stands": relation.word,
                    "ahead_in": " ".join(relation.ahead),
                    "behind_in": " ".join(relation.behind),
                    "level_in": " ".join(relation.level),
                }


def heat_map(board: Board, column: Column | None) -> Svg:
    """The matrix as one picture."""
    lines = pair_lines(board, column)
    rows = [HeatRow(line.name, [_heat_cell(cell) for cell in line.cells]) for line in lines]
    return heat.draw([line.name for line in lines], rows, "Models against models")


def _heat_cell(cell: PairCell | None) -> HeatCell | None:
    return None if cell is None else HeatCell(cell.glyph, cell.css, cell.words)
