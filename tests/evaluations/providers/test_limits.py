from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from evaluations.providers import ProviderSettings
from evaluations.providers.limits import LimitReached, Limits
from evaluations.providers.shared import connect
from tests.evaluations.providers.servers import PrivateValkey


def with_redis(server: PrivateValkey, work: Callable[[Any], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        redis = connect(server.url)
        try:
            await redis.flushdb()
            return await work(redis)
        finally:
            await redis.aclose()

    return asyncio.run(run())


def limited(**limits: Any) -> ProviderSettings:
    return ProviderSettings("acme", "openai_like", **{"max_concurrency": 100, **limits})


async def granted(limits: Limits, settings: ProviderSettings, tries: int, tokens: int = 0) -> int:
    """How many of some tries at one moment get a slot."""
    slots = [await limits.take(settings, tokens) for _ in range(tries)]
    return sum(slot is not None for slot, _ in slots)


def test_calls_at_once_are_limited_over_all_workers(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> tuple[int, int]:
        workers = [Limits(redis), Limits(redis)]
        settings = limited(max_concurrency=3)
        return await granted(workers[0], settings, 2), await granted(workers[1], settings, 5)

    assert with_redis(session_valkey, work) == (2, 1)


def test_a_slot_that_is_given_back_can_be_taken_again(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> int:
        limits, settings = Limits(redis), limited(max_concurrency=1)
        for _ in range(5):
            async with limits.slot(settings, max_wait_s=1):
                assert await granted(limits, settings, 1) == 0
        return await granted(limits, settings, 5)

    assert with_redis(session_valkey, work) == 1


def test_a_dead_workers_slot_ends_by_itself(
    session_valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.providers.limits.SLOT_GRACE_S", 0.7)

    async def work(redis: Any) -> int:
        limits, settings = Limits(redis), limited(max_concurrency=1, timeout_s=0.3)
        assert (await limits.take(settings))[0] is not None
        assert (await limits.take(settings))[0] is None
        await asyncio.sleep(1.1)
        return await granted(limits, settings, 2)

    assert with_redis(session_valkey, work) == 1


def test_requests_a_minute_are_shared_and_paced(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> tuple[int, float]:
        settings = limited(requests_per_minute=60)
        first = await granted(Limits(redis), settings, 10) + await granted(Limits(redis), settings, 10)
        _, wait = await Limits(redis).take(settings)
        return first, wait

    first, wait = with_redis(session_valkey, work)
    assert 6 <= first <= 12, "a tenth of a minute's worth at once, then one a second"
    assert 0 < wait <= 1.5


def test_waiting_callers_come_through_at_the_rate(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> float:
        limits, settings = Limits(redis), limited(requests_per_minute=1200, max_concurrency=1000)
        await granted(limits, settings, 120)
        started = time.monotonic()

        async def one() -> None:
            async with limits.slot(settings):
                return

        await asyncio.gather(*(one() for _ in range(18)))
        return time.monotonic() - started

    assert with_redis(session_valkey, work) >= 0.7, "18 calls at 18 a second"


def test_tokens_a_minute_are_paced_and_unused_ones_given_back(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> tuple[int, int]:
        limits, settings = Limits(redis), limited(tokens_per_minute=60_000)
        async with limits.slot(settings, tokens=6000) as slot:
            before = await granted(limits, settings, 1, tokens=3000)
            slot.spent({"input": 500, "output": 500})
        return before, await granted(limits, settings, 1, tokens=4500)

    assert with_redis(session_valkey, work) == (0, 1)


def test_a_call_larger_than_the_bucket_is_not_locked_out(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> tuple[int, int]:
        limits, settings = Limits(redis), limited(tokens_per_minute=1000)
        return await granted(limits, settings, 1, tokens=5000), await granted(limits, settings, 1, tokens=1)

    assert with_redis(session_valkey, work) == (1, 0)


def test_who_waits_too_long_is_told_when_to_come_back(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> float:
        limits, settings = Limits(redis), limited(requests_per_minute=1)
        await limits.take(settings)
        with pytest.raises(LimitReached) as caught:
            async with limits.slot(settings, max_wait_s=0.1):
                raise AssertionError("no slot was free")
        return caught.value.retry_in_s

    assert 55 <= with_redis(session_valkey, work) <= 61


def test_providers_do_not_share_limits(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> int:
        limits = Limits(redis)
        await limits.take(limited(max_concurrency=1))
        other = ProviderSettings("other", "openai_like", max_concurrency=1)
        return await granted(limits, other, 1)

    assert with_redis(session_valkey, work) == 1


@pytest.mark.parametrize(("share", "slots"), [(1.0, 4), (0.5, 2), (0.01, 1)])
def test_without_redis_a_process_keeps_to_its_share(share: float, slots: int) -> None:
    limits = Limits(None, share=share)
    assert limits.degraded
    assert asyncio.run(granted(limits, limited(max_concurrency=4), 10)) == slots


def test_without_redis_requests_and_tokens_are_still_paced() -> None:
    requests = limited(requests_per_minute=600)
    assert asyncio.run(granted(Limits(None, share=0.5), requests, 100)) == 30
    tokens = limited(tokens_per_minute=60_000)
    assert asyncio.run(granted(Limits(None), tokens, 10, tokens=2000)) == 3


def test_work_goes_on_when_redis_dies_and_after_it_is_back(
    own_valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.providers.shared.AWAY_FOR_S", 0.2)

    async def work() -> list[bool]:
        redis = connect(own_valkey.url)
        limits, settings = Limits(redis, share=0.5), limited(max_concurrency=4)
        seen = []
        async with limits.slot(settings):
            seen.append(limits.degraded)
            own_valkey.stop()
            started = time.monotonic()
            assert await granted(limits, settings, 10) == 2
            assert time.monotonic() - started < 30
            seen.append(limits.degraded)
        own_valkey.start()
        await asyncio.sleep(0.3)
        assert await granted(limits, settings, 10) == 4
        seen.append(limits.degraded)
        await redis.aclose()
        return seen

    assert asyncio.run(work()) == [False, True, False]


def test_a_flush_loses_nothing_but_the_count(session_valkey: PrivateValkey) -> None:
    async def work(redis: Any) -> int:
        limits, settings = Limits(redis), limited(max_concurrency=2)
        async with limits.slot(settings):
            await redis.flushall()
            await redis.script_flush()
            assert await granted(limits, settings, 1) == 1
        return await granted(limits, settings, 5)

    assert with_redis(session_valkey, work) == 1


def test_celerys_socket_address_is_understood(session_valkey: PrivateValkey) -> None:
    async def ping() -> bool:
        redis = connect(f"redis+socket://{session_valkey.socket}?virtual_host=0")
        try:
            return bool(await redis.ping())
        finally:
            await redis.aclose()

    assert asyncio.run(ping())
