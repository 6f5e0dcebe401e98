"""Native code runs in child processes of ours: a crash or a hang there ends the child and not the worker with all its other samples.

A child is kept warm between calls, because a model takes longer to load than a sentence takes to hear; it serves one call at a time, so
libraries that are not thread-safe are fine. It ends by itself when nobody asks for a while, when its parent is gone, or when a call takes
longer than it may.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = struct.Struct(">II")
MAX_IDLE = 2
GRACE_SECONDS = 2.0
STARTING_SECONDS = 30.0


class ChildFailed(Exception):
    """The call gave no result; the text says why. final: the task refused what it was given and would again."""

    def __init__(self, words: str, *, final: bool = False) -> None:
        super().__init__(words)
        self.final = final


class Children:
    """Child processes that run the functions of one module's TASKS, each under limits of time and memory. Safe to use from threads.

    A task that answers with `once` is not asked again in the same process.
    """

    def __init__(self, module: str, memory_mb: int = 1024) -> None:
        self.module, self.memory_mb = module, memory_mb
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def ask(
        self, task: str, facts: Mapping[str, Any], content: bytes, limit_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """What the task made of facts and content; a child may take limit_s seconds for it. Raises ChildFailed."""
        message = {"task": task, "limit_s": limit_s, **facts}
        child = self._take()
        try:
            answer = self._exchange(child, message, content, limit_s)
        except BaseException:
            _end(child)
            raise
        if answer[0].pop("once", False):
            _end(child)
        else:
            self._give_back(child)
        if "problem" in answer[0]:
            raise ChildFailed(str(answer[0]["problem"]), final=bool(answer[0].get("final")))
        return answer

    def _exchange(
        self, child: subprocess.Popen[bytes], message: Mapping[str, Any], content: bytes, limit_s: float
    ) -> tuple[dict[str, Any], bytes]:
        assert child.stdin is not None and child.stdout is not None
        # The child ends itself in time; this is for a child that cannot even do that.
        watch = threading.Timer(limit_s + STARTING_SECONDS + GRACE_SECONDS, child.kill)
        watch.daemon = True
        watch.start()
        try:
            send(child.stdin, message, content)
            answer = receive(child.stdout)
        except OSError:
            answer = None
        finally:
            watch.cancel()
        if answer is None:
            raise ChildFailed(last_words(child.wait(timeout=GRACE_SECONDS * 5), limit_s))
        return answer

    def _take(self) -> subprocess.Popen[bytes]:
        """A child that is alive; one that was inherited over a fork belongs to somebody else."""
        with self._lock:
            if self._owner != os.getpid():
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
                _end(child)
        return subprocess.Popen(
            [sys.executable, "-m", "evaluations.providers.child", self.module, str(self.memory_mb)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _give_back(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append(child)
                return
        _end(child)


def send(stream: IO[bytes], message: Mapping[str, Any], content: bytes = b"") -> None:
    head = json.dumps(message).encode()
    stream.write(LENGTHS.pack(len(head), len(content)) + head + content)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """The next message with its content; None when the other side is gone."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head_size, size = LENGTHS.unpack(lengths)
    head, content = stream.read(head_size), stream.read(size)
    if len(head) < head_size or len(content) < size:
        return None
    return json.loads(head), content


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()
    child.wait()


def last_words(status: int, limit_s: float) -> str:
    if status == -signal.SIGALRM:
        return f"it took longer than {limit_s:g} seconds and was ended"
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}"
