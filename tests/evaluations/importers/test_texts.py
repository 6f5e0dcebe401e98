"""Tables typed or pasted: lines are named as the person sees them, and nothing is swallowed."""

from evaluations.importers import read_rows, read_text

SLOTS = ("review", "app")


def told(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in read_rows(text, SLOTS).problems]


def test_a_record_is_named_by_the_line_it_begins_in() -> None:
    file = read_rows('\n\nreview,app\n"Two\nlines",Aria\nBad,Nova,more\n', SLOTS)
    assert [(row.line, row.input["review"]) for row in file.rows] == [(4, "Two\nlines")]
    assert [one.line for one in file.problems] == [6]


def test_a_quotation_mark_left_open_is_named_and_swallows_nothing() -> None:
    assert told('review,app\n"Good,Aria\nBad,Nova')[0][0] == 2
    assert "never closed" in told('review,app\n"Good,Aria\nBad,Nova')[0][1]


def test_a_nul_is_a_problem_of_its_line() -> None:
    assert told("review,app\nGood,Aria\nBa\x00d,Nova") == [(3, "The line holds a NUL character.")]


def test_empty_lines_before_the_columns_are_counted() -> None:
    assert [row.line for row in read_text("\n\ninput,target\nA,yes\n").rows] == [4]
