"""Requirements as CSV that people edit in a spreadsheet and `read_csv_table` reads back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from defusedcsv import csv

from capabilities.exporters.criteria import criterion_line
from capabilities.importers.quoting import quoted
from capabilities.importers.vocabulary import LABELS

PLAIN = [name for name in LABELS if name not in {"examples", "criteria", "change_kind", "note"}]
PARTS = ("input", "good", "bad")
RISKY = re.compile(r"'*\s*[=+\-@|%\t\r\n]")


def defused(text: str) -> str:
    """With an apostrophe before what a spreadsheet would run; `undefused` takes exactly that one away."""
    return f"'{text}" if RISKY.match(text) else text


def requirements_csv(requirements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """CSV text, a piece for each row; one column for each example's part and for each criterion."""
    examples = max((len(one["examples"]) for one in requirements), default=0)
    criteria = max((len(one["criteria"]) for one in requirements), default=0)
    headings = [LABELS[name] for name in PLAIN]
    headings += [f"example.{place}.{part}" for place in range(1, examples + 1) for part in PARTS]
    headings += [f"criterion.{place}" for place in range(1, criteria + 1)]
    yield _line(headings)
    for one in requirements:
        yield _line([*_plain(one), *_examples(one, examples), *_criteria(one, criteria)])


def _line(cells: Sequence[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([defused(cell) for cell in cells])
    return buffer.getvalue()


def _plain(one: Mapping[str, Any]) -> Iterator[str]:
    for name in PLAIN:
        value = one.get(name)
        yield ", ".join(map(quoted, value)) if isinstance(value, list) else str(value or "")


def _examples(one: Mapping[str, Any], most: int) -> Iterator[str]:
    for place in range(most):
        example = one["examples"][place] if place < len(one["examples"]) else {}
        yield from (str(example.get(part) or "") for part in PARTS)


def _criteria(one: Mapping[str, Any], most: int) -> Iterator[str]:
    lines = [criterion_line(criterion) for criterion in one["criteria"]]
    yield from (*lines, *[""] * (most - len(lines)))
