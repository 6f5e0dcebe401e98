"""What the command is asked: its arguments, and address and token from the environment."""

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

from plumbline_gate.stops import Exit, Stop

URL, TOKEN = "PLUMBLINE_URL", "PLUMBLINE_TOKEN"
# The second is the file that several CI services name for the page of a job.
SUMMARIES = ("PLUMBLINE_SUMMARY", "GITHUB_STEP_SUMMARY")
WAIT = 900
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
EPILOG = f"""\
environment:
  {URL}      address of the site, e.g. https://plumbline.example.com
  {TOKEN}    a token with the scope read, and gate to record; it is never printed
  {SUMMARIES[0]}, {SUMMARIES[1]}
                     files the Markdown summary is appended to

exit codes:
  0 pass   1 fail   2 undecided   3 still pending
  4 wrong usage              5 the site cannot be reached    6 the answer cannot be read
  7 the token is refused     8 the token may not do this     9 no such baseline or version
  10 refused by a rule     130 interrupted
"""


@dataclass(frozen=True)
class Wanted:
    """One call of the command. wait: seconds to wait for runs; patience: seconds to wait for the site itself."""

    url: str
    token: str = field(repr=False)
    baseline: str
    version: str
    wait: float
    patience: float
    timeout: float
    allows_undecided: bool
    records: bool
    as_json: bool
    summaries: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    """argparse would end with 2, which is the gate's undecided."""

    def error(self, message: str) -> NoReturn:
        raise Stop(Exit.USAGE, f"{message[:1].upper()}{message[1:]}. See plumbline-gate --help.")


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Wanted:
    """Raises Stop for what cannot be meant."""
    # A bare --wait would take the baseline after it for its seconds.
    given = _parser().parse_args([f"--wait={WAIT}" if one == "--wait" else one for one in arguments])
    return Wanted(
        url=_address(environment.get(URL, ""), plain=given.plain_http),
        token=_token(environment.get(TOKEN, "")),
        baseline=given.baseline,
        version=given.version,
        wait=given.wait,
        patience=given.patience,
        timeout=given.timeout,
        allows_undecided=given.undecided == "allow",
        records=given.record,
        as_json=given.json,
        summaries=_files(given.summary, environment),
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="plumbline-gate",
        description="Ask Plumbline whether a version passes a baseline; the exit code is the decision.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("baseline", help="key of the baseline, e.g. R2")
    parser.add_argument("version", help="the version, as slug@name or its id")
    add = parser.add_argument
    add("--wait", type=_seconds, default=0, metavar="SECONDS", help=f"wait for runs ({WAIT} when bare)")
    add("--undecided", choices=["block", "allow"], default="block", help="whether undecided ends with 2 or 0")
    add("--record", action="store_true", help="record the decision; else it is a preview")
    add("--summary", metavar="FILE", default="", help="write the Markdown summary into a file")
    add("--json", action="store_true", help="print the reply as JSON and nothing else")
    add(
        "--patience",
        type=_seconds,
        default=15,
        metavar="SECONDS",
        help="how long an unreachable site is tried",
    )
    add("--timeout", type=_seconds, default=30, metavar="SECONDS", help="the longest one answer may take")
    add("--plain-http", action="store_true", help="send the token over http:// to another machine")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError
    return seconds


_seconds.__name__ = "number of seconds"


def _address(text: str, *, plain: bool) -> str:
    """The site's address without a slash at its end. A token is not sent in the clear unless somebody says so."""
    if not text.strip():
        raise Stop(Exit.USAGE, f"Set {URL} to the address of the site, e.g. https://plumbline.example.com.")
    try:
        parts = urlsplit(text.strip())
        host, named = parts.hostname, "@" in parts.netloc
        _ = parts.port
    except ValueError:
        host, named, parts = None, False, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or named or parts.query or parts.fragment:
        raise Stop(
            Exit.USAGE,
            f"{URL} is no address of a site: write https://host, without a user, a ? or a #.",
        )
    if parts.scheme == "http" and host not in LOOPBACK and not plain:
        raise Stop(
            Exit.USAGE,
            f"{URL} begins with http://, and anybody on the way could read the token: use https://, "
            "or say --plain-http where the network is yours.",
        )
    return text.strip().rstrip("/")


def _token(text: str) -> str:
    token = text.strip()
    if not token:
        raise Stop(
            Exit.USAGE, f"Set {TOKEN} to a token with the scope read; make one under Tokens on the site."
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise Stop(Exit.USAGE, f"{TOKEN} holds something that is no token: copy it again, in one line.")
    return token


def _files(summary: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    named = [summary, *(environment.get(name, "") for name in SUMMARIES)]
    return tuple(dict.fromkeys(name for name in named if name))
