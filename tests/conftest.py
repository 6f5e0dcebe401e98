"""What every test may ask for. The servers are started by tests/settings.py, which Django reads before this file."""

import gc
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from django.db import connection

from tests import flushing, servers

pytest_plugins = ["tests.browser"]
flushing.install()
# As the web server: a page makes thousands of objects that die with it.
gc.set_threshold(20_000, 20, 20)
# How fast inputs are made is the machine's affair: a busy one would fail a rule that holds.
hypothesis.settings.register_profile(
    "plumbline", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("plumbline")
# Modules that lean on what servers do themselves: triggers, locks, COPY, clocks. They also run on the machine's own ones.
LEANS_ON_SERVERS = (
    "test_freezing",
    "test_engine_",
    "test_push",
    "test_judging_",
    "test_health",
    "test_schedules",
)
LONG = ("slow", "browser", "faults")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only those are asked for, the others are not even imported."""
    only = str(config.getoption("markexpr")).startswith("machine")
    name = collection_path.name
    return True if only and name.startswith("test_") and not name.startswith(LEANS_ON_SERVERS) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, then those of many tests: small ones fill up the end of a run on two cores."""
    tests = Counter(item.path for item in items)
    long = {item.path for item in items if any(item.get_closest_marker(name) for name in LONG)}
    for item in items:
        if item.path.name.startswith(LEANS_ON_SERVERS):
            item.add_marker("machine")
    items.sort(key=lambda item: (item.path not in long, -tests[item.path]))


def pytest_collection_finish() -> None:
    """Eight thousand tests and what they import stay to the end: looking through them for garbage again and again finds nothing."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a real process (worker, beat, command) that shall see this test's database and broker keys."""
    return {
        **os.environ,
        "DATABASE_URL": servers.url_of(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def query_count(django_assert_num_queries: Callable[..., object]) -> Callable[..., object]:
    """`with query_count(4): …`: the block makes exactly that many SQL queries."""
    return django_assert_num_queries
