"""`./plumbline check`: everything that must hold before a change goes in, tests last."""

import os
import secrets
import socket
import subprocess
import sys
import time

from config.embedded.places import ROOT
from config.embedded.words import say

PYTHON = sys.executable
STEPS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy", "."],
    "import contracts": ["lint-imports", "--no-cache"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
# The machine's own servers, when there are any, are a second opinion on versions other than the packaged ones.
MACHINE = {
    "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/plumbline",
    "BROKER_URL": "redis://127.0.0.1:6379/15",
}
MACHINE_PORTS = (5432, 6379)
TESTS = [PYTHON, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]


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
    """Run one check; its output is shown only when it fails."""
    started = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.0f} s)")
    if done.returncode:
        say(done.stdout[-8000:] + done.stderr[-8000:])
    return done.returncode == 0


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
    failed = [name for name, argv in STEPS.items() if not step(name, argv, env)]
    if machine_answers():
        argv = [PYTHON, "-m", "pytest", "-q", "-m", "machine and not faults", "-p", "no:cacheprovider"]
        failed += (
            []
            if step("tests on this machine's own servers", argv, {**os.environ, **MACHINE})
            else ["machine"]
        )
    else:
        say("skipped tests on this machine's own servers: none answers on the standard ports")
    if failed:
        say(f"Failed: {', '.join(failed)}. The tests were not run.")
        return 1
    return subprocess.call([*TESTS, *words], cwd=ROOT)
