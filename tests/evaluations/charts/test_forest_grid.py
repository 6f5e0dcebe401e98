from evaluations.charts import GridLine, Look, Show, Slice, forest_grid
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

LINES = [
    GridLine(
        "de",
        80,
        [
            Slice("B", 80, -0.1, -0.2, -0.02, side="rival"),
            Slice("C", 80, 0.01, -0.05, 0.07, side="simple"),
        ],
    ),
    GridLine("ko", 4, [Slice("B", 4, None), None]),
]
PANELS = ["B nova@1", "C lingo@2"]
LOOK = Look(show=Show.POINTS, target=0.0, name="Difference by slice and rival", width=960.0)


def test_each_mark_says_its_slice_rival_value_range_and_cases() -> None:
    root = parsed(forest_grid.draw(PANELS, LINES, LOOK))
    assert titles(root)[0] == "de, B: −10.0 pt (−20.0 pt to −2.0 pt), n 80"
    assert {"de · n 80", "ko · n 4", "B nova@1", "C lingo@2"} <= set(texts(root))


def test_too_few_cases_and_nothing_to_compare_are_said_without_a_mark() -> None:
    root = parsed(forest_grid.draw(PANELS, LINES, LOOK))
    assert len(dots(root)) == 2
    assert {"too few", "–"} <= set(texts(root))


def test_every_panel_has_the_same_scale_and_its_own_upright_line() -> None:
    same = [GridLine("de", 80, [Slice(letter, 80, -0.1, -0.2, 0.0) for letter in "BC"])]
    root = parsed(forest_grid.draw(PANELS, same, LOOK))
    first, second = lines(root, "plumb")
    (left, _), (right, _) = dots(root)
    assert float(second.get("x1", "")) - float(first.get("x1", "")) == right - left


def test_it_grows_wider_where_many_panels_need_it() -> None:
    many = [GridLine("de", 80, [Slice(letter, 80, 0.1, 0.0, 0.2) for letter in "BCDEFGH"])]
    root = parsed(forest_grid.draw(list("BCDEFGH"), many, Look(width=400.0)))
    assert float(root.get("viewBox", "").split()[2]) > 700


def test_no_slices_is_said() -> None:
    assert texts(parsed(forest_grid.draw(PANELS, [], LOOK))) == ["There are no slices."]


def test_the_table_has_every_slice_with_every_rival_that_was_compared() -> None:
    table = forest_grid.rows(PANELS, LINES)
    assert [(row["slice"], row["rival"], row["n"]) for row in table] == [
        ("de", "B nova@1", 80), ("de", "C lingo@2", 80), ("ko", "B nova@1", 4),
    ]  # fmt: skip
