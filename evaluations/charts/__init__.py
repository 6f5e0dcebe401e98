"""Charts as SVG text from plain values. One file each: `draw(…)` gives the picture, `rows(…)` the table beside it.

Colours are the page's: shapes carry classes (ours, rival, simple, axis, whisker, plumb, bob, band, label, hollow).
"""

from evaluations.charts import (
    bar,
    columns,
    confusion,
    control,
    counts,
    forest,
    forest_grid,
    gap,
    heat,
    interval,
    pareto,
    rank,
    reliability,
    scene,
    spark,
    trend,
)
from evaluations.charts.columns import Column
from evaluations.charts.control import ControlPoint
from evaluations.charts.counts import Bar, BarGroup
from evaluations.charts.forest import Slice
from evaluations.charts.forest_grid import GridLine
from evaluations.charts.gap import GapRow, Look
from evaluations.charts.heat import HeatCell, HeatRow
from evaluations.charts.pareto import ParetoLook, ParetoPoint
from evaluations.charts.rank import RankLook, RankPoint
from evaluations.charts.reliability import ReliabilityPoint
from evaluations.charts.scale import Show
from evaluations.charts.scene import SceneLook
from evaluations.charts.svg import Svg
from evaluations.charts.trend import TrendPoint

__all__ = [
    "Bar",
    "BarGroup",
    "Column",
    "ControlPoint",
    "GapRow",
    "GridLine",
    "HeatCell",
    "HeatRow",
    "Look",
    "ParetoLook",
    "ParetoPoint",
    "RankLook",
    "RankPoint",
    "ReliabilityPoint",
    "SceneLook",
    "Show",
    "Slice",
    "Svg",
    "TrendPoint",
    "bar",
    "columns",
    "confusion",
    "control",
    "counts",
    "forest",
    "forest_grid",
    "gap",
    "heat",
    "interval",
    "pareto",
    "rank",
    "reliability",
    "scene",
    "spark",
    "trend",
]
