import pytest

from evaluations.charts import SceneLook, scene
from tests.evaluations.charts.conftest import dots, parsed, texts, titles

HISTORY = [[[1.0, 1.0], [5.0, 5.0]], [[2.0, 1.0], [5.0, 4.0]]]
PREDICTED = [[[3.0, 1.0], [5.0, 3.0]]]
TRUE = [[[2.5, 1.5], [5.0, 3.0]]]
ROOM = ((0.0, 10.0), (0.0, 6.0))


def test_every_step_of_every_object_is_a_mark_that_says_what_it_is() -> None:
    told = titles(parsed(scene.draw(HISTORY, PREDICTED, TRUE, SceneLook(room=ROOM))))
    assert len(told) == 8
    assert "Object 1, predicted, step 1: 3, 1" in told
    assert "Object 2, seen, step −1: 5, 5" not in told and "Object 2, seen, step -1: 5, 5" in told
    assert "Object 1, true, step 1: 2.5, 1.5" in told


def test_paths_begin_where_the_object_was_seen_last() -> None:
    root = parsed(scene.draw(HISTORY, PREDICTED, TRUE, SceneLook(room=ROOM)))
    ways = [path.get("d", "") for path in root.iter("path")]
    seen, true, predicted = ways[0], ways[2], ways[4]
    assert (
        seen.split("L")[-1]
        == true.removeprefix("M").split("L")[0]
        == predicted.removeprefix("M").split("L")[0]
    )


def test_both_axes_have_one_scale_and_y_grows_upwards() -> None:
    square = [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]
    places = dots(parsed(scene.draw([], [], square, SceneLook(room=ROOM))))[:3]
    (x, y), (right, _), (_, above) = places
    assert right - x == pytest.approx(y - above) and y > above


def test_without_a_room_the_positions_say_how_far_it_reaches() -> None:
    root = parsed(scene.draw(HISTORY, [], TRUE))
    width, height = map(float, root.get("viewBox", "").split()[2:])
    assert all(0 <= x <= width and 0 <= y <= height for x, y in dots(root))


def test_no_position_is_said() -> None:
    assert texts(parsed(scene.draw([], [[]], []))) == ["There are no positions to draw."]


def test_positions_that_cannot_be_drawn_are_left_out() -> None:
    told = titles(parsed(scene.draw(HISTORY, [[[1e300, 0.0], [5.0, 3.0]]], TRUE)))
    assert [words for words in told if "predicted" in words] == ["Object 2, predicted, step 1: 5, 3"]


def test_the_table_has_every_position() -> None:
    table = scene.rows(HISTORY, PREDICTED, [[[1, 2, 3]]])
    assert table[0] == {"step": -1, "object": 1, "what": "seen", "x": 1.0, "y": 1.0}
    assert table[-1] == {"step": 1, "object": 1, "what": "true", "x": 1, "y": 2, "z": 3}
    assert len(table) == 7
