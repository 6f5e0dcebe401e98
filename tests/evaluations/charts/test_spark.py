from evaluations.charts import Show, spark
from tests.evaluations.charts.conftest import dots, lines, parsed, texts


def test_the_newest_value_is_marked_and_first_and_last_are_told() -> None:
    root = parsed(spark.draw([0.8, None, 0.9], name="VA-1"))
    assert len(dots(root)) == 1 and len(lines(root, "whisker")) == 1
    assert root.get("aria-label") == "VA-1: 80.0 % to 90.0 % over 2 values"


def test_the_line_rises_with_the_values() -> None:
    [rise] = lines(parsed(spark.draw([1, 2], Show.NUMBER)), "whisker")
    assert float(rise.get("y1", "")) > float(rise.get("y2", ""))


def test_one_value_is_a_dot() -> None:
    root = parsed(spark.draw([0.8]))
    assert len(dots(root)) == 1 and lines(root, "whisker") == []


def test_no_value_is_said() -> None:
    assert texts(parsed(spark.draw([None]))) == ["No data"]


def test_the_table_has_every_value() -> None:
    assert spark.rows([0.8, None]) == [{"position": 1, "value": 0.8}, {"position": 2, "value": None}]
