"""What two baselines differ in, as Markdown and as CSV."""

import io
from collections.abc import Iterator, Sequence

from defusedcsv import csv

from capabilities.models import Revision
from capabilities.queries.baseline_compare import KINDS, Compared, Comparison
from capabilities.queries.revisions import PartRow
from capabilities.services.gate_summary import text
from config.words import counted


def change_label(kind: str) -> str:
    return str(Revision.ChangeKind(kind).label) if kind else ""


def comparison_markdown(comparison: Comparison, rows: Sequence[Compared]) -> str:
    """Heading, counts and a section for every row; what went is struck out, what came is bold."""
    counts = ", ".join(f"{comparison.counts[kind]} {label.lower()}" for kind, label in KINDS.items())
    lines = [f"# {text(comparison.a.name)} compared with {text(comparison.b.title)}", "", f"{counts}."]
    for kind, label in KINDS.items():
        found = [row for row in rows if row.kind == kind]
        if found:
            lines += ["", f"## {label}: {counted(len(found), 'requirements')}", ""]
            lines += [line for row in found for line in _row(row)]
    return "\n".join(lines) + "\n"


def _row(row: Compared) -> Iterator[str]:
    revisions = (
        f" (revision {row.before.number} → {row.after.number})"
        if row.before and row.after and row.before.pk != row.after.pk
        else ""
    )
    kinds = "".join(f", {change_label(kind).lower()}" for kind in row.change_kinds)
    yield f"- **{text(row.key)}** {text(row.title)}{revisions}{kinds}"
    for part in row.parts:
        yield f"  - {text(part.label)}: {_pieces(part)}"


def _pieces(part: PartRow) -> str:
    signs = {"=": "", "-": "~~", "+": "**"}
    shown = []
    for op, words in part.pieces:
        kept = words.strip()
        shown.append(
            f"{' ' if words[:1].isspace() else ''}{signs[op]}{text(kept)}{signs[op]}" if kept else " "
        )
    return "".join(shown).strip()


def comparison_csv(rows: Sequence[Compared]) -> str:
    """A line for every part that differs, one for a requirement that came, went or is the same. Formulas are defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["key", "title", "kind", "from_revision", "to_revision", "change_kinds", "part", "before", "after"]
    )
    for row in rows:
        start = [
            row.key,
            row.title,
            row.kind,
            _number(row.before),
            _number(row.after),
            " ".join(row.change_kinds),
        ]
        for label, before, after in [_texts(part) for part in row.parts] or [("", "", "")]:
            writer.writerow([*start, label, before, after])
    return out.getvalue()


def _number(revision: Revision | None) -> int | str:
    return revision.number if revision else ""


def _texts(part: PartRow) -> tuple[str, str, str]:
    before = "".join(words for op, words in part.pieces if op != "+")
    return part.label, before, "".join(words for op, words in part.pieces if op != "-")
