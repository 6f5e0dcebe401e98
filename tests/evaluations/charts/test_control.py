from evaluations.charts import ControlPoint, control
from tests.evaluations.charts.conftest import dots, lines, parsed, texts, titles

REFERENCE = [ControlPoint(f"@{week}", 0.9, centre=0.9, part="reference") for week in range(8)]
WATCHED = [
    ControlPoint("@8", 0.91, 0.902, 0.89, 0.91, 0.9, "watched"),
    ControlPoint("@9", 0.85, 0.8916, 0.888, 0.912, 0.9, "watched"),
    ControlPoint("@10", 0.8, 0.873, 0.887, 0.913, 0.9, "watched", alarm="outside its limits"),
]
RING = ControlPoint("@11", 0.81, part="confirms an alarm", beside=True, event="scores differently")


def test_every_run_is_a_dot_and_one_beside_the_chart_a_ring() -> None:
    root = parsed(control.draw([*REFERENCE, *WATCHED, RING]))
    assert len(dots(root)) == 12
    assert [dot.get("class") for dot in root.iter("circle")].count("hollow") == 1


def test_the_level_runs_within_a_band_and_the_centre_is_a_line() -> None:
    root = parsed(control.draw([*REFERENCE, *WATCHED]))
    [band] = list(root.iter("polygon"))
    assert len((band.get("points") or "").split()) == 6
    [path] = [group for group in root.iter("g") if group.get("class") == "ours path"]
    assert len(path) == 2
    [centre] = lines(root, "frontier")
    assert float(centre.get("y1", "")) == dots(root)[0][1]
    assert "centre 90.0 %" in texts(root)


def test_an_alarm_is_a_cross_and_an_event_is_told() -> None:
    root = parsed(control.draw([*REFERENCE, *WATCHED, RING]))
    assert len(lines(root, "plumb")) == 2
    assert "@10: 80.0 % · watched · smoothed 87.3 % · outside its limits" in titles(root)
    assert "@11: scores differently" in titles(root)


def test_limits_that_begin_anew_break_the_level() -> None:
    anew = [ControlPoint("@11", 0.9, 0.9, 0.89, 0.91, 0.9), ControlPoint("@12", 0.9, 0.9, 0.888, 0.912, 0.9)]
    root = parsed(control.draw([*REFERENCE, *WATCHED, *anew]))
    assert len(list(root.iter("polygon"))) == 2


def test_a_gap_stays_a_gap_and_nothing_readable_is_said() -> None:
    root = parsed(control.draw([REFERENCE[0], ControlPoint("@1", None, part="could not be read")]))
    assert len(dots(root)) == 1
    assert texts(parsed(control.draw([]))) == ["No run can be charted yet."]


def test_the_table_has_every_run() -> None:
    table = control.rows([*REFERENCE, *WATCHED, RING])
    assert len(table) == 12 and table[10]["alarm"] == "outside its limits"
    assert table[-1]["centre"] is None
