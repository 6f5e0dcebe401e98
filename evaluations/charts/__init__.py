"""Charts as SVG text from plain values. One file each: `draw(…)` gives the picture, `rows(…)` the table beside it.

Colours are the page's: shapes carry classes (ours, rival, simple, axis, whisker, plumb, bob, band, label, hollow).
"""

from evaluations.charts import forest, gap, interval, pareto, spark, trend
from evaluations.charts.forest import Slice
from evaluations.charts.gap import GapRow, Look
from evaluations.charts.pareto import ParetoLook, ParetoPoint
from evaluations.charts.scale import Show
from evaluations.charts.svg import Svg
from evaluations.charts.trend import TrendPoint

__all__ = [
    "GapRow",
    "Look",
    "ParetoLook",
    "ParetoPoint",
    "Show",
    "Slice",
    "Svg",
    "TrendPoint",
    "forest",
    "gap",
    "interval",
    "pareto",
    "spark",
    "trend",
]
