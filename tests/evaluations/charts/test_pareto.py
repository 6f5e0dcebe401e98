from evaluations.charts import ParetoLook, ParetoPoint, Show, pareto
from tests.evaluations.charts.conftest import dots, parsed, texts, titles

OURS = ParetoPoint("aria-7b", "ours", 0.932, 0.42)
DEAR = ParetoPoint("Rival X", "rival", 0.921, 3.1)
RULES = ParetoPoint("Rules", "simple", 0.693, 0.0)
UNPRICED = ParetoPoint("Rival Y", "rival", 0.99, None)
POINTS = [OURS, DEAR, RULES, UNPRICED]


def test_the_frontier_is_what_nothing_beats_on_both() -> None:
    assert pareto.frontier(POINTS) == [RULES, OURS]


def test_equals_are_both_on_the_frontier() -> None:
    twin = ParetoPoint("twin", "rival", 0.932, 0.42)
    assert pareto.frontier([OURS, twin]) == [OURS, twin]


def test_better_is_up_and_cheaper_is_left() -> None:
    (our_x, our_y), (dear_x, dear_y), (rules_x, rules_y) = dots(parsed(pareto.draw(POINTS)))
    assert rules_x < our_x < dear_x
    assert our_y < dear_y < rules_y


def test_only_points_off_the_frontier_are_hollow() -> None:
    root = parsed(pareto.draw(POINTS))
    assert [dot.get("class") for dot in root.iter("circle")] == [None, "hollow", None]


def test_each_point_says_both_values() -> None:
    look = ParetoLook(price_show=Show.MILLISECONDS, price_name="latency")
    root = parsed(pareto.draw([ParetoPoint("a", "ours", 0.5, 1200.0)], look))
    assert titles(root) == ["a: quality 50.0 %, latency 1,200 ms, on the frontier"]


def test_a_model_without_a_price_is_in_the_table_only() -> None:
    assert len(dots(parsed(pareto.draw(POINTS)))) == 3
    assert [row["frontier"] for row in pareto.rows(POINTS)] == [True, False, True, False]


def test_nothing_to_place_is_said() -> None:
    assert texts(parsed(pareto.draw([UNPRICED]))) == ["No model has both values yet."]


def test_ranges_are_drawn_as_bars_both_ways() -> None:
    point = ParetoPoint("a", "ours", 0.5, 2.0, 0.4, 0.6, 1.0, 3.0)
    root = parsed(pareto.draw([point]))
    bars = [line for line in root.iter("line") if line.get("class") == "whisker"]
    assert [line.get("x1") == line.get("x2") for line in bars] == [True, False]
    assert titles(root) == ["a: quality 50.0 % (40.0 % to 60.0 %), cost 2 (1 to 3), on the frontier"]


def test_fewer_errors_are_up_and_on_the_frontier() -> None:
    good, bad = ParetoPoint("good", "ours", 0.1, 2.0), ParetoPoint("bad", "rival", 0.4, 3.0)
    assert pareto.frontier([good, bad], higher_is_better=False) == [good]
    look = ParetoLook(higher_is_better=False)
    (_, good_y), (_, bad_y) = dots(parsed(pareto.draw([good, bad], look)))
    assert good_y < bad_y
