"""What a task's child process does: one sample after the other, with every model call handed to the parent.

    python -m evaluations.providers.task_child MODULE MEMORY_MB FOLDER

MODULE has `run`: (facts of a sample, ask) → what came of it, a JSON object. `ask` sends a model call to the parent and gives its
answer; it may be called from any thread. The child has no network: what it may ask the world goes through the parent.
"""

from __future__ import annotations

import importlib
import os
import resource
import select
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from evaluations.providers.children import receive, send

IDLE_SECONDS = 60.0
MAX_WORDS = 500
NO_NETWORK = "a task has no network here: its data must be on this machine, and its tools must do without"
OUTWARD = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
)


class Refused(Exception):
    """The task cannot run here, with this sample or any other; the text says why."""


Ask = Callable[[Mapping[str, Any]], dict[str, Any]]
Run = Callable[[Mapping[str, Any], Ask], dict[str, Any]]


def keep_inside() -> None:
    """From now on nothing in this process opens a connection; a hook of this kind cannot be taken away again."""

    def refuse(event: str, arguments: object) -> None:
        if event in OUTWARD:
            raise PermissionError(NO_NETWORK)

    sys.addaudithook(refuse)


class Parent:
    """The pipes to the parent, with one question at a time. folder: the child's home, which goes when the parent is gone."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes], folder: str) -> None:
        self._requests, self._answers, self._folder = requests, answers, folder
        self._lock = threading.Lock()

    def next_sample(self) -> dict[str, Any] | None:
        """None when the parent is gone or nobody asked for a minute."""
        if not select.select([self._requests], [], [], IDLE_SECONDS)[0]:
            return None
        received = receive(self._requests)
        return received[0] if received else None

    def ask(self, call: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            send(self._answers, {"call": call})
            received = receive(self._requests)
        if received is None:
            # In the middle of a sample that nobody waits for: nothing of it may go on.
            shutil.rmtree(self._folder, ignore_errors=True)
            os._exit(0)
        return received[0]

    def ended(self, made: Mapping[str, Any]) -> None:
        with self._lock:
            send(self._answers, {"ended": made})


def main(module: str, memory_mb: int, folder: str) -> None:
    """Serve until the parent closes the pipe or nobody asks for a minute. folder: the child's home, which goes with it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parent = Parent(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"), folder)
    # Libraries that print or read must not do so in the messages.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_inside()
    run = importlib.import_module(module).run
    while (facts := parent.next_sample()) is not None:
        signal.setitimer(signal.ITIMER_REAL, facts["limit_s"])
        made = _made(run, facts, parent.ask)
        signal.setitimer(signal.ITIMER_REAL, 0)
        parent.ended(made)
    shutil.rmtree(folder, ignore_errors=True)


def _made(run: Run, facts: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """What came of a sample, or the problem in words."""
    try:
        return run(facts, ask)
    except Refused as refusal:
        return {"problem": str(refusal)[:MAX_WORDS], "final": True, "stops": True}
    except MemoryError:
        return {"problem": "it needed more memory than a task may have"}
    except Exception as raised:
        return {"problem": f"{type(raised).__name__}: {raised}"[:MAX_WORDS]}


if __name__ == "__main__":
    # Under its own name: tasks raise that module's Refused, not the one of __main__.
    importlib.import_module("evaluations.providers.task_child").main(
        sys.argv[1], int(sys.argv[2]), sys.argv[3]
    )
