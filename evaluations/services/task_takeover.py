"""The samples of a task of inspect-ai as rows of cases, to be looked at before they are added to a draft."""

from collections.abc import Mapping
from typing import Any

from config.errors import Refused
from evaluations.importers import CaseFile, CaseRow, RowProblem
from evaluations.importers.cases import BadRow, checked_key, made_key
from evaluations.importers.log_samples import clean
from evaluations.providers.task_cases import task_cases
from evaluations.providers.task_children import TaskChildren, TaskFailed

MOST = 50_000


def cases_of_task(
    *, name: str, arguments: Mapping[str, Any], most: int = MOST, children: TaskChildren | None = None
) -> CaseFile:
    """Rows and problems, in the task's order; nothing is stored. Raises Refused where the task cannot be made or read here.

    A sample with choices becomes an input of `input` and `choices`, which a task's solver is given as such.
    """
    try:
        found = task_cases(name, arguments, most, children)
    except TaskFailed as failure:
        raise Refused(f"The cases of {name[:80]} cannot be read: {failure}", code="task") from None
    rows: list[CaseRow] = []
    problems: list[RowProblem] = []
    keys: set[str] = set()
    for number, case in enumerate(found.cases, start=1):
        row = _row(number, case)
        if row.key in keys:
            problems.append(RowProblem(number, f"The id “{row.key[:80]}” is there already."))
        else:
            keys.add(row.key)
            rows.append(row)
    if found.all > len(found.cases):
        words = f"The task has {found.all:,} samples; the first {len(found.cases):,} were read."
        problems.append(RowProblem(0, words, row_kept=True))
    return CaseFile(tuple(rows), tuple(problems))


def _row(number: int, case: Mapping[str, Any]) -> CaseRow:
    asked, target = clean(case["input"]), clean(case["target"])
    asked = {"input": asked, "choices": clean(case["choices"])} if case["choices"] else asked
    try:
        key = checked_key(str(case["id"])) if case["id"] is not None else ""
    except BadRow:
        key = ""
    return CaseRow(
        number, key or made_key(asked, target), asked, target, metadata=clean(dict(case["metadata"]))
    )
