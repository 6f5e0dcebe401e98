"""The command: read what is wanted, ask, tell, and end with the decision's code."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from plumbline_gate.arguments import TOKEN, Wanted, read
from plumbline_gate.report import lines, write_summaries
from plumbline_gate.site import DECISIONS
from plumbline_gate.stops import Exit, Stop
from plumbline_gate.waiting import decided


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """The exit code. Whatever went wrong is one sentence on `err`, without the token."""
    around = os.environ if environment is None else environment
    out, err = out or sys.stdout, err or sys.stderr
    secret = around.get(TOKEN, "").strip()

    def tell(sentence: str) -> None:
        _write(err, f"plumbline-gate: {sentence}", secret)

    try:
        return _run(read(sys.argv[1:] if arguments is None else arguments, around), out, tell, secret)
    except Stop as stop:
        tell(stop.sentence)
        return stop.code
    except KeyboardInterrupt:
        tell("Stopped before there was an answer; start it again to ask anew.")
        return Exit.INTERRUPTED


def _run(wanted: Wanted, out: TextIO, tell: Callable[[str], None], secret: str) -> int:
    reply = decided(wanted, tell)
    if wanted.as_json:
        _put(out, json.dumps(reply.body, indent=2) + "\n")
    else:
        for line in lines(reply, wanted):
            _write(out, line, secret)
    write_summaries(reply, wanted)
    code = DECISIONS[reply.decision]
    return Exit.PASS if code == Exit.UNDECIDED and wanted.allows_undecided else code


def _write(stream: TextIO, line: str, secret: str) -> None:
    """One line, whatever is in it: words of the site must neither move a terminal nor command a CI job."""
    shown = line.replace(secret, "…") if secret else line
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", shown).replace("##[", "# #[")
    coding = stream.encoding or "utf-8"
    _put(stream, shown.encode(coding, "replace").decode(coding) + "\n")


def _put(stream: TextIO, text: str) -> None:
    """A reader that went away, such as `head`, must not turn the exit code into another one."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
