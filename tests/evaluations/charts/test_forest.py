from evaluations.charts import Look, Slice, forest
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

SLICES = [
    Slice("all cases", 600, 0.932, 0.909, 0.95, overall=True),
    Slice("lang=de", 1200, 0.95, 0.9, 0.98),
    Slice("sarcasm", 34, 0.6, 0.4, 0.8),
    Slice("empty", 0, None),
]


def test_each_slice_says_its_value_range_and_number_of_cases() -> None:
    root = parsed(forest.draw(SLICES))
    assert titles(root)[1] == "lang=de: 95.0 % (90.0 % to 98.0 %), n 1,200"
    assert {"n 600", "n 34", "no value"} <= set(texts(root))


def test_all_cases_are_a_diamond_and_slices_are_dots() -> None:
    root = parsed(forest.draw(SLICES))
    assert len(list(root.iter("polygon"))) == 1
    places = [x for x, _ in dots(root)]
    assert len(places) == 2 and places[0] > places[1]


def test_the_plumb_line_stands_at_the_target() -> None:
    root = parsed(forest.draw(SLICES, Look(target=0.5, bounds=(0.0, 1.0))))
    [target] = lines(root, "plumb")
    assert float(target.get("x1", "")) == (150 + 508) / 2


def test_no_slices_is_said() -> None:
    assert texts(parsed(forest.draw([]))) == ["There are no slices."]


def test_the_table_has_every_slice() -> None:
    assert [row["n"] for row in forest.rows(SLICES)] == [600, 1200, 34, 0]
