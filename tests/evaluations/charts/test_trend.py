import pytest

from evaluations.charts import Look, TrendPoint, trend
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

POINTS = [
    TrendPoint("@8000", 0.88, 0.85, 0.9),
    TrendPoint("@9000", None),
    TrendPoint("@10000", 0.906, 0.88, 0.928),
    TrendPoint("@11000", 0.91, event="resolved id changed"),
    TrendPoint("@12000", 0.932, 0.909, 0.95),
]


def test_points_stand_in_order_and_higher_values_higher_up() -> None:
    places = dots(parsed(trend.draw(POINTS)))
    assert [x for x, _ in places] == sorted(x for x, _ in places) and len(places) == 4
    assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)


def test_a_missing_value_leaves_a_gap_in_the_line() -> None:
    root = parsed(trend.draw(POINTS))
    [path] = [group for group in root.iter("g") if group.get("class") == "ours path"]
    assert len(path) == 2


def test_the_target_is_a_line_at_its_value() -> None:
    root = parsed(trend.draw(POINTS, Look(target=0.906)))
    [target] = lines(root, "plumb")
    assert float(target.get("y1", "")) == dots(root)[1][1]
    assert "target 90.6 %" in texts(root)


def test_an_event_is_marked_and_told() -> None:
    root = parsed(trend.draw(POINTS))
    assert "@11000: resolved id changed" in titles(root)
    assert "@11000: 91.0 % · resolved id changed" in titles(root)


def test_neighbouring_ranges_make_a_band() -> None:
    ranged = [TrendPoint(str(index), 0.5, 0.4, 0.6) for index in range(3)]
    [band] = list(parsed(trend.draw(ranged)).iter("polygon"))
    assert band.get("class") == "band" and len((band.get("points") or "").split()) == 6


@pytest.mark.parametrize(("count", "width"), [(1, 620.0), (2, 320.0), (60, 620.0), (60, 320.0)])
def test_names_fit_and_the_newest_is_among_them(count: int, width: float) -> None:
    root = parsed(trend.draw([TrendPoint(f"@{index}", 0.5) for index in range(count)], Look(width=width)))
    names = [text for text in texts(root) if text.startswith("@")]
    assert names[-1] == f"@{count - 1}" and len(names) <= width / 60


def test_nothing_measured_is_said() -> None:
    assert texts(parsed(trend.draw([]))) == ["Nothing has been measured yet."]


def test_the_table_has_every_point_and_event() -> None:
    assert trend.rows(POINTS, Look(target=0.9))[3] == {
        "name": "@11000",
        "point": 0.91,
        "low": None,
        "high": None,
        "target": 0.9,
        "event": "resolved id changed",
    }
