"""Asking until there is a decision, the time is up, or nothing would help."""

import time
from collections.abc import Callable, Iterator

from plumbline_gate.arguments import Wanted
from plumbline_gate.site import Reply, preview, record, require_scope
from plumbline_gate.stops import Trouble

FIRST, GROWTH, LONGEST = 0.5, 1.6, 30.0


def decided(wanted: Wanted, tell: Callable[[str], None]) -> Reply:
    """The reply in the end, pending only when the time is up. What is pending is not recorded. Raises Stop."""
    started = time.monotonic()
    runs_until, site_until = started + wanted.wait, started + max(wanted.wait, wanted.patience)
    allowed = not wanted.records
    for pause in _pauses():
        try:
            if not allowed:
                require_scope(wanted)
                allowed = True
            reply = _one(wanted)
        except Trouble as trouble:
            pause = max(pause, trouble.after or 0)
            if time.monotonic() + pause > site_until:
                raise
            tell(f"{trouble.sentence} Asking again in {pause:.0f} s.")
        else:
            left = runs_until - time.monotonic()
            if reply.decision != "pending" or left <= 0:
                return reply
            # The last question comes when the time is up, not before.
            pause = min(max(pause, reply.after or 0), left)
            tell(f"Runs are still going or not judged yet; waiting for up to {left:.0f} s more.")
        time.sleep(pause)
    raise AssertionError("pauses do not end")


def _one(wanted: Wanted) -> Reply:
    reply = preview(wanted)
    return record(wanted) if wanted.records and reply.decision != "pending" else reply


def _pauses() -> Iterator[float]:
    pause = FIRST
    while True:
        yield pause
        pause = min(pause * GROWTH, LONGEST)
