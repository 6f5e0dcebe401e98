"""`./plumbline check`: everything that must hold before a change goes in, tests last."""

import os
import secrets
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from config.embedded.places import ROOT
from config.embedded.words import say

PYTHON = sys.executable
Steps = dict[str, list[str]]
# What only reads the code and what starts it need one core each, so they go side by side.
READING: Steps = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "import contracts": ["lint-imports", "--no-cache"],
    "types": ["mypy", "."],
}
STARTING: Steps = {
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
# The machine's own servers, when there are any, are a second opinion on versions other than the packaged ones.
MACHINE = {
    "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/plumbline",
    "BROKER_URL": "redis://127.0.0.1:6379/15",
}
MACHINE_PORTS = (5432, 6379)
MACHINE_TESTS = [PYTHON, "-m", "pytest", "-q", "-m", "machine and not faults", "-p", "no:cacheprovider"]
# In the order of tests/conftest.py, which knows which files take long.
TESTS = [PYTHON, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


def environment() -> dict[str, str]:
    """As behind TLS in production, with a key that is thrown away."""
    path = os.pathsep.join([os.path.dirname(PYTHON), os.environ.get("PATH", os.defpath)])
    return {
        **os.environ,
        "PATH": path,
        "PLUMBLINE_SECRET_KEY": secrets.token_urlsafe(60),
        "PLUMBLINE_TLS": "1",
    }


def step(name: str, argv: list[str], env: dict[str, str]) -> bool:
    """Run one check; its output is shown only when it fails, whole and in one piece."""
    started = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    said = f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.0f} s)"
    say("\n".join([said, done.stdout, done.stderr]) if done.returncode else said)
    return done.returncode == 0


def read(env: dict[str, str]) -> list[str]:
    """The names of the checks that failed."""
    return [name for name, argv in READING.items() if not step(name, argv, env)]


def start(env: dict[str, str]) -> list[str]:
    """The names of the checks that failed; last the tests on the machine's own servers, where there are any."""
    failed = [name for name, argv in STARTING.items() if not step(name, argv, env)]
    if not machine_answers():
        say("skipped tests on this machine's own servers: none answers on the standard ports")
    elif not step("tests on this machine's own servers", MACHINE_TESTS, {**os.environ, **MACHINE}):
        failed.append("machine")
    return failed


def machine_answers() -> bool:
    for port in MACHINE_PORTS:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
    return True


def run(words: list[str]) -> int:
    """words: more arguments for the tests. 0 when everything holds."""
    env = environment()
    with ThreadPoolExecutor() as lanes:
        begun = [lanes.submit(lane, env) for lane in (read, start)]
        failed = [name for lane in begun for name in lane.result()]
    if failed:
        say(f"Failed: {', '.join(failed)}. The tests were not run.")
        return 1
    return subprocess.call([*TESTS, *words], cwd=ROOT)
