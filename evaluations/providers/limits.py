"""Requests a minute, tokens a minute and calls at once, shared by all workers through Redis.

Requests and tokens are token buckets that hold a tenth of a minute's worth; refill is set so that no minute sees
more than the limit. Calls at once are slots that end by themselves if their worker dies. While Redis is away each
process keeps its own share of the limits.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from redis.asyncio import Redis

from evaluations.providers.shared import Scripts
from evaluations.providers.types import ProviderSettings, Usage

SLOT_GRACE_S = 15.0
FULL_WAIT_S = 0.1

# Answers {how many of the calls, from the first on, were granted; seconds to wait for the next}. For one call all is taken or nothing.
TAKE = """
local function level(key, capacity, rate, now)
  local state = redis.call('HMGET', key, 'level', 'at')
  local held = tonumber(state[1]) or capacity
  local at = tonumber(state[2]) or now
  return math.min(capacity, held + math.max(0, now - at) * rate)
end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local request_cap, request_rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local token_cap, token_rate = tonumber(ARGV[3]), tonumber(ARGV[4])
local most, lease = tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local free = most - redis.call('ZCARD', KEYS[3])
local requests = request_cap > 0 and level(KEYS[1], request_cap, request_rate, now) or 0
local budget = token_cap > 0 and level(KEYS[2], token_cap, token_rate, now) or 0
local granted, wait = 0, 0
for place = 7, #ARGV, 2 do
  local tokens = tonumber(ARGV[place])
  local need = math.min(tokens, token_cap)
  if granted >= free then wait = -1 break end
  if request_cap > 0 and requests < 1 then wait = (1 - requests) / request_rate end
  if token_cap > 0 and budget < need then wait = math.max(wait, (need - budget) / token_rate) end
  if wait > 0 then break end
  requests, budget, granted = requests - 1, budget - tokens, granted + 1
  redis.call('ZADD', KEYS[3], string.format('%.6f', now + lease), ARGV[place + 1])
end
if granted == 0 then return {'0', tostring(wait)} end
if request_cap > 0 then
  redis.call('HSET', KEYS[1], 'level', tostring(requests), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[1], 600)
end
if token_cap > 0 then
  redis.call('HSET', KEYS[2], 'level', tostring(budget), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[2], 600)
end
redis.call('EXPIRE', KEYS[3], math.ceil(lease) + 60)
return {tostring(granted), tostring(wait)}
"""

# Ends slots and gives back the tokens that were reserved and not used (or takes the ones used beyond).
GIVE_BACK = """
for place = 2, #ARGV do redis.call('ZREM', KEYS[2], ARGV[place]) end
if tonumber(ARGV[1]) ~= 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBYFLOAT', KEYS[1], 'level', ARGV[1])
end
return {'1'}
"""


# Slots that have not ended yet last longer.
EXTEND = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
for place = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', string.format('%.6f', now + tonumber(ARGV[1])), ARGV[place])
end
return {'1'}
"""


class LimitReached(Exception):
    """No slot within the time given. retry_in_s: when it is worth asking again."""

    def __init__(self, retry_in_s: float) -> None:
        super().__init__(f"The provider's limits are used up; try again in {retry_in_s:.1f} seconds.")
        self.retry_in_s = retry_in_s


@dataclass(eq=False)
class Slot:
    """The right to make one call. Say what it used with `spent`; until then the estimate counts."""

    name: str
    tokens: int
    local: bool
    used: int | None = None

    def spent(self, usage: Usage) -> None:
        if usage:
            self.used = usage.get("input", 0) + usage.get("output", 0)

    @property
    def unused(self) -> int:
        return 0 if self.used is None else self.tokens - self.used


@dataclass(frozen=True)
class _Rates:
    """Bucket sizes and refill a second; a capacity of 0 means no limit."""

    request_capacity: float
    request_rate: float
    token_capacity: float
    token_rate: float
    slots: int


def _rates(settings: ProviderSettings, share: float = 1.0) -> _Rates:
    requests = (settings.requests_per_minute or 0) * share
    tokens = (settings.tokens_per_minute or 0) * share
    request_capacity = max(1.0, requests / 10) if requests else 0.0
    return _Rates(
        request_capacity=request_capacity,
        request_rate=max(requests - request_capacity + 1, requests / 2) / 60
        if requests >= 1
        else requests / 60,
        token_capacity=tokens / 10,
        token_rate=tokens * 0.9 / 60,
        slots=max(1, int(settings.max_concurrency * share)),
    )


@dataclass
class _Bucket:
    level: float
    at: float

    def refill(self, capacity: float, rate: float, now: float) -> float:
        self.level = min(capacity, self.level + (now - self.at) * rate)
        self.at = now
        return self.level


