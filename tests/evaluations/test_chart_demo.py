"""The demo's charts can be read from their pixels, and each reader does what it says."""

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from evaluations.demo.plots import BOTTOM, LEFT, Chart, ChartCase, chart_cases, drawn
from evaluations.providers.chart_readers import chart_glancer, chart_reader
from evaluations.providers.types import Attachment
from evaluations.scorers.numeric import score
from evaluations.scorers.types import CaseView, Output

CASES = chart_cases()
COLOUR = (44, 110, 170)
BARS = {"B": 30, "A": 70, "C": 100}


def seen(picture: bytes, media_type: str = "image/png") -> tuple[Attachment, ...]:
    return (Attachment("", media_type, picture),)


def right(reader: object, case: ChartCase) -> bool:
    answer = reader(case.question, {}, seen(case.picture))  # type: ignore[operator]
    numbers = re.findall(r"\d+(?:\.\d+)?", answer)
    return bool(numbers) and abs(float(numbers[-1]) - case.answer) <= max(1.5, 0.03 * case.answer)


def test_the_same_seed_draws_the_same_charts() -> None:
    assert chart_cases(6) == CASES[:6]
    assert chart_cases(6, seed=1) != CASES[:6]
    assert len({case.key for case in CASES}) == len(CASES) == 48


def test_the_picture_shows_the_value_that_is_expected() -> None:
    chart = Chart("bar", (0, 100, 20), BARS, COLOUR)
    pixels = np.asarray(Image.open(BytesIO(drawn(chart))))
    for place, value in enumerate(BARS.values()):
        coloured = (pixels[:BOTTOM, chart.x(place)] == COLOUR).all(axis=1)
        assert BOTTOM - np.flatnonzero(coloured)[0] == round(value * 1.5)
    assert (pixels[BOTTOM, LEFT + 1] < 50).all()


@pytest.mark.parametrize("kind", ["bar", "line"])
@pytest.mark.parametrize("axis", [(0, 100, 20), (10, 110, 20)])
def test_the_reader_reads_every_letter_whatever_the_axis_and_the_order(
    kind: str, axis: tuple[int, int, int]
) -> None:
    picture = seen(drawn(Chart(kind, axis, BARS, COLOUR)))
    for letter, value in BARS.items():
        answer = chart_reader(f"What is the value of {letter}?", {}, picture)
        assert float(answer.split()[-1]) == pytest.approx(value, abs=1)


def test_the_glancer_is_right_for_plain_charts_only() -> None:
    plain, cut = (0, 100, 20), (10, 110, 20)
    ordered = dict(sorted(BARS.items()))
    question = "What is the value of A?"
    assert chart_glancer(question, {}, seen(drawn(Chart("bar", plain, ordered, COLOUR)))) == "about 70"
    assert chart_glancer(question, {}, seen(drawn(Chart("bar", plain, BARS, COLOUR)))) == "about 30"
    assert chart_glancer(question, {}, seen(drawn(Chart("bar", cut, ordered, COLOUR)))) == "about 66"


def test_a_picture_that_is_no_chart_is_not_guessed_at() -> None:
    out = BytesIO()
    Image.new("RGB", (100, 80), "white").save(out, "PNG")
    for reader in (chart_reader, chart_glancer):
        assert reader("What is the value of A?", {}, seen(out.getvalue())) == "I cannot read this chart."
        assert reader("What is the value of A?", {}, ()) == "I cannot read this chart."
    chart = seen(drawn(Chart("bar", (0, 100, 20), BARS, COLOUR)))
    assert chart_reader("What is the value of Z?", {}, chart) == "I cannot read this chart."


def test_another_question_is_refused() -> None:
    with pytest.raises(ValueError, match="value of B"):
        chart_reader("Which is highest?", {}, ())


def test_the_careful_reader_is_far_ahead_and_not_perfect() -> None:
    careful, crude = (sum(right(reader, case) for case in CASES) for reader in (chart_reader, chart_glancer))
    assert 40 <= careful < len(CASES)
    assert crude < len(CASES) / 2


def test_the_check_of_the_demo_accepts_what_the_picture_allows() -> None:
    from capabilities.demo.pictures import TOLERANCE

    view = CaseView("chart")
    for answer, expected in (("B is 51.4", 1), ("B is 52.0", 0), ("It is 51.4, I think", 1), ("no idea", 0)):
        assert score(Output(text=answer), 50, view, TOLERANCE).numerator == expected
