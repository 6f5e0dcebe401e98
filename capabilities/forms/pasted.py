"""Cases typed, pasted or uploaded on a page: in whichever of the three ways they are written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from evaluations.importers import CaseFile, CaseRow
from evaluations.scorers import CaseView, case_problem

MOST_CHARACTERS = 2_000_000
SHOWN_ROWS = 5
SHOWN_PROBLEMS = 8


def text_of(upload: UploadedFile) -> str:
    """The text of an uploaded file, so that the page can hold, show and send it again. Raises ValidationError."""
    size = upload.size or 0
    if size > MOST_CHARACTERS:
        raise ValidationError(
            "This file is larger than 2 MB. Make a dataset of it on the page Datasets, then choose it here."
        )
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValidationError("This file is not text in UTF-8. Save it as CSV UTF-8 or as JSONL.") from None


@dataclass(frozen=True)
class CaseReport:
    """What a text holds. unscorable: why the check could never score some cases, with how many; line 0 speaks of the whole text."""

    rows: Sequence[CaseRow]
    problems: Sequence[Any]
    more_problems: int
    unscorable: Sequence[tuple[str, int]]

    @property
    def shown(self) -> Sequence[CaseRow]:
        return self.rows[:SHOWN_ROWS]


def report(found: CaseFile, kind: str = "", config: Mapping[str, Any] | None = None) -> CaseReport:
    """The row report of a text, with what the check says of its cases where one is chosen."""
    reasons: Counter[str] = Counter()
    for row in found.rows if kind else ():
        view = CaseView(row.key, row.input, row.target, dict(row.metadata), dict(row.slices))
        if problem := case_problem(kind, view, config or {}):
            reasons[problem.replace(f" “{row.key}”", "")] += 1
    return CaseReport(
        rows=found.rows,
        problems=found.problems[:SHOWN_PROBLEMS],
        more_problems=max(0, len(found.problems) - SHOWN_PROBLEMS),
        unscorable=reasons.most_common(3),
    )
