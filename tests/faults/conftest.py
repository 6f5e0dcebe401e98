import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker, Settings

from config import env
from config.embedded.dumps import fill, write_dump
from config.embedded.places import find_places, forget_outside, state_folder
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from tests.evaluations.providers.billing_server import BillingServer
from tests.faults.world import World
from tests.servers import url_of


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of this test's own, short enough for sockets."""
    folder = state_folder(Path(tempfile.mkdtemp(prefix="plumbline-fault-", dir="/tmp")))
    yield folder
    forget_outside(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def valkey(state: Path) -> Iterator[Valkey]:
    """A broker of this test's own: it may be flushed and stopped."""
    server = Valkey(find_places(state), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def billing() -> Iterator[BillingServer]:
    with BillingServer(latency_ms=60) as server:
        yield server


@pytest.fixture
def world(
    process_environment: dict[str, str],
    valkey: Valkey,
    billing: BillingServer,
    tmp_path: Path,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> Iterator[World]:
    settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{billing.port}"]
    made = World(process_environment, valkey.url(), tmp_path, billing, name_of(request))
    yield made
    made.stop()


def name_of(request: pytest.FixtureRequest) -> str:
    """The test's name as words: the fault's row in the table."""
    words = request.node.originalname.removeprefix("test_").replace("_", " ")
    case = request.node.name.removeprefix(request.node.originalname).strip("[]")
    return f"{words} ({case})" if case else words


@pytest.fixture
def own_postgres(
    state: Path, transactional_db: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Postgres]:
    """A database server of this test's own, which this process uses too until the end of the test."""
    with served(state, django_db_blocker) as server:
        yield server


@contextmanager
def served(folder: Path, blocker: DjangoDbBlocker) -> Iterator[Postgres]:
    """Its tables are those of the run's database, which take a tenth of the time of all migrations."""
    chosen = connections["default"]
    before = dict(chosen.settings_dict)
    server = Postgres(find_places(folder), durable=True)
    server.start()
    server.ensure_database()
    write_dump(url_of(before), folder / "tables.dump")
    fill(server.url(), folder / "tables.dump")
    chosen.close()
    chosen.settings_dict.update(env.database(server.url()) | {"OPTIONS": before["OPTIONS"]})
    try:
        with blocker.unblock():
            yield server
            chosen.close()
    finally:
        chosen.settings_dict.clear()
        chosen.settings_dict.update(before)
        server.stop()


@pytest.fixture
def own_world(
    own_postgres: Postgres,
    valkey: Valkey,
    billing: BillingServer,
    tmp_path: Path,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> Iterator[World]:
    """A world on `own_postgres`, which may be stopped and started."""
    settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{billing.port}"]
    made = World(database_environment(own_postgres), valkey.url(), tmp_path, billing, name_of(request))
    yield made
    made.stop()


def database_environment(server: Postgres) -> dict[str, str]:
    chosen = {
        "DATABASE_URL": server.url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **chosen}
