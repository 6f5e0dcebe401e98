"""The day of a new version, as Markdown: what changed and whom to tell."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from capabilities.importers.markdown_text import inline

GROUPS = (("better", "Meets now"), ("worse", "No longer meets"), ("pending", "Waits for a second run"))


def day_markdown(day: Mapping[str, Any]) -> str:
    """day: as the API gives it."""
    return "\n".join(_lines(day)).rstrip() + "\n"


def _lines(day: Mapping[str, Any]) -> Iterator[str]:
    yield f"# New: {inline(day['version'])}"
    yield ""
    yield (
        f"Set beside {inline(day['before'])}." if day["before"] else "There is no measured version before it."
    )
    for group, heading in GROUPS:
        changes = [one for one in day["changes"] if one["group"] == group]
        yield from _section(
            heading, (f"- {inline(one['title'])}. {inline(one['sentence'])}" for one in changes)
        )
    yield from _section("Rivals", (f"- {inline(one)}" for one in day["rivals"]))
    yield from _section("Our verdicts that it changed", map(_verdict, day["verdicts"]))
    if not (day["changes"] or day["rivals"] or day["verdicts"]):
        yield from ("", "Nothing changed against what was known.")
    if day["unmeasured"]:
        keys = ", ".join(map(inline, day["unmeasured"]))
        yield from ("", f"Not measured yet, of {day['asked']} agreed requirements: {keys}.")
    yield from _section("Tell", map(_tell, day["tell"]))
    yield from _section("Started by itself", map(_slot, day["started"]))
    yield from _section("To try", (f"- {inline(one['name'])}: {inline(one['why'])}" for one in day["to_try"]))


def _section(title: str, rows: Iterable[str]) -> Iterator[str]:
    found = list(rows)
    if found:
        yield from ("", f"## {title}", "", *found)


def _verdict(one: Mapping[str, Any]) -> str:
    return f"- {one['key']} {one['criterion']}, {inline(one['version'])}: {inline(one['words'])}"


def _tell(one: Mapping[str, Any]) -> str:
    return f"- {inline(one['owner'] or 'Nobody owns these')}: {', '.join(one['requirements'])}"


def _slot(one: Mapping[str, Any]) -> str:
    outcome = f"round {one['round']}" if one["round"] else f"nothing. {inline(one['reason'])}"
    return f"- {inline(one['schedule'])}: {outcome}"
