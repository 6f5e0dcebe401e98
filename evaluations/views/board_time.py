"""Rank over time as the board shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluations.charts import RankLook, RankPoint, Svg, rank
from evaluations.models import Side
from evaluations.queries.board_history import History, Moment
from evaluations.queries.boards import Column
from evaluations.views.board_cells import SIDES, WHY, rank_words

COLUMNS = ("After", "Rank", "Version", "Measured by", "Event")
WIDE, NARROW = 960.0, 340.0


@dataclass(frozen=True)
class TimeShown:
    history: History
    svg: Svg
    narrow: Svg
    rows: Sequence[Sequence[str]]
    records: Sequence[Mapping[str, Any]]
    columns: Sequence[str] = COLUMNS


def time_shown(history: History, column: Column) -> TimeShown:
    points = [_point(moment) for moment in history.moments]
    sides = {run.model_version.model.slug: run.model_version.model.side for run in column.runs.values()}
    look = RankLook(
        name=f"Rank of {history.chosen} by {column.scorer.scorer.name} over time",
        width=WIDE,
        side=SIDES[Side(sides.get(history.chosen, Side.OWN))],  # type: ignore[arg-type]
    )
    return TimeShown(
        history=history,
        svg=rank.draw(points, look),
        narrow=rank.draw(points, replace(look, width=NARROW)),
        rows=[_row(moment, point) for moment, point in zip(history.moments, points, strict=True)],
        records=[
            {"model": history.chosen, "at": moment.at, **record}
            for moment, record in zip(history.moments, rank.rows(points), strict=True)
        ],
    )


def _point(moment: Moment) -> RankPoint:
    place = moment.place
    return RankPoint(
        name=moment.label,
        best=place.best_rank if place else None,
        worst=place.worst_rank if place else None,
        of=moment.of,
        stretch=f"v{moment.version.number}",
        why=WHY.get(place.why, "") if place else "it had not run yet",
        event=f"version {moment.run.model_version.name}" if moment.changed and moment.run else "",
    )


def _row(moment: Moment, point: RankPoint) -> list[str]:
    ranked = point.best is not None and point.worst is not None
    return [
        f"{moment.at:%d %b %Y, %H:%M}",
        rank_words(point.best or 0, point.worst or 0, point.of) if ranked else point.why or "not ranked",
        moment.run.model_version.name if moment.run else "–",
        f"{moment.version}, {moment.scorer}",
        point.event or "–",
    ]
