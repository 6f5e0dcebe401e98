import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from evaluations.engine.slice import AWAY
from evaluations.engine.worker import limit_idling
from evaluations.models import Provider
from tests.factories.evaluations import make_provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_connection() -> Iterator[None]:
    yield
    connection.close()


def idle_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        return str(cursor.fetchone()[0])


def test_a_worker_may_not_keep_a_transaction_open_past_four_leases(settings: Settings) -> None:
    settings.LEASE_SECONDS = 3
    limit_idling(connection)
    assert idle_limit() == "12s"


def test_what_a_frozen_worker_left_open_is_undone_and_its_locks_are_free(settings: Settings) -> None:
    provider = make_provider(name="Before")
    settings.LEASE_SECONDS = 0.05
    limit_idling(connection)
    with pytest.raises(AWAY), transaction.atomic():
        Provider.objects.filter(pk=provider.pk).update(name="Frozen")
        time.sleep(0.8)
        Provider.objects.filter(pk=provider.pk).update(name="Awake")
    connection.close()
    with transaction.atomic():
        assert Provider.objects.select_for_update(nowait=True).get(pk=provider.pk).name == "Before"
