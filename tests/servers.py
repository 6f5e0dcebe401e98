"""PostgreSQL and Valkey for one test run: embedded, forgetful, gone with the run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.embedded.places import forget_outside, state_folder
from config.embedded.servers import Servers


def ensure() -> None:
    """Put DATABASE_URL, BROKER_URL and a state folder of the run's own into the environment; start what is not given."""
    if os.environ.get("PLUMBLINE_TEST_RUN"):
        return
    state = state_folder(Path(tempfile.mkdtemp(prefix="plumbline-tests-", dir="/tmp")))
    started = Servers(state, durable=False)
    atexit.register(_end, os.getpid(), started)
    started.start()
    os.environ.update(started.addresses())
    os.environ["PLUMBLINE_TEST_RUN"] = str(os.getpid())


def url_of(chosen: dict[str, Any]) -> str:
    """What DATABASE_URL says of a connection's settings."""
    user = quote(chosen["USER"]) + (f":{quote(chosen['PASSWORD'])}" if chosen["PASSWORD"] else "")
    host, port = chosen["HOST"], chosen["PORT"]
    query = f"host={quote(host)}" + (f"&port={port}" if port else "")
    return f"postgres://{user}@/{quote(chosen['NAME'])}" + (f"?{query}" if host else "")


def _end(owner: int, started: Servers) -> None:
    if os.getpid() != owner:
        return
    started.stop()
    forget_outside(started.state)
    shutil.rmtree(started.state, ignore_errors=True)
