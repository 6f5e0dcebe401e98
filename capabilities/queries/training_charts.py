"""A criterion over checkpoints or versions: the chart, the numbers beside it, and the same as plain values. No query."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from capabilities.models import Criterion
from capabilities.queries.criterion_words import amount
from capabilities.queries.gap_charts import asked_words, show_of
from capabilities.queries.release_rows import either_side
from capabilities.queries.training import Change, Series, Step
from config import words
from config.words import SPACE, counted, difference, number, range_text, score, verdict_label
from evaluations.charts import Look, Show, Svg, TrendPoint, trend
from evaluations.models import ModelVersion

WIDE, NARROW = 980.0, 340.0
RECORD = (
    "requirement", "criterion", "words", "version", "step", "value", "low", "high", "unit", "difference", "target", "n", "outcome", "lean",
    "run", "evaluation", "event", "trend", "since", "change", "change_low", "change_high", "p_corrected", "regression_stands",
)  # fmt: skip


@dataclass(frozen=True)
class TrainingChart:
    """svg and the same for a phone; rows: the numbers beside it as text."""

    series: Series
    svg: Svg
    narrow: Svg
    caption: str
    columns: tuple[str, ...]
    rows: list[list[str]]


def training_chart(series: Series, each: str = "step") -> TrainingChart:
    """each: what one place of the axis is, a step of training or a version."""
    points = [_point(step, each) for step in series.steps]
    look = _look(series, each)
    return TrainingChart(
        series,
        svg=trend.draw(points, look),
        narrow=trend.draw(points, replace(look, width=NARROW)),
        caption=_caption(series, each),
        columns=_columns(each),
        rows=[_row(series, step, each) for step in series.steps],
    )


def step_name(version: ModelVersion, each: str = "step") -> str:
    """Its step where steps are shown and it has one, else its name."""
    return number(version.step) if each == "step" and version.step is not None else version.name


def _columns(each: str) -> tuple[str, ...]:
    before = f"Since the {each} before"
    return (each.capitalize(), "Value", "Plausible range", "Cases", "Verdict", before, "What changed")


def trend_words(change: Change | None) -> str:
    """Empty where nothing was measured before."""
    return words.trend_words(change.trend, stands=change.stands) if change else ""


def _point(step: Step, each: str) -> TrendPoint:
    worse = step.change is not None and step.change.stands
    at = float(step.version.step) if each == "step" and step.version.step is not None else None
    return TrendPoint(
        step_name(step.version, each) if at is None else f"step {step_name(step.version)}",
        step.point,
        step.low,
        step.high,
        event=step.event,
        at=at,
        breaks=bool(step.event),
        worse="regressed, also after correction" if worse else "",
    )


def _look(series: Series, each: str) -> Look:
    criterion, unit = series.criterion, series.unit
    target = criterion.threshold if criterion.against == Criterion.Against.THRESHOLD else criterion.margin
    asked = asked_words(criterion, unit) if series.difference else f"target {amount(target, unit)}"
    return Look(
        show=show_of(unit, Show.POINTS if series.difference else Show.PERCENT),
        target=None if criterion.equivalence or criterion.statistic == "pass_all" else target,
        target_words=asked.replace(SPACE, " "),
        width=WIDE,
        name=f"{series.words} over {'the steps of training' if each == 'step' else 'versions'}".replace(
            SPACE, " "
        ),
    )


def _caption(series: Series, each: str) -> str:
    said = [
        "Our lead" if series.difference else "Value",
        f"at each {each}, with its plausible range; the line is what is asked.",
    ]
    if any(step.event for step in series.steps):
        said.append("Where the measure changed the line breaks.")
    if series.compared:
        together = f"after correction for {counted(series.compared, 'comparisons')}"
        marked = any(step.change and step.change.stands for step in series.steps)
        said.append(
            f"↘ is a regression that stands {together}." if marked else f"No regression stands {together}."
        )
    return " ".join(said)


def _row(series: Series, step: Step, each: str) -> list[str]:
    shown = difference if series.difference else score
    if not step.measured:
        return [step_name(step.version, each), "not measured", "", "", "", "", step.event]
    return [
        step_name(step.version, each),
        shown(step.point, step.unit),
        step_range(series, step),
        number(step.n),
        verdict_label(step.outcome, step.lean),
        trend_words(step.change),
        step.event,
    ]


def step_range(series: Series, step: Step) -> str:
    """Its plausible range, with more digits where an end would else seem to lie on what was asked."""
    criterion = series.criterion
    asked = criterion.margin if series.difference else criterion.threshold
    goals = either_side(asked, difference=series.difference)
    return range_text(step.low, step.high, step.unit, series.difference, goals)


def as_records(series: Series) -> Iterator[dict[str, Any]]:
    """Each step as numbers in the criterion's unit; a step that was not measured has none."""
    criterion = series.criterion
    for step in series.steps:
        change = step.change
        values = (
            criterion.revision.requirement.key,
            criterion.key,
            series.words,
            step.version.label,
            step.version.step,
            step.point,
            step.low,
            step.high,
            series.unit,
            series.difference,
            criterion.threshold if criterion.against == Criterion.Against.THRESHOLD else criterion.margin,
            step.n if step.measured else None,
            step.outcome,
            step.lean,
            step.run_id,
            step.evaluation,
            step.event,
            trend_told(change),
            change.since.label if change else None,
            change.point if change else None,
            change.low if change else None,
            change.high if change else None,
            change.adjusted if change else None,
            bool(change and change.stands),
        )
        yield dict(zip(RECORD, values, strict=True))


def trend_told(change: Change | None) -> str:
    """The trend; unknown where a regression does not stand after correction."""
    if change is None:
        return ""
    return "unknown" if change.trend == "regressed" and not change.stands else change.trend
