"""Quality against cost or latency as the board shows it: the front, and by name whoever cannot be placed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config import words
from evaluations.charts import ParetoLook, ParetoPoint, Show, Svg, pareto
from evaluations.models import ModelVersion, ScorerVersion, Side
from evaluations.queries.board_usage import NO_USAGE, Measured, Usage
from evaluations.queries.boards import Board, Column
from evaluations.views.board_cells import SIDES, name_of
from evaluations.views.charts import SHOWN

AGAINST = {"cost": "cost of 1,000 cases", "p50": "median latency", "p95": "95th percentile of latency"}
LACKS = {"cost": "no price", "p50": "no latency", "p95": "no latency"}
COLUMNS = ("Model version", "Score", "Plausible range", "", "Plausible range", "Place")
WIDE, NARROW = 960.0, 340.0
DATED = {"then": "tokens at the price of that day", "now": "tokens at the first price known later"}


@dataclass(frozen=True)
class TradeShown:
    """unplaced: name and what it lacks. notes: how prices were found where calls were not billed here."""

    svg: Svg
    narrow: Svg
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    records: Sequence[Mapping[str, Any]]
    unplaced: Sequence[tuple[str, str]]
    notes: Sequence[str]


@dataclass(frozen=True)
class Entry:
    version: ModelVersion
    point: ParetoPoint
    usage: Usage
    lack: str


def trade_shown(board: Board, column: Column, usage: Mapping[int, Usage], against: str) -> TradeShown:
    """usage: by run id."""
    higher = column.scorer.direction == ScorerVersion.Direction.HIGHER
    currency = _currency(usage) if against == "cost" else ""
    entries = [
        _entry(line.version, column, usage, against, currency)
        for line in board.lines
        if line.version.pk in column.runs
    ]
    drawn = [entry for entry in entries if not entry.lack]
    points = [entry.point for entry in drawn]
    look = _look(column, against, currency)
    front = pareto.frontier(points, higher_is_better=higher)
    beaten = {entry.version.pk: _beaten_by(entry, drawn, column) for entry in drawn}
    return TradeShown(
        svg=pareto.draw(points, look),
        narrow=pareto.draw(points, replace(look, width=NARROW)),
        columns=[*COLUMNS[:3], AGAINST[against].capitalize(), *COLUMNS[4:]],
        rows=[_row(entry, column, against, currency, front, beaten[entry.version.pk]) for entry in drawn],
        records=_records(entries, against, currency, front, beaten, column),
        unplaced=[(name_of(entry.version), entry.lack) for entry in entries if entry.lack],
        notes=sorted(
            f"{name_of(entry.version)}: {DATED[entry.usage.dated]}"
            for entry in drawn
            if against == "cost" and entry.usage.dated in DATED
        ),
    )


def _currency(usage: Mapping[int, Usage]) -> str:
    """Of most that have a price; money of another currency is not put on the same axis."""
    counted = Counter(one.currency for one in usage.values() if one.cost is not None)
    return counted.most_common(1)[0][0] if counted else "USD"


def _entry(
    version: ModelVersion, column: Column, usage: Mapping[int, Usage], against: str, currency: str
) -> Entry:
    run = column.runs[version.pk]
    place, used = column.ranked.places[run.pk], usage.get(run.pk, NO_USAGE)
    measured = used.of(against)
    lack = "" if measured else LACKS[against]
    if against == "cost" and measured and used.currency != currency:
        lack = f"priced in {used.currency}"
    if place.point is None:
        lack = "no score"
    shown = measured or Measured(0.0, None, None, 0)
    side = SIDES[Side(version.model.side)]
    point = ParetoPoint(
        name=name_of(version),
        side=side,  # type: ignore[arg-type]
        quality=place.point,
        price=None if lack else shown.point,
        quality_low=place.low,
        quality_high=place.high,
        price_low=shown.low,
        price_high=shown.high,
    )
    return Entry(version, point, used, lack)


def _look(column: Column, against: str, currency: str) -> ParetoLook:
    money = against == "cost"
    return ParetoLook(
        quality_show=SHOWN.get(column.scorer.unit, Show.NUMBER),
        price_show=Show.MONEY if money else Show.MILLISECONDS,
        quality_name=column.scorer.scorer.name,
        price_name=f"{AGAINST[against]} ({currency})" if money else AGAINST[against],
        name=f"{column.version.evaluation.name}: {column.scorer.scorer.name} against {AGAINST[against]}",
        width=WIDE,
        higher_is_better=column.scorer.direction == ScorerVersion.Direction.HIGHER,
    )


def _beaten_by(entry: Entry, others: Sequence[Entry], column: Column) -> list[str]:
    """Who is shown to be better and whose price lies wholly below: only that beats it for sure."""
    runs = column.runs
    better = {
        (test.a, test.b) if test.difference > 0 else (test.b, test.a)
        for test in column.ranked.pairs
        if test.significant and test.difference
    }
    own = str(runs[entry.version.pk].pk)
    return [
        other.point.name
        for other in others
        if (str(runs[other.version.pk].pk), own) in better and _cheaper(other.point, entry.point)
    ]


def _cheaper(one: ParetoPoint, other: ParetoPoint) -> bool:
    return one.price_high is not None and other.price_low is not None and one.price_high < other.price_low


def _row(
    entry: Entry,
    column: Column,
    against: str,
    currency: str,
    front: Sequence[ParetoPoint],
    beaten: Sequence[str],
) -> list[str]:
    point, unit = entry.point, column.unit
    price = currency if against == "cost" else "ms"
    span = words.range_text(point.price_low, point.price_high, price) if point.price_low is not None else "–"
    return [
        point.name,
        words.score(point.quality, unit),
        words.range_text(point.quality_low, point.quality_high, unit),
        words.score(point.price, price),
        span,
        _place(point, front, beaten),
    ]


def _place(point: ParetoPoint, front: Sequence[ParetoPoint], beaten: Sequence[str]) -> str:
    if beaten:
        return f"beaten on both by {', '.join(beaten)}"
    return "on the front" if point in front else "behind the front, but not for sure"


def _records(
    entries: Sequence[Entry],
    against: str,
    currency: str,
    front: Sequence[ParetoPoint],
    beaten: Mapping[int, Sequence[str]],
    column: Column,
) -> list[dict[str, Any]]:
    return [
        {
            "model": entry.version.label,
            "evaluation": str(column.version),
            "scorer": str(column.scorer),
            "score": entry.point.quality,
            "score_low": entry.point.quality_low,
            "score_high": entry.point.quality_high,
            against: entry.point.price,
            f"{against}_low": entry.point.price_low,
            f"{against}_high": entry.point.price_high,
            "unit": f"{currency} for 1,000 cases" if against == "cost" else "ms",
            "on_front": entry.point in front,
            "beaten_by": " ".join(beaten.get(entry.version.pk, ())),
            "not_placed_because": entry.lack,
        }
        for entry in entries
    ]
