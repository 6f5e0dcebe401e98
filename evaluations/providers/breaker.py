"""A circuit breaker per provider, key and model: after several failures in a row nobody calls for a while.

Shared by all workers through Redis; while Redis is away each process keeps its own. After the pause one call may
try (half open); its success closes the breaker, its failure opens it for twice as long.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from evaluations.providers.shared import Scripts
from evaluations.providers.types import ProviderError, ProviderSettings

FORGET_AFTER_S = 3600

# Both answer {allowed, open since (epoch seconds, 0 when closed), seconds until worth asking, probe}.
CHECK = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local state = redis.call('HMGET', KEYS[1], 'since', 'until', 'probing')
if not state[2] then return {'1', '0', '0', '0'} end
local pause, probing = tonumber(state[2]), tonumber(state[3] or '0')
if now < pause then return {'0', state[1], tostring(pause - now), '0'} end
if now < probing then return {'0', state[1], tostring(probing - now), '0'} end
redis.call('HSET', KEYS[1], 'probing', string.format('%.6f', now + tonumber(ARGV[1])))
return {'1', state[1], '0', '1'}
"""
FAILED = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local limit, base, cap = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], 'since', 'until', 'opened')
local opened = tonumber(state[3] or '0')
redis.call('EXPIRE', KEYS[1], ARGV[4])
if state[2] and now < tonumber(state[2]) then
  return {'0', state[1], tostring(tonumber(state[2]) - now), '0'}
end
if not state[2] then
  local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  if failures < limit then return {'1', '0', '0', '0'} end
end
local pause = math.min(cap, base * 2 ^ opened)
local since = state[1] or string.format('%.6f', now)
redis.call('HSET', KEYS[1], 'since', since, 'until', string.format('%.6f', now + pause),
  'opened', opened + 1, 'probing', '0')
return {'0', since, tostring(pause), '0'}
"""
WORKED = """
redis.call('DEL', KEYS[1])
return {'1', '0', '0', '0'}
"""


@dataclass(frozen=True)
class BreakerPolicy:
    """failures: how many in a row open it. Pause in seconds, doubled each time up to cap_s."""

    failures: int = 5
    pause_s: float = 5.0
    cap_s: float = 120.0
    probe_s: float = 60.0


@dataclass(frozen=True)
class BreakerState:
    """allowed: a call may start now. since: epoch seconds it has been open from, None when closed.

    probe: this call is the one that tries whether the provider is back.
    """

    allowed: bool
    since: float | None = None
    retry_in_s: float = 0.0
    probe: bool = False


CLOSED = BreakerState(allowed=True)


@dataclass
class _LocalBreaker:
    """The same rules inside one process; all times are epoch seconds."""

    failures: int = 0
    since: float = 0.0
    until: float = 0.0
    probing: float = 0.0
    opened: int = 0

    def check(self, policy: BreakerPolicy) -> BreakerState:
        now = time.time()
        if not self.until:
            return CLOSED
        if now < max(self.until, self.probing):
            return BreakerState(False, self.since, max(self.until, self.probing) - now)
        self.probing = now + policy.probe_s
        return BreakerState(True, self.since, 0.0, probe=True)

    def failed(self, policy: BreakerPolicy) -> BreakerState:
        now = time.time()
        if self.until and now < self.until:
            return BreakerState(False, self.since, self.until - now)
        self.failures += 1
        if not self.until and self.failures < policy.failures:
            return CLOSED
        pause = min(policy.cap_s, policy.pause_s * 2**self.opened)
        self.since, self.until = self.since or now, now + pause
        self.opened, self.probing = self.opened + 1, 0.0
        return BreakerState(False, self.since, pause)


class Breaker:
    """Asks before a call (`check`), told after it (`worked`, `failed`)."""

    def __init__(
        self, redis: Redis | None, *, prefix: str = "plumbline", policy: BreakerPolicy | None = None
    ) -> None:
        self._scripts = Scripts(redis)
        self._prefix = prefix
        self._policy = policy or BreakerPolicy()
        self._local: dict[str, _LocalBreaker] = {}

    async def check(self, settings: ProviderSettings, api_id: str) -> BreakerState:
        """Whether a call may start. An open breaker says since when and when to ask again."""
        key = self._key(settings, api_id)
        answer = await self._scripts.run(CHECK, [key], [self._policy.probe_s])
        if answer is None:
            return self._local.setdefault(key, _LocalBreaker()).check(self._policy)
        return _state(answer)

    async def failed(self, settings: ProviderSettings, api_id: str) -> BreakerState:
        """Count a failure that speaks against the provider (see `counts`)."""
        policy, key = self._policy, self._key(settings, api_id)
        numbers: list[Any] = [policy.failures, policy.pause_s, policy.cap_s, FORGET_AFTER_S]
        answer = await self._scripts.run(FAILED, [key], numbers)
        if answer is None:
            return self._local.setdefault(key, _LocalBreaker()).failed(policy)
        return _state(answer)

    async def worked(self, settings: ProviderSettings, api_id: str) -> None:
        """A call came back: close it and forget."""
        key = self._key(settings, api_id)
        self._local.pop(key, None)
        await self._scripts.run(WORKED, [key], [])

    def _key(self, settings: ProviderSettings, api_id: str) -> str:
        return breaker_key(self._prefix, settings.slug, settings.secret_name, api_id)


def breaker_key(prefix: str, slug: str, secret_name: str, api_id: str) -> str:
    """Where a breaker's state is kept: a hash with `since` and `until` (epoch seconds) while it is open."""
    return f"{prefix}:breaker:{slug}:{secret_name}:{api_id}"


def counts(error: ProviderError) -> bool:
    """True for failures of the provider as a whole: no connection, timeouts, unavailable.

    A plain 500 may be the fault of one sample, and a 429 is answered by waiting.
    """
    return (
        error.retried
        and (error.status is None or error.status in {502, 503, 504, 529})
        and not _crashed(error)
    )


def _crashed(error: ProviderError) -> bool:
    return error.status is None and bool(error.body_digest)


def _state(answer: list[float]) -> BreakerState:
    allowed, since, retry_in_s, probe = answer
    return BreakerState(bool(allowed), since or None, retry_in_s, bool(probe))
