"""Cases of a comparison with a column for each run, and what their words differ by."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.http import HttpRequest

from config.people.access import sentence
from evaluations.differences import word_diff
from evaluations.models import Run
from evaluations.queries.case_columns import (
    Columns,
    ColumnsRow,
    column_counts,
    column_row,
    column_rows,
    neighbours,
)
from evaluations.queries.case_rows import Try
from evaluations.queries.comparison_many import LETTERS
from evaluations.queries.exposures import exposed
from evaluations.queries.pair_judgings import Reason
from evaluations.queries.sides import scorers_named
from evaluations.templatetags.facts import as_json
from evaluations.views.addresses import address
from evaluations.views.comparison_choice import Chosen
from evaluations.views.content import is_test, may_see_content, note_exposure
from evaluations.views.facets import facets_of
from evaluations.views.paging import whole_number

MOST_ROWS = 20
FEWEST_ROWS = 3
CELLS = 64
# What a row and a cell weigh beside their words, and what all rows of a page may weigh together, so that it opens at once. Beside two
# columns there is less of everything else.
ROW_WEIGHT, CELL_WEIGHT = 800, 300
PAGE_WEIGHT, WIDE_PAGE_WEIGHT = 28_500, 20_000
CHARACTERS = 1_200
FEWEST_CHARACTERS = 200
LONGEST_WHOLE = 20_000
REFERENCE, NOTHING = "reference", "none"


@dataclass(frozen=True)
class Cell:
    """A run's tries of a case. pieces: its first answer with what differs marked; cut: more was said than is shown."""

    letter: str
    run: Run
    tries: Sequence[Try]
    pieces: list[tuple[str, str]]
    cut: bool


@dataclass(frozen=True)
class SideBySide:
    """reasons: what judges said of this case, unchecked."""

    row: ColumnsRow
    cells: Sequence[Cell]
    reasons: Sequence[Reason] = ()


def samples_part(request: HttpRequest, chosen: Chosen, runs: Sequence[Run]) -> dict[str, Any]:
    """The part of the page below the figures; runs: those whose numbers may stand beside A's. Eleven queries, one fewer for dev cases."""
    run = runs[0]
    slug = chosen.scorer.scorer.slug if chosen.scorer else ""
    scorers = scorers_named(runs, slug)
    columns = Columns(runs, [scorers[one.pk] for one in runs], chosen.part)
    content = may_see_content(request, run)
    rows, next_after = _rows(request, columns, content=content)
    note_exposure(request, run, len(rows), content=content)
    base = _base(request, runs)
    letters = {one.pk: letter for letter, one in zip(LETTERS, chosen.runs, strict=False)}
    longest = LONGEST_WHOLE if _one(request) else _longest(runs)
    show = request.GET.get("show", "")
    return {
        "pairs": [
            _side_by_side(row, [(letters[one.pk], one) for one in runs], base, longest) for row in rows
        ],
        "shown_runs": [(letters[one.pk], one) for one in runs],
        "opened": _one(request),
        "neighbours": neighbours(columns, show, _one(request)) if _one(request) else ("", ""),
        "first": not whole_number(request.GET.get("after", "")),
        "next_after": next_after,
        "facets": facets_of(column_counts(columns), show, lambda name: address(request, show=name)),
        "diffs": _diffs(request, [(letters[one.pk], one) for one in runs], base),
        "content": content,
        "refusal": sentence("read_test"),
        "exposed": exposed(run.evaluation_version.dataset_version) if is_test(run) else None,
        "slug": slug,
    }


def _one(request: HttpRequest) -> str:
    return request.GET.get("case", "")[:200]


def _rows(request: HttpRequest, columns: Columns, *, content: bool) -> tuple[list[ColumnsRow], int | None]:
    """A page of rows and the cursor of the next, or the one case that is opened."""
    key = _one(request)
    if key:
        row = column_row(columns, key, content=content)
        return ([row] if row else []), None
    size = max(FEWEST_ROWS, min(MOST_ROWS, CELLS // len(columns.runs)))
    after, show = whole_number(request.GET.get("after", "")), request.GET.get("show", "")
    found = column_rows(columns, show, after, size + 1, content=content)
    kept = _fitting(found[:size], columns.runs)
    return kept, kept[-1].cursor if len(found) > len(kept) else None


def _fitting(rows: list[ColumnsRow], runs: Sequence[Run]) -> list[ColumnsRow]:
    """As many rows as a page can carry: fewer where the answers are long."""
    longest = _longest(runs)
    weights = [
        ROW_WEIGHT + sum(CELL_WEIGHT + min(len(_said(tries)), longest) for tries in row.tries) for row in rows
    ]
    limit = PAGE_WEIGHT if len(runs) == 2 else WIDE_PAGE_WEIGHT
    fitting = sum(total <= limit for total in accumulate(weights))
    return rows[: max(FEWEST_ROWS, fitting)]


def _longest(runs: Sequence[Run]) -> int:
    """How much of an answer a cell shows."""
    return max(FEWEST_CHARACTERS, CHARACTERS // len(runs))


def _base(request: HttpRequest, runs: Sequence[Run]) -> str:
    """What words are marked against: the reference, nothing, or a run's id; empty for each other, which takes two."""
    asked = request.GET.get("diff", "")
    known = {REFERENCE, NOTHING, *(str(run.pk) for run in runs)}
    if asked in known:
        return asked
    return "" if len(runs) == 2 else str(runs[0].pk)


def _diffs(request: HttpRequest, runs: Sequence[tuple[str, Run]], base: str) -> list[tuple[str, str, bool]]:
    """(address, label, current) of each way to mark words."""
    ways = [("", "each other")] if len(runs) == 2 else []
    ways += [(str(run.pk), letter) for letter, run in runs] if len(runs) > 2 else []
    ways += [(REFERENCE, "the reference"), (NOTHING, "nothing")]
    query = request.GET.copy()
    links = []
    for value, label in ways:
        query.pop("diff", None)
        if value:
            query["diff"] = value
        links.append((f"?{query.urlencode()}", label, value == base))
    return links


def _side_by_side(row: ColumnsRow, runs: Sequence[tuple[str, Run]], base: str, longest: int) -> SideBySide:
    said = [_said(tries) for tries in row.tries]
    shown = [text[:longest] for text in said]
    reference = "" if row.target is None else as_json(row.target)[:longest]
    pieces = _marked(shown, reference, [str(run.pk) for _, run in runs], base)
    return SideBySide(
        row,
        [
            Cell(letter, run, tries, marked, len(text) > longest)
            for (letter, run), tries, marked, text in zip(runs, row.tries, pieces, said, strict=True)
        ],
    )


def _said(tries: Sequence[Try]) -> str:
    return next((one.output for one in tries if one.output is not None), "")


def _marked(
    texts: Sequence[str], reference: str, names: Sequence[str], base: str
) -> list[list[tuple[str, str]]]:
    """The texts of a row in pieces. Beside the reference what it alone says stands struck out."""
    if base == REFERENCE and reference:
        return [[*word_diff(reference, text)] if text else [] for text in texts]
    if base in names:
        return [_own(texts[names.index(base)], text) for text in texts]
    return _each_other(texts) if base == "" else [[("=", text)] if text else [] for text in texts]


def _own(other: str, text: str) -> list[tuple[str, str]]:
    return [(op, words) for op, words in word_diff(other, text) if op != "-"] if text else []


def _each_other(texts: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Two texts, each with what only it says."""
    changes = word_diff(*texts)
    return [[(op, words) for op, words in changes if op != left_out] for left_out in "+-"]
