import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from config.embedded.places import find_places, forget_outside, state_folder
from config.embedded.valkey import Valkey
from tests.evaluations.providers.billing_server import BillingServer
from tests.faults.world import World


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
) -> Iterator[World]:
    settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{billing.port}"]
    made = World(process_environment, valkey.url(), tmp_path, billing)
    yield made
    made.stop()
