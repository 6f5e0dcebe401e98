"""A board's numbers as the page and its files write them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from config import words
from evaluations.charts import Svg, bar
from evaluations.models import ClaimedScore, ModelVersion, ScorerVersion, Side
from evaluations.queries.board_columns import Place
from evaluations.queries.boards import Board, Column, Line, Overall
from evaluations.queries.claimed_scores import Measure

Claims = Mapping[Measure, Sequence[ClaimedScore]]
SIDES = {Side.OWN: "ours", Side.COMPETITOR: "rival", Side.SIMPLE: "simple"}
WHY = {
    "partial": "not ranked: more than 5 % of its cases are missing",
    "mixed": "not ranked: more than one model answered",
    "stopped": "not ranked: it stopped early when its targets were settled; start it again to ask the rest",
    "unscored": "not ranked: nothing was scored",
}
CSV_COLUMNS = (
    "suite",
    "evaluation",
    "scorer",
    "model",
    "side",
    "agreed_rival",
    "score",
    "low",
    "high",
    "unit",
    "direction",
    "best_rank",
    "worst_rank",
    "ranked",
    "ahead",
    "level",
    "behind",
    "common_cases",
    "missing_cases",
    "not_ranked_because",
    "run",
    "unchecked",
)


@dataclass(frozen=True)
class CellShown:
    """css: the best group's colour, grey for what is not told apart from anybody. glyph and words say the same without colour."""

    url: str
    score: str
    span: str
    bar: Svg
    rank: str
    glyph: str
    css: str
    words: str
    missing: str


@dataclass(frozen=True)
class ColumnShown:
    column: Column
    name: str
    check: str
    note: str
    url: str
    sorted_here: bool


@dataclass(frozen=True)
class LineShown:
    line: Line
    name: str
    url: str
    side: str
    outside: bool
    rank: str
    glyph: str
    css: str
    counts: str
    coverage: str
    newer: str
    cells: Sequence[CellShown | None]
    claimed: Sequence[Sequence[ClaimedScore]]

    @property
    def filled(self) -> list[tuple[CellShown | None, Sequence[ClaimedScore]]]:
        """What was measured and, shown hollow, what the vendor claims, by column."""
        return list(zip(self.cells, self.claimed, strict=True))


def name_of(version: ModelVersion) -> str:
    return f"{version.model.name} {version.name}"


def rank_words(best: int, worst: int, of: int) -> str:
    """1–3 of 5: a rank is never a bare number, and one model alone has none."""
    if of == 1:
        return "alone"
    return f"{best}–{worst} of {of}" if best != worst else f"{best} of {of}"


def counts_words(ahead: int, level: int, behind: int, mixed: int = 0) -> str:
    """Of how many others; what is nobody is left out."""
    parts = {"ahead of": ahead, "level with": level, "mixed with": mixed, "behind": behind}
    told = [f"{verb} {count}" for verb, count in parts.items() if count]
    return " · ".join(told) or "alone"


def columns_shown(board: Board, sort: str) -> list[ColumnShown]:
    return [
        ColumnShown(
            column=column,
            name=column.version.evaluation.name,
            check=column.scorer.scorer.name,
            note=_note(column),
            url=reverse("evaluations:evaluation-detail", args=[column.version.evaluation.slug])
            + f"?scorer={column.slug}",
            sorted_here=sort == column.key,
        )
        for column in board.columns
    ]


def _note(column: Column) -> str:
    if not column.runs:
        return "nobody ran it"
    cases = words.counted(column.ranked.n, "common cases") if column.ranked.n else "no common cases"
    lower = column.scorer.direction == ScorerVersion.Direction.LOWER
    dev = column.version.dataset_version.dataset.purpose == "dev"
    return cases + (", lower is better" if lower else "") + (", development cases" if dev else "")


def lines_shown(
    board: Board, lines: Sequence[Line], agreed: frozenset[int] | None, claims: Claims
) -> list[LineShown]:
    """agreed: ids of the models of the product's rival set, None where no set was agreed. claims: what vendors claim, to show only."""
    ends = [_ends(column) for column in board.columns]
    ranked = len(board.ranked)
    return [_line(board, line, ends, ranked, agreed, claims) for line in lines]


def _line(
    board: Board,
    line: Line,
    ends: Sequence[tuple[float, float]],
    ranked: int,
    agreed: frozenset[int] | None,
    claims: Claims,
) -> LineShown:
    version, overall = line.version, line.overall
    model = reverse("evaluations:model-detail", args=[version.model.slug])
    newer = f"Version {line.newer.name} is newer and ran none of this." if line.newer else ""
    return LineShown(
        line=line,
        name=name_of(version),
        url=f"{model}?version={version.name}",
        side=version.model.get_side_display(),
        outside=is_outside(version, agreed),
        rank=rank_words(overall.best_rank, overall.worst_rank, ranked) if overall else "partial",
        glyph=overall_glyph(overall, board.opinion),
        css=overall_css(overall, board.opinion),
        counts=counts_words(overall.ahead, overall.level, overall.behind, overall.mixed) if overall else "",
        coverage=coverage_words(line, len(board.columns)),
        newer=newer,
        cells=[
            None if place is None else _cell(column, version, place, end)
            for column, place, end in zip(board.columns, line.places, ends, strict=True)
        ],
        claimed=[
            [one for one in claims.get(measure_of(column), ()) if one.model_version_id == version.pk][:2]
            for column in board.columns
        ],
    )


