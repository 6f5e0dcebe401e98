from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.servers import PrivateValkey


@pytest.fixture
def billing() -> Iterator[BillingServer]:
    with BillingServer() as server:
        yield server


@pytest.fixture(scope="session")
def session_valkey() -> Iterator[PrivateValkey]:
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        server = PrivateValkey(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def own_valkey() -> Iterator[PrivateValkey]:
    """One that this test may stop."""
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        server = PrivateValkey(Path(folder))
        server.start()
        yield server
        server.stop()
