"""What a round changed, as Markdown: every text stays in its place, whatever it holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from capabilities.importers.markdown_text import inline


def round_markdown(summary: Mapping[str, Any], level: int = 1) -> str:
    """summary: as the API gives it. level: of its heading."""
    return "\n".join(_lines(summary, "#" * level)).rstrip() + "\n"


def _lines(summary: Mapping[str, Any], mark: str) -> Iterator[str]:
    yield f"{mark} {inline(summary['name'])}"
    yield ""
    waiting = f" {summary['unjudged']} runs are not judged yet." if summary["unjudged"] else ""
    yield f"{inline(summary['headline'])}{waiting}"
    yield from _section(mark, "Requirements", map(_verdict, summary["verdicts"]))
    yield from _moves(mark, summary["moves"])
    yield from _section(mark, "Measured for the first time", map(_first, summary["first"]))
    yield from _section(mark, "What it took", [f"- {inline(summary['taken']['words'])}"])
    yield from _section(mark, "Changed under us", map(_event, summary["changed_under_us"]))
    missing = [*(f"- Not run: {inline(one)}" for one in summary["skipped"]), *map(_lack, summary["failed"])]
    yield from _section(mark, "Skipped or failed", missing)


def _section(mark: str, title: str, rows: Any) -> Iterator[str]:
    found = list(rows)
    if found:
        yield from ("", f"{mark}# {title}", "", *found)


def _verdict(one: Mapping[str, Any]) -> str:
    owner = f" Owner: {inline(one['owner'])}." if one["owner"] else ""
    return (
        f"- {one['key']} {one['criterion']} ({inline(one['title'])}), {inline(one['version'])}: "
        f"**{inline(one['words'])}**. {inline(one['sentence'])}{owner}"
    )


def _moves(mark: str, moves: Any) -> Iterator[str]:
    if moves:
        yield from ("", f"{mark}# Who gained, who lost", "")
        yield "| Evaluation | Version | Before | Difference | |"
        yield "|---|---|---|---|---|"
        for one in moves:
            cells = (one["evaluation"], one["version"], one["before"], one["words"], one["outcome"])
            yield f"| {' | '.join(inline(str(cell)) for cell in cells)} |"


def _first(one: Mapping[str, Any]) -> str:
    return f"- {inline(one['version'])} on {inline(one['evaluation'])}"


def _event(one: Mapping[str, Any]) -> str:
    moved = f": {inline(one['before'])} → {inline(one['after'])}" if one["before"] else ""
    return f"- {inline(one['version'])}: {inline(one['what'])}{moved}"


def _lack(one: Mapping[str, Any]) -> str:
    return f"- {inline(one['version'])} on {inline(one['evaluation'])}, {one['missing']} samples missing: {inline(one['why'])}"
