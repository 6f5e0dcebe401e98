"""Charts as pages of facts include them: the picture, the same for a phone, and the numbers beside it."""

from dataclasses import replace
from typing import Any

from config import words
from evaluations.charts import Look, Show, TrendPoint, trend
from evaluations.models import ScorerVersion
from evaluations.queries.estimates import ScoreLine
from evaluations.queries.evaluations import Results

TREND_COLUMNS = ("version", "finished_at", "score", "low", "high", "unit", "cases", "missing", "run")
SHOWN = {"rate": Show.PERCENT, "ms": Show.MILLISECONDS, "currency": Show.MONEY}


def trend_chart(results: Results, scorer: ScorerVersion) -> dict[str, Any]:
    """The arguments of partials/chart.html for the trend of one model; nothing for fewer than two runs."""
    if len(results.trend) < 2:
        return {}
    points = [_point(line) for line in results.trend]
    look = Look(show=SHOWN.get(scorer.unit, Show.NUMBER), name=f"{scorer.scorer.name} over time")
    return {
        "svg": trend.draw(points, look),
        "narrow": trend.draw(points, replace(look, width=340.0)),
        "columns": ["Version and day", "Score", "Plausible range"],
        "chart_rows": [_row(point, line) for point, line in zip(points, results.trend, strict=True)],
    }


def trend_records(results: Results) -> list[dict[str, Any]]:
    """The same as plain numbers, the earliest run first."""
    return [
        {
            "version": line.run.model_version.label,
            "finished_at": (line.run.finished_at or line.run.created_at).isoformat(),
            "score": line.point,
            "low": line.low,
            "high": line.high,
            "unit": line.unit,
            "cases": line.n,
            "missing": line.missing,
            "run": line.run.pk,
        }
        for line in results.trend
    ]


def _point(line: ScoreLine) -> TrendPoint:
    run = line.run
    day = f"{run.finished_at or run.created_at:%d %b}"
    return TrendPoint(f"{run.model_version.name} · {day}", line.point, line.low, line.high)


def _row(point: TrendPoint, line: ScoreLine) -> list[str]:
    return [point.name, words.score(line.point, line.unit), words.range_text(line.low, line.high, line.unit)]
