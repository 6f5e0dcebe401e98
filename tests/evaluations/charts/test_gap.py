import pytest

from evaluations.charts import GapRow, Look, Show, gap
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

ROWS = [
    GapRow("aria-7b@12000", "ours", 0.932, 0.909, 0.95),
    GapRow("Rival X", "rival", 0.921, 0.897, 0.941),
    GapRow("Keyword rules", "simple", 0.693, 0.652, 0.732),
    GapRow("Never run", "rival", None),
]
LOOK = Look(target=0.9, bounds=(0.6, 1.0))


def test_dots_stand_where_the_mock_has_them() -> None:
    """On a scale from 60 to 100 % between 150 and 550, 93.2 % stands at 482 and 90 % at 450."""
    root = parsed(gap.draw(ROWS, LOOK))
    assert dots(root)[0] == (482.0, 14.0)
    [target] = lines(root, "plumb")
    assert float(target.get("x1", "")) == 450.0


def test_places_grow_with_the_values() -> None:
    places = [x for x, _ in dots(parsed(gap.draw(ROWS, LOOK)))]
    assert places[0] > places[1] > places[2] and len(places) == 3


def test_each_row_has_the_class_of_its_side_and_says_its_range() -> None:
    root = parsed(gap.draw(ROWS, LOOK))
    assert [group.get("class") for group in root.iter("g")] == ["ours", "rival", "simple"]
    assert titles(root)[0] == "aria-7b@12000: 93.2 % (90.9 % to 95.0 %)"


def test_the_whisker_spans_the_range() -> None:
    [first, *_] = lines(parsed(gap.draw(ROWS, LOOK)), "whisker")
    assert (first.get("x1"), first.get("x2")) == ("459.0", "500.0")


def test_the_plumb_line_has_a_bob_and_its_words() -> None:
    root = parsed(gap.draw(ROWS, LOOK))
    assert [path.get("class") for path in root.iter("path")] == ["bob"]
    assert "target 90 %" in texts(root)


def test_without_a_target_there_is_no_plumb_line() -> None:
    root = parsed(gap.draw(ROWS))
    assert lines(root, "plumb") == [] and list(root.iter("path")) == []


def test_a_model_that_was_not_measured_is_named_without_a_dot() -> None:
    root = parsed(gap.draw(ROWS[3:], LOOK))
    assert dots(root) == [] and "no value" in texts(root) and "Never run" in texts(root)


def test_a_value_beyond_the_bounds_is_an_arrow_at_the_edge_with_its_true_value() -> None:
    root = parsed(gap.draw(ROWS[2:3], Look(bounds=(0.8, 1.0))))
    assert dots(root) == []
    [arrow] = [path for path in root.iter("path") if path.get("class") == "beyond"]
    assert (arrow.get("d") or "").startswith("M150.0") and "69.3 %" in titles(root)[0]


def test_nothing_measured_is_said() -> None:
    assert texts(parsed(gap.draw([]))) == ["Nothing has been measured yet."]


def test_differences_are_drawn_in_points() -> None:
    look = Look(show=Show.POINTS, target=0.03, target_words="lead by 3 pt")
    root = parsed(gap.draw([GapRow("against Rival X", "ours", 0.011, -0.009, 0.032)], look))
    assert {"+1.1 pt", "lead by 3 pt"} <= set(texts(root))


@pytest.mark.parametrize("width", [240.0, 320.0, 620.0, 1200.0])
def test_everything_stays_inside_the_picture(width: float) -> None:
    root = parsed(gap.draw(ROWS, Look(target=0.9, width=width)))
    assert (root.get("viewBox") or "").split()[2] == f"{width:g}"
    assert all(0 <= x <= width for x, _ in dots(root))
    assert all(float(text.get("x", "")) <= width for text in root.iter("text"))


def test_the_table_has_every_value_and_the_gap() -> None:
    table = gap.rows(ROWS, LOOK)
    assert table[0]["gap"] == pytest.approx(0.032) and table[3]["gap"] is None
    assert list(table[0]) == ["name", "side", "point", "low", "high", "target", "gap"]
