"""A real `up` in a folder of its own, for the tests that kill it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "BROKER_URL", "DJANGO_", "PLUMBLINE_", "PYTEST_")
# Generous: the machine may be busy with other tests.
READY_SECONDS = 240


def environment(**more: str) -> dict[str, str]:
    """As a person's shell has it: nothing of the test run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "PLUMBLINE_DEMO": "no", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*words: str, state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "config.embedded", *words],
        cwd=ROOT,
        env=environment(PLUMBLINE_STATE=str(state), **more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@dataclass
class Started:
    state: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    said: Path = Path()

    def start(self, **more: str) -> "Started":
        """Start and wait until it says that it is ready."""
        self.said = self.state.with_name(f"{self.state.name}.said")
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "config.embedded",
                    "up",
                    "--state",
                    str(self.state),
                    "--port",
                    str(self.port),
                ],
                cwd=ROOT,
                env=environment(**more),
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.wait(lambda: "is ready at" in self.words() or self.process.poll() is not None, READY_SECONDS)
        assert "is ready at" in self.words(), self.words()
        return self

    def words(self) -> str:
        return self.said.read_text()

    def wait(self, done: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, f"not within {seconds} s; it said: {self.words()}"
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        """Itself and everything it started."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def replaced(self, victim: psutil.Process, mark: str) -> bool:
        """Whether it is gone and another direct child does its work."""
        children = self.family()[0].children()
        return victim not in children and any(mark in _words(process) for process in children)

    def child(self, *marks: str) -> psutil.Process:
        """The outermost process whose command line has all the marks. Raises StopIteration when there is none."""
        return next(
            process for process in self.family()[1:] if all(mark in _words(process) for mark in marks)
        )

    def health(self) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as reply:
                return dict(json.load(reply))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {}

    def reap(self) -> None:
        """Take note of its end."""
        assert self.process is not None
        self.process.wait(60)

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


def _words(process: psutil.Process) -> str:
    """The command line; empty for a process that just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


@contextmanager
def started(state: Path) -> Iterator[Started]:
    """An `up` that is stopped by force if the test did not."""
    running = Started(state)
    try:
        yield running.start()
    finally:
        if running.process and running.process.poll() is None:
            running.stop()