@dataclass
class _LocalLimits:
    """The same buckets inside one process."""

    requests: _Bucket | None = None
    tokens: _Bucket | None = None
    slots: dict[str, float] = field(default_factory=dict)

    def take(self, rates: _Rates, slot: Slot, lease_s: float) -> float:
        """0.0 when granted, else seconds to wait (-1 when all slots are taken)."""
        now = time.monotonic()
        self.slots = {name: until for name, until in self.slots.items() if until > now}
        if len(self.slots) >= rates.slots:
            return -1.0
        self.requests = self.requests or _Bucket(rates.request_capacity, now)
        self.tokens = self.tokens or _Bucket(rates.token_capacity, now)
        wait = max(self._request_wait(rates, now), self._token_wait(rates, slot.tokens, now))
        if wait > 0:
            return wait
        self.requests.level -= 1
        self.tokens.level -= slot.tokens
        self.slots[slot.name] = now + lease_s
        return 0.0

    def _request_wait(self, rates: _Rates, now: float) -> float:
        if not rates.request_capacity or self.requests is None:
            return 0.0
        level = self.requests.refill(rates.request_capacity, rates.request_rate, now)
        return max(0.0, (1 - level) / rates.request_rate)

    def _token_wait(self, rates: _Rates, tokens: int, now: float) -> float:
        if not rates.token_capacity or self.tokens is None:
            return 0.0
        level = self.tokens.refill(rates.token_capacity, rates.token_rate, now)
        return max(0.0, (min(tokens, rates.token_capacity) - level) / rates.token_rate)

    def give_back(self, slot: Slot) -> None:
        self.slots.pop(slot.name, None)
        if self.tokens is not None:
            self.tokens.level += slot.unused


class Limits:
    """Hands out slots. share: the part of the limits this process may use while Redis is away (1 / workers).

    lease_s: how long a slot lasts unless it is extended; None for as long as a call may take. A short one is given back soon
    after its worker died.
    """

    def __init__(
        self,
        redis: Redis | None,
        *,
        prefix: str = "plumbline",
        share: float = 1.0,
        lease_s: float | None = None,
    ) -> None:
        self._scripts = Scripts(redis)
        self._prefix = prefix
        self._share = share
        self._lease_s = lease_s
        self._local: dict[str, _LocalLimits] = {}

    @property
    def degraded(self) -> bool:
        """True while each process keeps to its own share."""
        return self._scripts.away

    @asynccontextmanager
    async def slot(
        self, settings: ProviderSettings, tokens: int = 0, max_wait_s: float = 30.0
    ) -> AsyncIterator[Slot]:
        """Wait for the right to call, and give it back at the end. Raises LimitReached after max_wait_s.

        tokens: what the call will probably use, input and output.
        """
        slot = await self.wait(settings, tokens, max_wait_s)
        try:
            yield slot
        finally:
            await self.give_back(settings, [slot])

    async def wait(self, settings: ProviderSettings, tokens: int, max_wait_s: float) -> Slot:
        """A slot, as soon as there is one; give it back. Raises LimitReached after max_wait_s."""
        give_up_at = time.monotonic() + max_wait_s
        while True:
            slot, wait = await self.take(settings, tokens)
            if slot is not None:
                return slot
            if time.monotonic() + wait > give_up_at:
                raise LimitReached(wait)
            await asyncio.sleep(wait * random.uniform(1.0, 1.2))

    async def take(self, settings: ProviderSettings, tokens: int = 0) -> tuple[Slot | None, float]:
        """A slot, or None and the seconds after which to ask again. Never waits."""
        granted, wait = await self.take_many(settings, [tokens])
        return (granted[0], 0.0) if granted else (None, wait)

    async def take_many(self, settings: ProviderSettings, tokens: Sequence[int]) -> tuple[list[Slot], float]:
        """Slots for these calls, from the first on, as many as may start; and the seconds after which to ask for the next. Never waits."""
        slots = [Slot(name=uuid.uuid4().hex, tokens=count, local=False) for count in tokens]
        rates = _rates(settings)
        numbers = [rates.request_capacity, rates.request_rate, rates.token_capacity, rates.token_rate]
        wanted = [part for slot in slots for part in (slot.tokens, slot.name)]
        answer = await self._scripts.run(
            TAKE, self._keys(settings), [*numbers, rates.slots, self._lease_of(settings), *wanted]
        )
        count, wait = self._take_here(settings, slots) if answer is None else (int(answer[0]), answer[1])
        return slots[:count], FULL_WAIT_S if wait < 0 else wait

    def _take_here(self, settings: ProviderSettings, slots: Sequence[Slot]) -> tuple[int, float]:
        """The same from this process's own share: how many were granted, and the seconds to wait for the next."""
        local, rates = self._local.setdefault(settings.slug, _LocalLimits()), _rates(settings, self._share)
        for count, slot in enumerate(slots):
            slot.local = True
            if wait := local.take(rates, slot, settings.timeout_s + SLOT_GRACE_S):
                return count, wait
        return len(slots), 0.0

    async def extend(self, settings: ProviderSettings, slots: Sequence[Slot]) -> None:
        """Let slots that are still in use last for another lease."""
        names = [slot.name for slot in slots if not slot.local]
        if names:
            await self._scripts.run(EXTEND, self._keys(settings)[2:], [self._lease_of(settings), *names])

    def _lease_of(self, settings: ProviderSettings) -> float:
        return settings.timeout_s + SLOT_GRACE_S if self._lease_s is None else self._lease_s

    async def give_back(self, settings: ProviderSettings, slots: Sequence[Slot]) -> None:
        """End slots. If Redis is away now, those there end by themselves."""
        shared = [slot for slot in slots if not slot.local]
        for slot in slots:
            if slot.local:
                self._local[settings.slug].give_back(slot)
        if shared:
            values = [sum(slot.unused for slot in shared), *(slot.name for slot in shared)]
            await self._scripts.run(GIVE_BACK, self._keys(settings)[1:], values)

    def _keys(self, settings: ProviderSettings) -> list[str]:
        base = f"{self._prefix}:limits:{{{settings.slug}}}"
        return [f"{base}:requests", f"{base}:tokens", f"{base}:slots"]
