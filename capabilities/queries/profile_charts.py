"""The charts of a version's profile: how far it is from each target, and how far it moved since an earlier version. No query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from capabilities.queries.gap_charts import GapChart
from config.words import FRACTIONS, difference, range_text
from evaluations.charts import Look, Show, Slice, forest

WIDE, NARROW = 480.0, 340.0
MOST_ROWS, MOST_NUMBERS = 24, 60
COLUMNS = ("Criterion", "Difference", "Plausible range", "Cases")


def target_chart(profile: Mapping[str, Any]) -> GapChart | None:
    """Rates only: the distance of each to its own target, the furthest below first; right of the line is better."""
    rows = []
    for one in (*profile["not_met"], *profile["open"], *profile["met"]):
        if one.get("target") is None or one["point"] is None or one["unit"] not in FRACTIONS:
            continue
        sign = 1 if one["higher_is_better"] else -1
        ends = [None if one[end] is None else sign * (one[end] - one["target"]) for end in ("low", "high")]
        low, high = ends if sign > 0 else ends[::-1]
        supported = one["outcome"] in ("met", "not_met")
        rows.append(_row(one, sign * (one["point"] - one["target"]), low, high, supported=supported))
    caption = "How far each rate is from its own target, with the plausible range; right of the plumb line meets it. Grey: not proven."
    return _chart(
        rows,
        caption,
        Look(show=Show.POINTS, target=0.0, target_words="its target", name="Distance to target"),
    )


def trend_chart(profile: Mapping[str, Any]) -> GapChart | None:
    """Rates only: what each gained since the first of the earlier versions; right of the line is better."""
    rows = [
        _row({**one, **step}, step["gain"], step["low"], step["high"], supported=step["stands"])
        for one in profile["trends"]
        for step in one["steps"][:1]
        if step["gain"] is not None and one["unit"] in FRACTIONS
    ]
    if not rows:
        return None
    earlier = profile["against"][0]
    caption = f"What each rate gained since {earlier}, with the plausible range; right of the line got better. Grey: not distinguishable."
    look = Look(show=Show.POINTS, target=0.0, target_words=earlier, name=f"Change since {earlier}")
    return _chart(rows, caption, look)


def _row(
    one: Mapping[str, Any], point: float, low: float | None, high: float | None, *, supported: bool
) -> Slice:
    name = f"{one['requirement']} {one['criterion']}"
    return Slice(name, one["n"], point, low, high, side="ours" if supported else "simple")


def _chart(rows: Sequence[Slice], caption: str, look: Look) -> GapChart | None:
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: row.point or 0.0)
    drawn = ordered[:MOST_ROWS]
    left = f" The {MOST_ROWS} lowest of {len(ordered)} are drawn." if len(ordered) > MOST_ROWS else ""
    return GapChart(
        svg=forest.draw(drawn, replace(look, width=WIDE)),
        narrow=forest.draw(drawn, replace(look, width=NARROW)),
        caption=f"{caption}{left}",
        columns=COLUMNS,
        rows=[
            [row.name, difference(row.point, "rate"), range_text(row.low, row.high, "rate", True), f"{row.n:,}"]
            for row in ordered[:MOST_NUMBERS]
        ],
        records=[
            {"criterion": row.name, "n": row.n, "difference": row.point, "low": row.low, "high": row.high,
             "supported": row.side == "ours"}
            for row in ordered
        ],
    )  # fmt: skip
