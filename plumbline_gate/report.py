"""The decision for people: lines for the job's log, Markdown for its page."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from plumbline_gate.arguments import Wanted
from plumbline_gate.site import Reply
from plumbline_gate.stops import Exit, Stop

HEADINGS = {"pass": "Go", "fail": "No go", "undecided": "Undecided", "pending": "Still waiting for runs"}
VERDICTS = {
    "met": "met",
    "not_met": "NOT MET",
    "inconclusive": "not proven yet",
    "no_data": "no data",
}
FRESHNESS = {"needs_recheck": "needs re-check", "out_of_date": "out of date"}


def lines(reply: Reply, wanted: Wanted) -> Iterator[str]:
    """The decision, a line for each criterion, and where to look."""
    recorded = wanted.records and reply.decision != "pending"
    kept = "recorded" if recorded else "nothing recorded"
    yield f"{HEADINGS[reply.decision]}: {wanted.version} against {wanted.baseline} ({kept})"
    for requirement in reply.body["requirements"]:
        for criterion in requirement["criteria"]:
            yield f"  {requirement['key']} {criterion['key']}  {_marks(criterion)}: {criterion['sentence']}"
    if reply.decision == "undecided" and wanted.allows_undecided:
        yield "Undecided is let through here (--undecided=allow)."
    if reply.decision == "pending":
        yield "Give runs more time with --wait=SECONDS, or start the job again later."
    where = f"{wanted.url}/baselines/{quote(wanted.baseline)}/?{urlencode({'version': wanted.version})}"
    yield f"See {where}"


def _marks(criterion: Mapping[str, Any]) -> str:
    regression = criterion["regression"] or {}
    marks = [
        VERDICTS.get(str(criterion["verdict"]), str(criterion["verdict"])),
        FRESHNESS.get(str(criterion["freshness"]), ""),
        f"waived until {criterion['waived_until']}" if criterion["waived_until"] else "",
        f"WORSE than {regression.get('against')}" if regression.get("stands") else "",
        "" if criterion["must"] else "should, decides nothing",
    ]
    return ", ".join(mark for mark in marks if mark)


def write_summaries(reply: Reply, wanted: Wanted) -> None:
    """Append the Markdown to every file named. Raises Stop where one cannot be written."""
    for name in wanted.summaries:
        try:
            with Path(name).open("a", encoding="utf-8", errors="replace") as file:
                file.write(reply.body["summary"].rstrip("\n") + "\n\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Stop(
                Exit.USAGE,
                f"The summary cannot be written to {name}: {why}. Name a file that can be written.",
            ) from None
