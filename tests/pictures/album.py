"""The album: a page that shows all pictures with what is wrong beside them, and the same as a table of words."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>
body{font:14px system-ui;margin:24px;background:#f6f7f9;color:#16181d}h2{margin:32px 0 4px;font-size:16px}
.row{display:flex;gap:12px;align-items:flex-start;overflow-x:auto}.row a{border:1px solid #ccd;background:#fff}
img{display:block;height:340px;width:auto;max-width:none;object-fit:cover;object-position:top}li.bad{color:#a3231d}
code{background:#e8eaee;padding:0 4px}</style><h1>Every page</h1>"""


@dataclass
class Sheet:
    """One page as it was seen. pictures: file names, in the order they are shown."""

    name: str
    path: str
    status: int = 0
    seconds: float = 0.0
    bytes: int = 0
    pictures: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def write_album(folder: Path, sheets: Sequence[Sheet], missing: Sequence[str]) -> Path:
    """`index.html` and `report.json`; returns the former's path."""
    (folder / "report.json").write_text(json.dumps([asdict(sheet) for sheet in sheets], indent=1))
    bad = [sheet for sheet in sheets if sheet.problems]
    parts = [HEAD, f"<p>{len(sheets)} pages, {len(bad)} with problems.</p>"]
    if missing:
        parts.append(f"<p>Not seen: {', '.join(map(escape, missing))}.</p>")
    parts += [_section(sheet) for sheet in sorted(sheets, key=lambda sheet: (not sheet.problems, sheet.name))]
    index = folder / "index.html"
    index.write_text("\n".join(parts))
    return index


def _section(sheet: Sheet) -> str:
    facts = f"{sheet.status} · {sheet.seconds:.1f} s · {sheet.bytes / 1024:.0f} KB"
    problems = "".join(f'<li class="bad">{escape(problem)}</li>' for problem in sheet.problems)
    pictures = "".join(
        f'<a href="{name}"><img loading="lazy" src="{name}" alt="{escape(name)}"></a>'
        for name in sheet.pictures
    )
    return (
        f'<h2 id="{sheet.name}">{escape(sheet.name)}</h2><p><code>{escape(sheet.path)}</code> {facts}</p>'
        f'<ul>{problems}</ul><div class="row">{pictures}</div>'
    )


def table_of_problems(sheets: Sequence[Sheet]) -> str:
    """A line for each problem; the name of the page once."""
    lines = []
    for sheet in sheets:
        for number, problem in enumerate(sheet.problems):
            lines.append(f"{sheet.name if number == 0 else '':<44} {problem}")
    return "\n".join(lines) or "No problem was found."
