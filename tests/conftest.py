"""What every test may ask for. The servers are started by tests/settings.py, which Django reads before this file."""

import os
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.db import connection

pytest_plugins = ["tests.browser"]
# Modules that lean on what servers do themselves: triggers, locks, COPY, clocks. They also run on the machine's own ones.
LEANS_ON_SERVERS = (
    "test_freezing",
    "test_engine_",
    "test_push",
    "test_judging_",
    "test_health",
    "test_schedules",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name.startswith(LEANS_ON_SERVERS):
            item.add_marker("machine")


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a real process (worker, beat, command) that shall see this test's database and broker keys."""
    chosen = connection.settings_dict
    user = quote(chosen["USER"]) + (f":{quote(chosen['PASSWORD'])}" if chosen["PASSWORD"] else "")
    host, port = chosen["HOST"], chosen["PORT"]
    query = f"host={quote(host)}" + (f"&port={port}" if port else "")
    url = (
        f"postgres://{user}@/{quote(chosen['NAME'])}?{query}"
        if host
        else f"postgres://{user}@/{quote(chosen['NAME'])}"
    )
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def query_count(django_assert_num_queries: Callable[..., object]) -> Callable[..., object]:
    """`with query_count(4): …`: the block makes exactly that many SQL queries."""
    return django_assert_num_queries
