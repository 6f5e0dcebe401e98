"""Small shared state in Redis: atomic scripts, and a quiet way of doing without while Redis is away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

AWAY_FOR_S = 5.0


def connect(url: str) -> Redis:
    """A client for one event loop that fails fast. Understands Celery's redis+socket:// addresses too."""
    if url.startswith("redis+socket://"):
        url = url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
    client: Redis = Redis.from_url(
        url,
        socket_timeout=2.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    return client


class Scripts:
    """Runs Lua scripts; answers None while Redis is away, and asks it again every few seconds."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._registered: dict[str, Any] = {}

    @property
    def away(self) -> bool:
        return self._redis is None or time.monotonic() < self._away_until

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> list[float] | None:
        """The script's list of numbers, or None while there is no Redis to ask."""
        if self._redis is None or self.away:
            return None
        if script not in self._registered:
            self._registered[script] = self._redis.register_script(script)
        try:
            answer = await self._registered[script](keys=list(keys), args=list(args))
        except (RedisError, OSError, TimeoutError):
            self._away_until = time.monotonic() + AWAY_FOR_S
            return None
        return [float(item) for item in cast("list[Any]", answer)]
