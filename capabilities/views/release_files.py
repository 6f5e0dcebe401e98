"""A release page as Markdown, CSV and JSON."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import groupby
from typing import Any

from defusedcsv import csv

from capabilities.models import SignOff
from capabilities.queries.release_rows import ReleaseRow, either_side, release_rows
from capabilities.queries.releases import Release
from capabilities.services.gate_summary import text
from config.words import difference, range_text, score, verdict_label


def release_csv(found: Release) -> str:
    """A line for every criterion. Cells that a spreadsheet would run as formulas are defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [field.name for field in fields(ReleaseRow)]
    writer.writerow(names)
    for row in release_rows(found):
        values = [getattr(row, name) for name in names]
        writer.writerow(["" if value is None else value for value in values])
    return out.getvalue()


def release_markdown(found: Release, reply: Mapping[str, Any]) -> str:
    title = f"# {text(found.baseline.key)} {text(found.baseline.name)}: {text(found.version.label)}"
    lines = [title, "", f"The gate says {verdict_label(reply['decision']).lower()}."]
    lines += ["", *(_signed(found.standing) if found.standing else ["Nobody has signed."])]
    for objective, rows in groupby(release_rows(found), key=lambda row: row.objective):
        lines += ["", f"## {text(objective)}", ""]
        lines += [
            "| Requirement | Criterion | Verdict | Found | Range | n | Judged |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def _signed(one: SignOff) -> Iterator[str]:
    by = f"by {text(one.signed_by.username)} on {one.signed_at:%d %B %Y, %H:%M} UTC"
    against = ", signed against the gate" if one.against_gate else ""
    yield f"**{one.get_decision_display()}** {by}{against}."
    for condition in one.conditions:
        numbers = f"{score(condition['point'], condition['unit'])} ({range_text(condition['low'], condition['high'], condition['unit'])})"
        where = f"{condition['requirement']} {condition['criterion']}, {condition['slice']}"
        outcome = verdict_label(condition["outcome"]).lower()
        yield f"- except {text(where)}: {outcome}, {numbers}, n = {condition['n']}"
    if one.note:
        yield f"\n> {text(one.note)}"


def _line(row: ReleaseRow) -> str:
    point = difference(row.point, row.unit) if row.difference else score(row.point, row.unit)
    waived = f", waived until {row.waived_until}" if row.waived_until else ""
    kind = "" if row.must else ", should"
    aged = f", {row.freshness.replace('_', ' ')}" if row.freshness not in ("", "fresh") else ""
    judged = f"{row.judged_at:%d %b %Y}" if row.judged_at else ""
    cells = (
        f"{text(row.requirement)} {text(row.title)}",
        f"{text(row.criterion)}{kind}",
        f"{verdict_label(row.verdict, row.lean)}{aged}{waived}",
        point if row.point is not None else "",
        range_text(
            row.low, row.high, row.unit, row.difference, either_side(row.target, difference=row.difference)
        )
        if row.low is not None or row.high is not None
        else "",
        str(row.n or ""),
        judged,
    )
    return f"| {' | '.join(cells)} |"
