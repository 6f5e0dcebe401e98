"""The gap chart of a criterion: ours and the others against the target, or our lead over each of them. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from capabilities.models import Criterion, VerdictLine
from capabilities.queries.criterion_words import amount, distance
from capabilities.queries.states import CriterionState
from config.words import FRACTIONS, SPACE, difference, range_text, score
from evaluations.charts import GapRow, Look, Show, Svg, gap

NARROW = 340.0
SIDES = {VerdictLine.Kind.RIVAL: "rival", VerdictLine.Kind.SIMPLE: "simple"}
COLUMNS = ("Model", "Value", "Plausible range")


@dataclass(frozen=True)
class GapChart:
    """svg and the same for a phone; rows: the numbers beside it as text; records: the same as numbers, in the scorer's unit."""

    svg: Svg
    narrow: Svg
    caption: str
    columns: Sequence[str]
    rows: list[list[str]]
    records: list[dict[str, Any]]


def gap_chart(state: CriterionState) -> GapChart | None:
    """None where there is nothing to draw: no verdict, no value, or cases that must all pass."""
    verdict, criterion = state.verdict, state.criterion
    if verdict is None or criterion.statistic == Criterion.Statistic.PASS_ALL:
        return None
    compared = criterion.against != Criterion.Against.THRESHOLD
    rows = _leads(state) if compared else _values(state)
    if not any(row.point is not None for row in rows):
        return None
    look = _look(state, compared=compared)
    caption = (
        "How far ours is ahead of each, with the plausible range; the plumb line is what is asked."
        if compared
        else "Measured values with their plausible ranges; the plumb line is the target."
    )
    return GapChart(
        svg=gap.draw(rows, look),
        narrow=gap.draw(rows, replace(look, width=NARROW)),
        caption=caption,
        columns=COLUMNS,
        rows=[_numbers(row, verdict.unit, compared=compared) for row in rows],
        records=[_record(row, verdict.unit, look.target) for row in rows],
    )


def _values(state: CriterionState) -> list[GapRow]:
    verdict = state.verdict
    assert verdict is not None
    ours = GapRow(verdict.model_version.label, "ours", verdict.point, verdict.low, verdict.high)
    others = [
        GapRow(line.label, SIDES.get(line.kind, "ours"), line.their_point, line.their_low, line.their_high)  # type: ignore[call-overload]
        for line in state.lines
        if line.kind != VerdictLine.Kind.SLICE and line.their_point is not None
    ]
    return [ours, *others]


def _leads(state: CriterionState) -> list[GapRow]:
    wanted = {
        Criterion.Against.COMPETITORS: VerdictLine.Kind.RIVAL,
        Criterion.Against.SIMPLE: VerdictLine.Kind.SIMPLE,
        Criterion.Against.PREVIOUS: VerdictLine.Kind.PREVIOUS,
        Criterion.Against.RELEASED: VerdictLine.Kind.RELEASED,
    }[Criterion.Against(state.criterion.against)]
    return [
        GapRow(f"against {line.label}", "ours", line.point, line.low, line.high)
        for line in state.lines
        if line.kind == wanted and line.point is not None
    ]


def _look(state: CriterionState, *, compared: bool) -> Look:
    verdict, criterion = state.verdict, state.criterion
    assert verdict is not None
    unit = verdict.unit
    if not compared:
        words = _plain(f"target {amount(criterion.threshold, unit)}")
        return Look(show=_show(unit, Show.PERCENT), target=criterion.threshold, target_words=words)
    asked = verdict.detail.get("target")
    target = asked if asked is not None else criterion.margin
    return Look(
        show=_show(unit, Show.POINTS),
        target=None if criterion.equivalence else target,
        target_words=_plain(_asked(criterion, unit)),
        name="Lead over each of the others",
    )


def _asked(criterion: Criterion, unit: str) -> str:
    if criterion.margin > 0:
        return f"lead by {distance(criterion.margin, unit)}"
    return f"{distance(criterion.margin, unit)} worse" if criterion.margin < 0 else "level"


def _plain(words: str) -> str:
    """Drawings hold ordinary spaces only."""
    return words.replace(SPACE, " ")


def _show(unit: str, rates: Show) -> Show:
    if unit in FRACTIONS:
        return rates
    if unit in {"ms", "milliseconds"}:
        return Show.MILLISECONDS
    return Show.MONEY if unit.upper() in {"USD", "EUR", "GBP"} else Show.NUMBER


def _numbers(row: GapRow, unit: str, *, compared: bool) -> list[str]:
    value = difference(row.point, unit) if compared else score(row.point, unit)
    return [row.name, value, range_text(row.low, row.high, unit, compared)]


def _record(row: GapRow, unit: str, target: float | None) -> dict[str, Any]:
    return {
        "model": row.name,
        "value": row.point,
        "low": row.low,
        "high": row.high,
        "unit": unit,
        "target": target,
    }
