from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from evaluations.providers import ErrorKind, ProviderError, ProviderSettings
from evaluations.providers.breaker import Breaker, BreakerPolicy, counts
from evaluations.providers.shared import connect
from tests.evaluations.providers.servers import PrivateValkey

SETTINGS = ProviderSettings("acme", "openai_like")
POLICY = BreakerPolicy(failures=3, pause_s=0.2, cap_s=0.4, probe_s=0.3)
Story = Callable[[Breaker, Breaker], Awaitable[None]]


@pytest.fixture(params=["shared", "alone"])
def tell(request: pytest.FixtureRequest, session_valkey: PrivateValkey) -> Callable[[Story], None]:
    """Runs a story with two breakers that share Redis, and with one process's own while Redis is away."""

    async def run(story: Story) -> None:
        if request.param == "alone":
            alone = Breaker(None, policy=POLICY)
            await story(alone, alone)
            return
        redis = connect(session_valkey.url)
        await redis.flushdb()
        await story(Breaker(redis, policy=POLICY), Breaker(redis, policy=POLICY))
        await redis.aclose()

    return lambda story: asyncio.run(run(story))


async def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        await breaker.failed(SETTINGS, "m")


def test_it_opens_after_failures_in_a_row_for_everyone(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 2)
        assert (await two.check(SETTINGS, "m")).allowed
        await fail(two, 1)
        state = await one.check(SETTINGS, "m")
        assert not state.allowed
        assert 0 < state.retry_in_s <= 0.2
        assert state.since == pytest.approx(time.time(), abs=1)

    tell(story)


def test_a_success_in_between_starts_the_count_again(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 2)
        await two.worked(SETTINGS, "m")
        await fail(one, 2)
        assert (await one.check(SETTINGS, "m")).allowed

    tell(story)


def test_after_the_pause_exactly_one_call_may_try(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 3)
        since = (await one.check(SETTINGS, "m")).since
        await asyncio.sleep(0.25)
        states = [
            await one.check(SETTINGS, "m"),
            await two.check(SETTINGS, "m"),
            await one.check(SETTINGS, "m"),
        ]
        assert [state.allowed for state in states] == [True, False, False]
        assert states[0].probe
        await one.failed(SETTINGS, "m")
        again = await two.check(SETTINGS, "m")
        assert (again.allowed, again.since) == (False, since)
        assert 0.2 < again.retry_in_s <= 0.4

    tell(story)


def test_a_probe_that_works_closes_it(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 3)
        await asyncio.sleep(0.25)
        assert (await one.check(SETTINGS, "m")).probe
        await one.worked(SETTINGS, "m")
        states = [await two.check(SETTINGS, "m") for _ in range(3)]
        assert [(state.allowed, state.since) for state in states] == [(True, None)] * 3

    tell(story)


def test_a_probe_whose_worker_died_is_followed_by_another(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 3)
        await asyncio.sleep(0.25)
        assert (await one.check(SETTINGS, "m")).probe
        await asyncio.sleep(0.35)
        assert (await two.check(SETTINGS, "m")).probe

    tell(story)


def test_late_failures_of_calls_in_flight_do_not_lengthen_the_pause(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 20)
        assert (await two.check(SETTINGS, "m")).retry_in_s <= 0.2

    tell(story)


def test_other_models_and_keys_are_not_affected(tell: Callable[[Story], None]) -> None:
    async def story(one: Breaker, two: Breaker) -> None:
        await fail(one, 3)
        assert (await two.check(SETTINGS, "other")).allowed
        assert (await two.check(replace(SETTINGS, secret_name="PLUMBLINE_KEY_B"), "m")).allowed

    tell(story)


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (ProviderError(ErrorKind.RETRYABLE, "", status=503), True),
        (ProviderError(ErrorKind.RETRYABLE, ""), True),
        (ProviderError(ErrorKind.RETRYABLE, "", status=500, body_digest="x"), False),
        (ProviderError(ErrorKind.RETRYABLE, "", body_digest="crash"), False),
        (ProviderError(ErrorKind.RATE_LIMITED, "", status=429), False),
        (ProviderError(ErrorKind.PERMANENT, "", status=400), False),
    ],
)
def test_only_failures_of_the_whole_provider_count(error: ProviderError, counted: bool) -> None:
    assert counts(error) is counted
