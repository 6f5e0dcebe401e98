"""All suites beside each other: a model's rank interval in each, and how much of it the model ran."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from evaluations.models import ModelVersion, Suite
from evaluations.queries.boards import Board, Line, SuiteBoards
from evaluations.views.board_cells import (
    counts_words,
    coverage_words,
    is_outside,
    name_of,
    overall_css,
    overall_glyph,
    rank_words,
)


@dataclass(frozen=True)
class SuiteCell:
    rank: str
    glyph: str
    css: str
    counts: str
    coverage: str


@dataclass(frozen=True)
class SuiteLine:
    version: ModelVersion
    name: str
    url: str
    outside: bool
    cells: Sequence[SuiteCell | None]


@dataclass(frozen=True)
class SuitesShown:
    """suites: with how many evaluations, and whether a judge that nobody checked, or any judge, scores some of them."""

    suites: Sequence[tuple[Suite, int, bool, bool]]
    lines: Sequence[SuiteLine]
    left_out: int


def suites_shown(found: SuiteBoards, agreed: frozenset[int] | None) -> SuitesShown:
    by_suite = [{line.version.pk: line for line in board.lines} for board in found.boards]
    lines = [
        SuiteLine(
            version=version,
            name=name_of(version),
            url=f"{reverse('evaluations:model-detail', args=[version.model.slug])}?version={version.name}",
            outside=is_outside(version, agreed),
            cells=[
                _cell(board, lines[version.pk]) if version.pk in lines else None
                for board, lines in zip(found.boards, by_suite, strict=True)
            ],
        )
        for version in found.versions
    ]
    suites = [
        (board.suite, len(board.columns), board.unchecked, board.opinion)
        for board in found.boards
        if board.suite
    ]
    return SuitesShown(suites, lines, found.left_out)


def _cell(board: Board, line: Line) -> SuiteCell:
    overall, coverage = line.overall, coverage_words(line, len(board.columns))
    if overall is None:
        return SuiteCell("partial", "◌", "", "not ranked", coverage)
    return SuiteCell(
        rank=rank_words(overall.best_rank, overall.worst_rank, len(board.ranked)),
        glyph=overall_glyph(overall, board.opinion),
        css=overall_css(overall, board.opinion),
        counts=counts_words(overall.ahead, overall.level, overall.behind, overall.mixed),
        coverage=coverage,
    )
