"""How often one may call, with the counter that all web processes share."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from config.api.throttling import AddressThrottle, PersonThrottle, SharedThrottle
from tests.factories.people import make_user

AWAY = "redis://127.0.0.1:1/0"


class TwoAMinute(AddressThrottle):
    rate = "2/min"
    timer = staticmethod(lambda: 1_000_030.0)


def redis() -> Any:
    """The client behind the cache of the throttles."""
    cache: Any = caches["throttles"]
    return cache._cache.get_client()


def a_call(throttle: SharedThrottle, address: str) -> bool:
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    request.user = AnonymousUser()
    return throttle.allow_request(request, APIView())


@pytest.fixture
def shared(settings):
    settings.CACHES = settings.SHARED_CACHES
    SharedThrottle.away_until = 0.0


@pytest.fixture
def away(settings):
    counter = {**settings.SHARED_CACHES["throttles"], "LOCATION": AWAY}
    settings.CACHES = {**settings.SHARED_CACHES, "throttles": counter}
    SharedThrottle.away_until = 0.0
    yield
    SharedThrottle.away_until = 0.0


def test_every_process_raises_the_same_number(shared) -> None:
    address = uuid4().hex
    assert a_call(TwoAMinute(), address)
    caches.close_all()
    assert a_call(TwoAMinute(), address)
    refused = TwoAMinute()
    assert not a_call(refused, address)
    assert refused.wait() == 60 - 1_000_030 % 60
    assert a_call(TwoAMinute(), uuid4().hex)


def test_the_next_window_starts_over(shared) -> None:
    address = uuid4().hex
    assert [a_call(TwoAMinute(), address) for _ in range(3)] == [True, True, False]
    later = TwoAMinute()
    later.timer = lambda: 1_000_090.0
    assert a_call(later, address)


def test_the_counter_has_keys_of_its_own_that_end(shared) -> None:
    address = uuid4().hex
    a_call(TwoAMinute(), address)
    counter = redis()
    [key] = counter.keys(f"*{address}*")
    assert key.decode().startswith(f"{settings.REDIS_PREFIX}:throttles:")
    assert 0 < counter.ttl(key) <= 120


def test_without_redis_everybody_is_let_through_and_nobody_waits(away, caplog) -> None:
    assert all(a_call(TwoAMinute(), "10.0.0.1") for _ in range(20))
    assert [record.getMessage() for record in caplog.records if "throttling" in record.name] == [
        "Requests are not counted: Redis is away (ConnectionError)."
    ]


@pytest.mark.django_db
def test_the_api_answers_without_redis(away, client) -> None:
    client.force_login(make_user("viewer"))
    assert client.get("/api/v1/me/").status_code == 200
    assert SharedThrottle.away_until > 0


@pytest.mark.django_db
def test_the_api_counts_every_caller(shared, client) -> None:
    assert {PersonThrottle, AddressThrottle} == set(APIView.throttle_classes)
    person = make_user("viewer")
    client.force_login(person)
    counter = redis()
    before = {key: counter.get(key) for key in _keys_of(person)}
    assert client.get("/api/v1/me/").status_code == 200
    after = {key: counter.get(key) for key in _keys_of(person)}
    assert after != before


def _keys_of(person) -> Any:
    return redis().keys(f"*:throttle_user_{person.pk}:*")
