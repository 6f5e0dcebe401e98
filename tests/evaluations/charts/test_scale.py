import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.charts.scale import Scale, Show, in_short, in_words, scale_over, ticks


def test_a_scale_holds_its_ends() -> None:
    scale = Scale(0.0, 1.0, 100.0, 300.0)
    assert [scale.at(value) for value in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [100, 100, 200, 300, 300]
    assert scale.outside(1.1) and not scale.outside(1.0)


def test_percentages_keep_within_nought_and_a_hundred() -> None:
    scale = scale_over([0.9, 1.0], 0, 1, show=Show.PERCENT)
    assert scale.low == pytest.approx(0.89) and scale.high == 1.0


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(), max_size=5))
def test_every_list_of_values_has_a_scale_and_ticks_inside_it(values: list[float | None]) -> None:
    scale = scale_over(values, 0, 100)
    marks = ticks(scale)
    assert scale.low < scale.high
    assert marks == sorted(marks) and len(marks) <= 6


def test_ticks_are_round() -> None:
    assert ticks(Scale(0.83, 0.97, 0, 1)) == [0.85, 0.9, 0.95]


@pytest.mark.parametrize(
    ("value", "show", "words"),
    [
        (0.932, Show.PERCENT, "93.2 %"),
        (0.9996, Show.PERCENT, "> 99.9 %"),
        (0.0004, Show.PERCENT, "< 0.1 %"),
        (1.0, Show.PERCENT, "100.0 %"),
        (-0.009, Show.POINTS, "−0.9 pt"),
        (0.0, Show.POINTS, "0.0 pt"),
        (-0.0002, Show.POINTS, "0.0 pt"),
        (0.011, Show.POINTS, "+1.1 pt"),
        (1250.4, Show.MILLISECONDS, "1,250 ms"),
        (0.0421, Show.MONEY, "0.0421"),
        (None, Show.NUMBER, "no value"),
        (float("nan"), Show.PERCENT, "no value"),
    ],
)
def test_values_are_written_as_the_page_writes_them(value: float | None, show: Show, words: str) -> None:
    assert in_words(value, show) == words


def test_round_values_have_no_needless_zeros() -> None:
    assert [in_short(value, Show.PERCENT) for value in (0.9, 0.925)] == ["90 %", "92.5 %"]
    assert in_short(0.03, Show.POINTS) == "3 pt"
