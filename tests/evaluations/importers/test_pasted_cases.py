import pytest

from evaluations.importers import Limits, read_pasted


def test_each_line_is_a_case_with_or_without_target() -> None:
    found = read_pasted("Great app\tpositive\r\n\r\n  Crashes daily  \nFine\t\n")
    assert [(row.line, row.input, row.target) for row in found.rows] == [
        (1, "Great app", "positive"),
        (3, "Crashes daily", None),
        (4, "Fine", None),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\tb\tc", "3 cells"),
        ("\tpositive", "no input"),
        ("a\x00", "NUL"),
        ("a\ud800", "surrogate"),
        ("", "no case"),
        ("x" * (5 << 20), "upload it as a file"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    found = read_pasted(text)
    [problem] = found.problems
    assert says in problem.reason and found.rows == ()


def test_the_same_case_twice_is_counted_once() -> None:
    found = read_pasted("a\tb\na\tb\na\tc")
    assert len(found.rows) == 2 and found.problems[0].line == 2


def test_reading_stops_at_the_number_of_rows() -> None:
    found = read_pasted("\n".join(str(n) for n in range(20)), Limits(rows=5))
    assert found.stopped and len(found.rows) == 5
