"""PostgreSQL from a wheel's programs: one server on a unix socket, its data in the state folder."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded.places import Places, packaged_programs
from config.embedded.processes import Child, end_leftover, is_ours, last_lines
from config.embedded.words import Trouble

MOST_CACHED, MEGABYTE = 512, 1024 * 1024


def page_cache() -> int:
    """Megabytes for pages of the database: a quarter of the machine's memory, at most 512. Only what is read takes them up."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(128, min(MOST_CACHED, memory // 4 // MEGABYTE))


USER = "postgres"
DATABASE = "plumbline"
READY_SECONDS = 60.0
SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    f"shared_buffers={page_cache()}MB",
    "max_wal_size=1GB",
    "timezone=UTC",
    "log_timezone=UTC",
)
# For servers that live as long as a test run and may lose everything.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """The server of one state folder; `child` is the process to keep running."""

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        settings = (*SETTINGS, f"unix_socket_directories={places.sockets}", *(() if durable else CARELESS))
        self.child = Child(
            name="postgres",
            argv=[
                str(places.programs / "postgres"),
                "-D",
                str(places.data),
                *(f"--{setting}" for setting in settings),
            ],
            log=places.logs / "postgres.log",
            env=_environment(),
            cwd=places.data.parent,
            stop_with=signal.SIGINT,
            orphan_with=signal.SIGINT,
            account=places.account,
            prepare=self.prepare,
        )

    def url(self, database: str = DATABASE) -> str:
        return f"postgres://{USER}@/{database}?host={self.places.sockets}"

    def prepare(self) -> None:
        """Make the data folder on the first start; clear what a killed server left."""
        if not (self.places.data / "PG_VERSION").exists():
            self._initialise()
        self._check_release()
        self._clear_stale_pid()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Until it answers; recovery after a kill takes a while. Raises Trouble with the log's end when it died."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.child.running:
                raise Trouble(f"PostgreSQL did not start:\n{last_lines(self.child.log)}")
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url(USER), connect_timeout=2).close()
                return
            time.sleep(0.05)
        raise Trouble(f"PostgreSQL did not answer within {seconds:.0f} seconds; its log is {self.child.log}.")

    def start(self) -> None:
        """Start and wait. A killed server's own children may hold its memory for a moment, so it is tried again."""
        for attempt in range(3):
            self.child.start()
            try:
                self.wait_ready()
                return
            except Trouble:
                if attempt == 2:
                    raise
                time.sleep(1)

    def ensure_database(self, name: str = DATABASE) -> None:
        with psycopg.connect(self.url(USER), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def stop(self, seconds: float = 2.5) -> None:
        """In order, then at once without the last checkpoint (the next start recovers), then by force."""
        for number, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 1.0)):
            self.child.ask_to_stop(number)
            if self.child.wait_stopped(time.monotonic() + patience):
                break
        self.child.sweep()

    def _initialise(self) -> None:
        """Into a folder beside it and renamed, so that one cut short is made again."""
        fresh = self.places.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        account = self.places.account
        done = subprocess.run(
            [
                str(self.places.programs / "initdb"),
                *("-D", str(fresh), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
            ],
            cwd=self.places.data.parent,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Trouble(f"PostgreSQL's data folder could not be made: {done.stderr.strip()[-500:]}")
        fresh.rename(self.places.data)

    def _check_release(self) -> None:
        made_by = (self.places.data / "PG_VERSION").read_text().strip()
        done = subprocess.run(
            [str(self.places.programs / "postgres"), "--version"],
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        ours = done.stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise Trouble(
                f"The data in {self.places.data} was made by PostgreSQL {made_by} and the packages bring {ours}: "
                "restore a backup into an empty state folder."
            )

    def _clear_stale_pid(self) -> None:
        """A killed server leaves its pid file, whose number may be a stranger's by now: ask whose it is before ending it."""
        pid_file = self.places.data / "postmaster.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().split("\n", 1)[0].strip()
        if first.isdigit() and is_ours(int(first), "postgres", str(self.places.data)):
            end_leftover(int(first), signal.SIGINT, 10)
        pid_file.unlink(missing_ok=True)


def client(name: str) -> Path:
    """A client program (pg_dump, psql) of the packaged PostgreSQL, run as ourselves."""
    return packaged_programs() / name


def _environment() -> dict[str, str]:
    """Nothing of ours but the path and language: PGDATA or PGOPTIONS of the caller would steer the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
