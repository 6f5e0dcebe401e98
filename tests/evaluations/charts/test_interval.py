from evaluations.charts import GapRow, Look, interval
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

ROW = GapRow("AC-1", "ours", 0.932, 0.909, 0.95)


def test_a_value_stands_against_its_target() -> None:
    root = parsed(interval.draw(ROW, Look(target=0.9, width=160, bounds=(0.8, 1.0))))
    [(x, _)] = dots(root)
    [target] = lines(root, "plumb")
    assert float(target.get("x1", "")) < x
    assert titles(root) == ["AC-1: 93.2 % (90.9 % to 95.0 %)"]
    assert root.get("aria-label") == "AC-1: 93.2 % (90.9 % to 95.0 %), target 90 %"


def test_no_data_is_said() -> None:
    assert texts(parsed(interval.draw(GapRow("AC-1", "ours", None)))) == ["No data"]


def test_a_small_picture_keeps_its_size() -> None:
    assert parsed(interval.draw(ROW)).get("width") == "160"


def test_the_table_has_the_row() -> None:
    assert interval.rows(ROW, Look(target=0.9))[0]["point"] == 0.932
