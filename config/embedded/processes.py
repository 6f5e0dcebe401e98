"""Children of the command: started in their own group, dead when it is dead, told apart from strangers."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
LOG_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Account:
    """An operating system user that a child runs as."""

    name: str
    uid: int
    gid: int


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel to signal this process when its parent dies; nothing happens where Linux is not the kernel.

    A change of user clears the wish, so it is made after one.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _bound_to(parent: int, number: int) -> Callable[[], None]:
    """What a new child does before it becomes its program. The parent may have died before the wish was made."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def bind() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

    return bind


def open_log(path: Path) -> int:
    """A file descriptor at the log's end; a log over 10 MB is put aside once as `.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def last_lines(path: Path, count: int = 5) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:]) if path.exists() else ""


@dataclass
class Child:
    """One program the command keeps running.

    stop_with: the signal that ends it in order. orphan_with: what it gets when the command itself is killed.
    prepare: run before every start (a server clears its stale files there).
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str]
    cwd: Path
    stop_with: int = signal.SIGTERM
    orphan_with: int = signal.SIGKILL
    account: Account | None = None
    prepare: Callable[[], None] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        if self.prepare:
            self.prepare()
        log = open_log(self.log)
        try:
            self.process = subprocess.Popen(
                self.argv,
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_bound_to(os.getpid(), self.orphan_with),
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        finally:
            os.close(log)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self, number: int | None = None) -> None:
        if self.process and self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number or self.stop_with)

    def wait_stopped(self, until: float) -> bool:
        """True when it is gone by `until` (time.monotonic)."""
        while self.running and time.monotonic() < until:
            time.sleep(0.05)
        return not self.running

    def sweep(self) -> None:
        """Kill what is left of its group: a grandchild may outlive its parent."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def stop_all(children: Sequence[Child], seconds: float) -> None:
    """Stop them together in order, and by force what is still there after `seconds`."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + seconds
    for child in children:
        child.wait_stopped(until)
        child.sweep()


def is_ours(pid: int, *marks: str) -> bool:
    """Whether the process exists and its command line has every mark: a stale pid may belong to a stranger by now."""
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.Error, ValueError):
        return False
    return all(any(mark in word for word in words) for mark in marks)


def end_leftover(pid: int, number: int, seconds: float) -> None:
    """End a process of an earlier start that was killed without its children; by force after `seconds`."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(number)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)
