from xml.etree.ElementTree import fromstring

from evaluations.charts import HeatCell, HeatRow, RankLook, RankPoint, bar, heat, rank
from tests.evaluations.charts.conftest import parsed, texts, titles


def point(name: str, best: int | None, worst: int | None, stretch: str = "v1", **more: str) -> RankPoint:
    return RankPoint(name, best, worst, 4, stretch, **more)


def height(path: str) -> float:
    return float(path.split("v")[1].split("h")[0])


def top(path: str) -> float:
    return float(path.split()[1].split("h")[0])


def test_a_rank_is_drawn_as_a_bar_from_best_to_worst() -> None:
    root = parsed(rank.draw([point("1 May", 1, 1), point("8 May", 2, 4)]))
    first, second = (path.get("d", "") for path in root.iter("path"))
    assert height(second) > 3 * height(first)
    assert top(second) > top(first)
    assert "8 May: rank 2 to 4 of 4, v1" in titles(root)


def test_nothing_is_joined_across_a_change_of_the_measure() -> None:
    points = [point("a", 1, 2), point("b", 1, 2), point("c", 1, 2, "v2")]
    root = parsed(rank.draw(points))
    assert len(list(root.iter("polygon"))) == 1
    assert "From here on measured by v2" in titles(root)


def test_a_moment_without_a_rank_leaves_a_gap_and_says_why() -> None:
    points = [point("a", 1, 2), point("b", None, None, why="it had not run yet"), point("c", 1, 2)]
    root = parsed(rank.draw(points))
    assert not list(root.iter("polygon"))
    assert "b: not ranked, it had not run yet" in titles(root)


def test_another_version_of_the_model_is_marked() -> None:
    root = parsed(rank.draw([point("a", 1, 2), point("b", 1, 1, event="version 2")]))
    assert len([path for path in root.iter("path") if path.get("class") == "bob"]) == 1
    assert "b: rank 1 of 4, v1 · version 2" in titles(root)


def test_many_models_keep_the_picture_low() -> None:
    root = parsed(rank.draw([RankPoint("a", 1, 40, 40, "v1")], RankLook(width=340.0)))
    assert float(root.get("viewBox", "").split()[3]) < 340


def test_what_was_never_ranked_says_so() -> None:
    assert texts(parsed(rank.draw([point("a", None, None)]))) == ["It was never ranked here."]
    assert rank.rows([point("a", 1, 2)])[0]["measured"] == "v1"


def test_each_cell_of_a_heat_map_has_a_sign_and_its_statement() -> None:
    rows = [
        HeatRow("a", [None, HeatCell("▲", "met", "a ahead of b")]),
        HeatRow("b", [HeatCell("=", "none", "b level with a"), None]),
    ]
    root = parsed(heat.draw(["a", "b"], rows))
    assert [path.get("class") for path in root.iter("path")] == ["heat met", "heat none"]
    assert "a ahead of b" in titles(root) and "▲" in texts(root)
    assert [row["column"] for row in heat.rows(["a", "b"], rows)] == ["b", "a"]
    assert texts(parsed(heat.draw([], []))) == ["There is nothing to compare."]


def test_the_bar_of_a_cell_stays_on_the_scale_of_its_column() -> None:
    root = fromstring(bar.draw("ours", 0.5, 0.25, 0.75, (0.0, 1.0)))
    line = next(root.iter("line"))
    assert float(line.get("x1", 0)) < bar.WIDTH / 2 < float(line.get("x2", 0))
    assert bar.draw("ours", None, None, None, (0.0, 1.0)) == ""
