"""What benchmarks stand on: a database of their own on the server in use, and a web server as in production."""

import http.client
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """The address of an empty database on the server in use."""
    own = os.environ["DATABASE_URL"]
    address = urlunsplit(urlsplit(own)._replace(path=f"/plumbline_bench_{name}"))
    with psycopg.connect(own, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS plumbline_bench_{name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE plumbline_bench_{name}")
        try:
            yield address
        finally:
            server.execute(f"DROP DATABASE IF EXISTS plumbline_bench_{name} WITH (FORCE)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Seconds of a processor by process: those of the web server, those of the database.
Used = tuple[dict[str, float], dict[str, float]]


@dataclass(frozen=True)
class Server:
    """port: where it answers. pid: of the process whose children answer. database: the address they ask."""

    port: int
    pid: int
    database: str

    def processor_seconds(self) -> Used:
        """What the web server's processes and the database's have used so far, where both run on this machine."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        with psycopg.connect(self.database) as own:
            asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            backends = [str(pid) for (pid,) in own.execute(asked).fetchall()]
        return {pid: _used(pid) for pid in workers}, {pid: _used(pid) for pid in backends}


def _used(pid: str) -> float:
    """Seconds of a processor in user and system mode; none of a process that has gone."""
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def used(now: Used, before: Used, requests: int) -> tuple[float, float]:
    """Milliseconds of a processor for one request: of the web server, of the database. A process that ended meanwhile counts nothing."""
    web, database = (
        sum(seconds - was.get(pid, 0.0) for pid, seconds in after.items())
        for after, was in zip(now, before, strict=True)
    )
    return web * 1000 / requests, database * 1000 / requests


@contextmanager
def web_server(database: str) -> Iterator[Server]:
    port = free_port()
    argv = ["-m", "gunicorn", "-c", "config/embedded/web.py", "-b", f"127.0.0.1:{port}"]
    argv += ["--log-level", "error", "config.wsgi"]
    environment = {**os.environ, "DATABASE_URL": database, "PLUMBLINE_LOG_LEVEL": "ERROR"}
    process = subprocess.Popen([sys.executable, *argv], env=environment)
    try:
        wait_for(port)
        yield Server(port, process.pid, database)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The web server did not start.")


@dataclass(frozen=True)
class Served:
    """Who asks: a person signed in, and the secret of a token that may read."""

    user: Any
    cookie: str
    secret: str


def prepared(requirements: int, versions: int) -> Served:
    """The database of DATABASE_URL migrated and filled, every standing worked out, and somebody to look at it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from django.db import connection
    from django.utils import timezone

    from benchmarks.shared.requirements import make_world
    from capabilities.models import Standing
    from capabilities.queries.standings import due_count
    from capabilities.services.standings import rebuild_standings

    start = time.perf_counter()
    world = make_world(requirements, versions)
    made = time.perf_counter()
    rebuild_standings()
    done = time.perf_counter()
    assert due_count(world.product, timezone.now()) == 0
    check(world)
    standing = Standing.objects.count()
    print(
        f"made in {made - start:.0f} s; {standing:,} standings worked out in {done - made:.0f} s", flush=True
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return signed_in(world.user)


def signed_in(user: Any) -> Served:
    from django.conf import settings
    from django.test import Client

    from config.people.services.tokens import issue_token

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    _, secret = issue_token(user=user, name="bench", scopes=["read"])
    return Served(user, client.cookies["sessionid"].value, secret)


def check(world: Any) -> None:
    """Standings say what their sources say, for some requirements; and the first rows of a list what all they rest on says."""
    from django.db.models import F

    from capabilities.models import Requirement, Standing
    from capabilities.queries.products import judged_versions
    from capabilities.queries.requirement_rows import as_record
    from capabilities.queries.requirements import filter_from, requirement_list
    from capabilities.queries.states import states_by_version
    from capabilities.services.standings import FIELDS, row_of

    ids = Requirement.objects.order_by("position").values_list("pk", flat=True)[
        :: max(1, world.requirements // 100)
    ]
    some = Requirement.objects.filter(pk__in=list(ids)).select_related("product")
    kept = Standing.objects.filter(requirement__in=some).order_by(
        "requirement", F("model_version").asc(nulls_first=True)
    )
    said = [row_of(state) for state in states_by_version(some.order_by("pk"))]
    assert list(kept.values(*FIELDS)) == said
    for query in ({}, {"verdict": "not_met", "sort": "-gap"}, {"sort": "title"}):
        lists = [
            requirement_list(world.product, judged_versions(world.product), filter_from(query), bare=bare)
            for bare in (True, False)
        ]
        bare, whole = (list(map(as_record, found[:50])) for found in lists)
        assert bare == whole and len(bare) == min(50, len(lists[0])), query


class Visitor:
    """One connection that stays open, of somebody signed in or of a token."""

    def __init__(self, port: int, served: Served) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.page = {"Cookie": f"sessionid={served.cookie}"}
        self.api = {"Authorization": f"Bearer {served.secret}"}

    def get(self, path: str) -> float:
        """Milliseconds until the whole answer was there. It must be a good one."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers=self.api if path.startswith("/api/") else self.page)
        reply = self.connection.getresponse()
        content = reply.read()
        taken = (time.perf_counter() - start) * 1000
        assert reply.status == 200, (path, reply.status, content[:300])
        return taken


def versions_line() -> str:
    import django
    from django.db import connection

    server = connection.cursor().connection.info.server_version // 10_000
    connection.close()
    load = "load average " + ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{date.today():%-d %B %Y}, Python {platform.python_version()}, Django {django.get_version()}, PostgreSQL {server}, "
        f"{os.cpu_count()} cores, {load}"
    )