def measure_of(column: Column) -> Measure:
    return (column.version.evaluation_id, column.scorer.scorer_id)


def is_outside(version: ModelVersion, agreed: frozenset[int] | None) -> bool:
    """A competitor that the product did not agree to be held against."""
    return agreed is not None and version.model.side == Side.COMPETITOR and version.model_id not in agreed


def coverage_words(line: Line, of: int) -> str:
    told = f"{line.ran} of {of}"
    return f"{told}, {words.counted(line.missing, 'cases')} missing" if line.missing else told


def overall_css(overall: Overall | None, opinion: bool) -> str:
    if overall is None:
        return ""
    return "none" if not overall.apart else "met" if overall.best and not opinion else ""


def overall_glyph(overall: Overall | None, opinion: bool) -> str:
    """No star where a judge's opinions have a part in it."""
    if overall is None:
        return "◌"
    return "★" if overall.best and not opinion else "=" if not overall.apart else ""


def _ends(column: Column) -> tuple[float, float]:
    """The scale of a column's bars: everything that is drawn in it."""
    places = column.ranked.places.values()
    drawn = [end for place in places for end in (place.point, place.low, place.high) if end is not None]
    return (min(drawn), max(drawn)) if drawn else (0.0, 1.0)


def _cell(column: Column, version: ModelVersion, place: Place, ends: tuple[float, float]) -> CellShown:
    run, of = column.runs[version.pk], 1 + place.ahead + place.tied + place.behind
    score = words.score(place.point, column.unit)
    span = words.range_text(place.low, place.high, column.unit) if place.low is not None else "no range"
    rank = rank_words(place.best_rank, place.worst_rank or of, of) if place.best_rank and of > 1 else ""
    counts = counts_words(place.ahead, place.tied, place.behind) if place.ranked else WHY.get(place.why, "")
    place_words = f"rank {rank}, {counts}" if rank else counts
    unchecked = (
        ", a judge’s opinion that nobody checked" if column.unchecked else ", a judge’s opinion, uncorrected"
    )
    best = place.best and not column.opinion
    return CellShown(
        url=reverse("evaluations:run-detail", args=[run.pk]),
        score=score,
        span=span,
        bar=bar.draw(SIDES[Side(version.model.side)], place.point, place.low, place.high, ends),  # type: ignore[arg-type]
        rank=rank,
        glyph="★" if best else "=" if place.level else "" if place.ranked else "◌",
        css="none" if place.level else "met" if best else "",
        words=f"{name_of(version)}, {column.version.evaluation.name}: {score} ({span}), {place_words}{unchecked if column.opinion else ''}",
        missing=f"{words.counted(place.missing, 'cases')} missing" if place.missing else "",
    )


def by_column(board: Board, key: str) -> list[Line]:
    """Lines by the score of one column, best first; by rank over all of them when it is not one of the board's."""
    names = [column.key for column in board.columns]
    if key not in names:
        return list(board.lines)
    index = names.index(key)
    higher = board.columns[index].scorer.direction == ScorerVersion.Direction.HIGHER

    def order(line: Line) -> tuple[bool, bool, float]:
        place = line.places[index]
        if place is None or place.point is None:
            return True, True, 0.0
        return False, not place.ranked, -place.point if higher else place.point

    return sorted(board.lines, key=order)


def records(board: Board, agreed: frozenset[int] | None) -> Iterator[dict[str, Any]]:
    """A row for each model version and column, in the scorer's unit; what did not run has a row that says so."""
    for line in board.lines:
        for column, place in zip(board.columns, line.places, strict=True):
            yield _record(board, line.version, column, place, agreed)


def _record(
    board: Board, version: ModelVersion, column: Column, place: Place | None, agreed: frozenset[int] | None
) -> dict[str, Any]:
    named: Mapping[str, Any] = {
        "suite": board.suite.slug if board.suite else "",
        "evaluation": str(column.version),
        "scorer": str(column.scorer),
        "model": version.label,
        "side": version.model.side,
        "agreed_rival": _agreed_word(version, agreed),
        "unit": column.unit,
        "direction": column.scorer.direction,
        "unchecked": _unchecked_word(column),
    }
    if place is None:
        return {**named, "ranked": False, "not_ranked_because": "not run"}
    return {
        **named,
        "score": place.point,
        "low": place.low,
        "high": place.high,
        "best_rank": place.best_rank,
        "worst_rank": place.worst_rank,
        "ranked": place.ranked,
        "ahead": place.ahead if place.ranked else None,
        "level": place.tied if place.ranked else None,
        "behind": place.behind if place.ranked else None,
        "common_cases": column.ranked.n,
        "missing_cases": place.missing,
        "not_ranked_because": place.why,
        "run": column.runs[version.pk].pk,
    }


def _unchecked_word(column: Column) -> str:
    """Empty where no judge is asked."""
    if not column.scorer.judge_id:
        return ""
    return "yes" if column.unchecked else "no"


def _agreed_word(version: ModelVersion, agreed: frozenset[int] | None) -> str:
    if agreed is None or version.model.side != Side.COMPETITOR:
        return ""
    return "yes" if version.model_id in agreed else "no"
