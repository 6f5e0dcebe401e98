"""The database and the broker of one start: embedded, or those that DATABASE_URL and BROKER_URL name."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.embedded.places import find_places, state_folder
from config.embedded.postgres import Postgres
from config.embedded.processes import Child
from config.embedded.valkey import Valkey
from config.embedded.words import Trouble


@dataclass
class Servers:
    """What runs beside us. An address given in the environment wins over an embedded server."""

    state: Path
    durable: bool = True
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    def start(self) -> None:
        wanted = not (os.environ.get("DATABASE_URL") and os.environ.get("BROKER_URL"))
        places = find_places(self.state) if wanted else None
        if places and not os.environ.get("DATABASE_URL"):
            self.postgres = Postgres(places, durable=self.durable)
            self.postgres.start()
            self.postgres.ensure_database()
        if places and not os.environ.get("BROKER_URL"):
            self.valkey = Valkey(places, durable=self.durable)
            self.valkey.start()

    def stop(self) -> None:
        """Both at once: nobody is left who would write to them."""
        if self.valkey:
            self.valkey.child.ask_to_stop()
        if self.postgres:
            self.postgres.stop()
        if self.valkey:
            self.valkey.stop()

    @property
    def children(self) -> list[Child]:
        return [server.child for server in (self.postgres, self.valkey) if server]

    def addresses(self) -> dict[str, str]:
        """What a process needs in its environment to use these servers."""
        found = {"PLUMBLINE_STATE": str(self.state)}
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url()
        if self.valkey:
            found["BROKER_URL"] = self.valkey.url()
        return found

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.addresses(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }


class Claim:
    """The right to run this state folder's servers: a lock the kernel drops when its holder dies, with a note of who holds it."""

    def __init__(self, state: Path) -> None:
        self.path = state / "running.json"
        self.file: IO[str] | None = None

    def take(self) -> bool:
        """False when another process holds it."""
        # The note holds addresses with passwords, so it is its owner's alone.
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self.file = file
        self.note({"pid": os.getpid()})
        return True

    def note(self, facts: dict[str, Any]) -> None:
        if self.file:
            self.file.seek(0)
            self.file.truncate()
            json.dump({"pid": os.getpid(), **facts}, self.file)
            self.file.flush()

    def holder(self) -> dict[str, Any]:
        try:
            facts = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def drop(self) -> None:
        if self.file:
            self.file.seek(0)
            self.file.truncate()
            self.file.close()
            self.file = None


@contextmanager
def borrowed(state: Path) -> Iterator[dict[str, str]]:
    """The environment for one command: the servers of a running `up`, or servers started for the time it takes."""
    state_folder(state)
    claim = Claim(state)
    if not claim.take():
        facts = claim.holder()
        if "addresses" not in facts:
            raise Trouble(
                f"Another plumbline command (process {facts.get('pid', 'unknown')}) uses {state}: wait until it is done."
            )
        yield {**os.environ, **facts["addresses"], "DJANGO_SETTINGS_MODULE": "config.settings"}
        return
    servers = Servers(state)
    try:
        servers.start()
        yield servers.environment()
    finally:
        servers.stop()
        claim.drop()
