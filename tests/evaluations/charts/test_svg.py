from xml.etree.ElementTree import fromstring

import pytest
from django.template import Context, Engine
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.charts import GapRow, Slice, TrendPoint, forest, gap, interval, pareto, spark, trend
from evaluations.charts.pareto import ParetoPoint
from evaluations.charts.svg import short_label
from tests.evaluations.charts.conftest import parsed, texts

VALUES = st.none() | st.floats() | st.floats(0, 1)


def every_chart(name: str, point: float | None, low: float | None, high: float | None) -> list[str]:
    return [
        gap.draw([GapRow(name, "ours", point, low, high), GapRow("other", "rival", 0.5)]),
        interval.draw(GapRow(name, "ours", point, low, high)),
        forest.draw([Slice(name, 3, point, low, high, overall=True), Slice(name, 3, point, low, high)]),
        trend.draw([TrendPoint(name, point, low, high, event=name), TrendPoint("b", 0.5, 0.4, 0.6)]),
        pareto.draw([ParetoPoint(name, "ours", point, low), ParetoPoint("b", "rival", 0.5, 1.0)]),
        spark.draw([point, low, high], name=name),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '" onload="alert(1)',
        "]]>",
        "&lt;",
        "a\x00b\x0bc",
        "\u202eevil",
        "\ud800",
        "x" * 500,
    ],
)
def test_a_name_can_only_ever_be_text(name: str) -> None:
    for chart in every_chart(name, 0.5, 0.4, 0.6):
        parsed(chart.encode("utf-8").decode())


@settings(deadline=None)
@given(st.text(max_size=10), VALUES, VALUES, VALUES)
def test_no_value_breaks_a_chart(
    name: str, point: float | None, low: float | None, high: float | None
) -> None:
    for chart in every_chart(name, point, low, high):
        parsed(chart)


def test_a_template_takes_a_chart_as_it_is_and_still_escapes_the_rest() -> None:
    chart = spark.draw([0.5], name="<b>")
    page = Engine().from_string("{{ chart }}{{ word }}").render(Context({"chart": chart, "word": "<b>"}))
    assert page == chart + "&lt;b&gt;"


def test_a_long_name_is_cut_and_told_whole() -> None:
    text = fromstring(short_label("A very long name of a model", 0, 0, 60))
    assert len(texts_of := texts_in(text)) < 12 and texts_of.endswith("…")
    assert text[0].text == "A very long name of a model"


def texts_in(text: object) -> str:
    root = fromstring("<svg/>")
    root.append(text)  # type: ignore[arg-type]
    return texts(root)[0]
