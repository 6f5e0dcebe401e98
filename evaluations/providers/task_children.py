"""Child processes that run tasks: nothing of the worker's environment is in them, no key and no address.

A child is kept for the next sample, because its packages take seconds to load. One whose sample went wrong is ended, and with it whatever
it had started.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluations.providers.children import GRACE_SECONDS, MAX_IDLE, ROOT, last_words, receive, send

# Loading the packages the first time, on a busy machine.
STARTING_SECONDS = 90.0
MAX_SAMPLES = 64

Answering = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class TaskFailed(Exception):
    """A sample gave no result; the text says why. final: it would go wrong again; stops: and so would every other one."""

    def __init__(self, words: str, *, final: bool = False, stops: bool = False) -> None:
        super().__init__(words)
        self.final, self.stops = final, stops


@dataclass
class TaskChild:
    """A child and the folder that is its home. served: samples so far."""

    process: subprocess.Popen[bytes]
    folder: str
    served: int = 0

    def end(self) -> None:
        # Its group, so that a tool's own processes do not outlive the sample.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class TaskChildren:
    """Runs samples by one module's `run` (see `task_child.py`). Safe to use from several event loops."""

    def __init__(
        self, module: str, memory_mb: int = 4096, extra: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        """extra: what an operator lets a child have in its environment, read for each new child."""
        self.module, self.memory_mb, self.extra = module, memory_mb, extra
        self._idle: list[TaskChild] = []
        self._lock = threading.Lock()
        self._owner = 0
        self._threads = ThreadPoolExecutor(1)

    async def run(self, facts: Mapping[str, Any], answering: Answering, limit_s: float) -> dict[str, Any]:
        """What came of a sample. answering: gives the answer to a model call. Raises TaskFailed."""
        child = self._take()
        made: dict[str, Any] | None = None
        try:
            async with asyncio.timeout(limit_s + STARTING_SECONDS + GRACE_SECONDS):
                made = await self._talk(child, {**facts, "limit_s": limit_s}, answering)
        except TimeoutError:
            raise TaskFailed(f"it took longer than {limit_s:g} seconds and was ended") from None
        except OSError:
            made = None  # it is gone, and its status says why
        finally:
            self._put_away(child, made is not None and _sound(made))
        if made is None:
            raise TaskFailed(last_words(child.process.returncode, limit_s))
        if "problem" in made:
            raise TaskFailed(
                str(made["problem"]), final=bool(made.get("final")), stops=bool(made.get("stops"))
            )
        return made

    async def _talk(
        self, child: TaskChild, facts: Mapping[str, Any], answering: Answering
    ) -> dict[str, Any] | None:
        """None when the child is gone."""
        loop, process = asyncio.get_running_loop(), child.process
        assert process.stdin is not None and process.stdout is not None
        await loop.run_in_executor(self._threads, send, process.stdin, facts)
        stopped = False
        while True:
            received = await loop.run_in_executor(self._threads, receive, process.stdout)
            if received is None:
                with suppress(subprocess.TimeoutExpired):
                    await loop.run_in_executor(self._threads, process.wait, GRACE_SECONDS)
                return None
            if "ended" in received[0]:
                return {**received[0]["ended"], "stopped": stopped}
            answer = await answering(received[0]["call"])
            stopped = stopped or "stop" in answer
            await loop.run_in_executor(self._threads, send, process.stdin, answer)

    def _take(self) -> TaskChild:
        """A child that is alive; one that was inherited over a fork belongs to somebody else."""
        with self._lock:
            if self._owner != os.getpid():
                self._idle, self._owner = [], os.getpid()
                self._threads = ThreadPoolExecutor(256, thread_name_prefix="tasks")
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child
                child.end()
        return self._new()

    def _new(self) -> TaskChild:
        folder = tempfile.mkdtemp(prefix="plumbline-task-")
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "evaluations.providers.task_child",
                self.module,
                str(self.memory_mb),
                folder,
            ],
            cwd=folder,
            env={**bare_environment(folder), **self.extra()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return TaskChild(process, folder)

    def _put_away(self, child: TaskChild, sound: bool) -> None:
        """Keep a sound child for the next sample; end any other."""
        child.served += 1
        with self._lock:
            if sound and len(self._idle) < MAX_IDLE and child.served < MAX_SAMPLES:
                self._idle.append(child)
                return
        child.end()


def _sound(made: Mapping[str, Any]) -> bool:
    """Whether the process may be asked again: not after a failure that nobody but the task had a part in."""
    return "problem" not in made or bool(made["stopped"] or made.get("stops"))


def bare_environment(folder: str) -> dict[str, str]:
    """All a child gets: where programs and our sources are, and a home of its own. The caches of libraries go there too."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_CACHE_HOME": f"{folder}/cache",
        "XDG_DATA_HOME": f"{folder}/data",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
    }
