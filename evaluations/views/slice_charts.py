"""Where one run is better than another: differences by slice as a picture and as rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from evaluations.charts import Look, Show, Slice, forest
from evaluations.queries.comparison import Comparison
from evaluations.queries.comparison_figures import SLICE_N
from evaluations.queries.mixes import EvenRow
from evaluations.queries.pair_judgings import PairReading
from evaluations.statistics import Result, SliceDifference
from evaluations.statistics.judges import EVEN

WORST, BEST = 10, 6
WIDE, NARROW = 960.0, 340.0
BARE = {"yes", "no", "true", "false", "none"}
SHOWS = {"rate": Show.POINTS, "ms": Show.MILLISECONDS, "currency": Show.MONEY}
Line = TypeVar("Line")
COLUMNS = ("Slice", "Cases", "Difference", "From", "To", "What stands")


@dataclass(frozen=True)
class SliceChart:
    """svg, narrow: the picture for a page and for a phone, of what was tested; empty where nothing was.

    rows: every slice, for the table beside it and for files. small: slices of too few cases to test. left_out: tested, not drawn.
    """

    svg: str
    narrow: str
    rows: list[list[Any]]
    left_out: int
    small: int


def slice_chart(comparison: Comparison) -> SliceChart | None:
    """None where there is no slice with a difference."""
    lines = [line for line in comparison.slices if line.result.point is not None]
    if not lines:
        return None
    tested = [line for line in lines if line.result.n >= SLICE_N]
    drawn = ends(tested, WORST, BEST)
    even = [_even(comparison, row) for row in comparison.even]
    slices = [_overall(comparison), *even, *[_slice(comparison, line) for line in drawn]] if tested else []
    return SliceChart(
        svg=forest.draw(slices, _look(comparison, 620.0)) if slices else "",
        narrow=forest.draw(slices, _look(comparison, NARROW)) if slices else "",
        rows=[
            *[_even_row(comparison, row) for row in comparison.even],
            *[_row(comparison, line) for line in lines],
        ],
        left_out=len(tested) - len(drawn),
        small=len(lines) - len(tested),
    )


def ends(lines: Sequence[Line], worst: int, best: int) -> Sequence[Line]:
    """The first and the last of many, or all."""
    return lines if len(lines) <= worst + best else [*lines[:worst], *lines[-best:]]


def better(comparison: Comparison, point: float) -> bool:
    """Whether a difference of A − B speaks for A."""
    return (point > 0) == (comparison.scorer.direction == comparison.scorer.Direction.HIGHER)


def short_slice(name: str) -> str:
    """The value of a slice, with its name where the value alone says nothing: `de`, but `has_image=yes`."""
    value = name.partition("=")[2]
    return name if value.lower() in BARE or value.isdecimal() else value


def _slice(comparison: Comparison, line: SliceDifference) -> Slice:
    return _drawn(comparison, short_slice(line.name), line.result, supported=line.supported)


def _even(comparison: Comparison, row: EvenRow) -> Slice:
    found, stands = row.difference, comparison.even_outcome(row) in ("A ahead", "A behind")
    as_result = replace(comparison.result, point=found.point, interval=found.interval, n=found.n)
    return replace(_drawn(comparison, f"every {row.name}", as_result, supported=stands), overall=True)


def _even_row(comparison: Comparison, row: EvenRow) -> list[Any]:
    found, interval = row.difference, row.difference.interval
    ends = (interval.low, interval.high) if interval else (None, None)
    return [row.label, found.n, found.point, *ends, comparison.even_outcome(row)]


def _overall(comparison: Comparison) -> Slice:
    drawn = _drawn(comparison, "all cases", comparison.result, supported=comparison.supported)
    return replace(drawn, overall=True)


def _drawn(comparison: Comparison, name: str, result: Result, *, supported: bool) -> Slice:
    """Grey unless supported; then the colour of the side that is ahead."""
    side: Literal["ours", "rival", "simple"] = "simple"
    if supported and result.point is not None:
        side = "ours" if better(comparison, result.point) else "rival"
    low, high = (result.interval.low, result.interval.high) if result.interval else (None, None)
    return Slice(name, result.n, result.point, low, high, side=side)


def _look(comparison: Comparison, width: float) -> Look:
    show = SHOWS.get(comparison.scorer.unit, Show.NUMBER)
    name = "Difference by slice" if comparison.ok else "For display only, not comparable: difference by slice"
    told = "no difference" if comparison.ok else "not comparable, display only"
    return Look(show=show, target=0.0, target_words=told, name=name, width=width)


def _row(comparison: Comparison, line: SliceDifference) -> list[Any]:
    interval = line.result.interval
    return [
        line.name,
        line.result.n,
        line.result.point,
        interval.low if interval else None,
        interval.high if interval else None,
        comparison.slice_outcome(line),
    ]


def win_forest(reading: PairReading) -> SliceChart | None:
    """A's share of the judge's choices by slice, around one half; None without slices."""
    lines = [line for line in reading.slices if line.result.point is not None]
    if not lines or reading.found is None:
        return None
    tested = [line for line in lines if line.result.n >= SLICE_N]
    drawn = ends(tested, WORST, BEST)
    whole = replace(_won("all cases", reading.found.result, supported=False), overall=True)
    slices = [whole, *[_won(short_slice(line.name), line.result, supported=line.supported) for line in drawn]]
    look = Look(target=EVEN, target_words="even", name="Choices for A by slice", width=WIDE)
    return SliceChart(
        svg=forest.draw(slices, look) if tested else "",
        narrow=forest.draw(slices, replace(look, width=NARROW)) if tested else "",
        rows=[_won_row(line) for line in lines],
        left_out=len(tested) - len(drawn),
        small=len(lines) - len(tested),
    )


def _won(name: str, result: Result, *, supported: bool) -> Slice:
    side: Literal["ours", "rival", "simple"] = "simple"
    if supported and result.point is not None:
        side = "ours" if result.point > EVEN else "rival"
    low, high = (result.interval.low, result.interval.high) if result.interval else (None, None)
    return Slice(name, result.n, result.point, low, high, side=side)


def _won_row(line: SliceDifference) -> list[Any]:
    interval, point = line.result.interval, line.result.point or 0.0
    if line.result.n < SLICE_N:
        told = f"too few cases (fewer than {SLICE_N})"
    elif line.supported:
        told = "A chosen more often" if point > EVEN else "B chosen more often"
    else:
        told = "not distinguishable"
    ends = (interval.low, interval.high) if interval else (None, None)
    return [line.name, line.result.n, line.result.point, *ends, told]
