"""`./plumbline shots`: pictures of every page, on a site of its own with the demo in it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.places import ROOT
from config.embedded.processes import die_with_parent, last_lines
from config.embedded.servers import Claim, borrowed
from config.embedded.supervisor import HOST
from config.embedded.words import Trouble, say

FOLDER = ROOT / ".screens"
SITE = FOLDER / "site"
START_SECONDS = 300.0


def run(words: list[str]) -> int:
    """words: `--fresh` throws the kept site away first; the rest is told to the walk through the pages."""
    if "--fresh" in words:
        shutil.rmtree(SITE, ignore_errors=True)
        words = [word for word in words if word != "--fresh"]
    if {"-h", "--help"} & set(words):
        return _walk(words, dict(os.environ))
    with demo_site() as url, borrowed(SITE) as environment:
        return _walk([url, *words], environment)


def _walk(words: list[str], environment: dict[str, str]) -> int:
    return subprocess.call([sys.executable, "-m", "tests.pictures", *words], cwd=ROOT, env=environment)


@contextmanager
def demo_site(environment: dict[str, str] | None = None) -> Iterator[str]:
    """The address of the kept site: of the one that runs, or of one started, in this environment, for the time it takes."""
    SITE.mkdir(parents=True, exist_ok=True)
    url = str(Claim(SITE).holder().get("url", ""))
    if url and _taken():
        yield url
        return
    say("Starting a site with the demo …")
    log = FOLDER / "site.log"
    argv = [sys.executable, "-m", "config.embedded", "up", "--port", str(_free_port()), "--state", str(SITE)]
    with log.open("w") as output:
        started = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield _wait_ready(started, log)
    finally:
        started.terminate()
        started.wait(timeout=30)


def _taken() -> bool:
    """Whether another process holds the site's state folder."""
    claim = Claim(SITE)
    if claim.take():
        claim.drop()
        return False
    return True


def _wait_ready(started: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if started.poll() is not None:
            break
        if "Plumbline is ready" in log.read_text():
            return str(Claim(SITE).holder()["url"])
        time.sleep(0.3)
    raise Trouble(f"The site for the pictures did not start:\n{last_lines(log, 8)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
