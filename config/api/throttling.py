"""How often one may call, counted over all web processes. While the counter is away nobody is refused for it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, ClassVar

import redis
from django.core.cache import caches
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)
# The counter is not asked again so soon after it was away: nobody waits for it at every request.
AWAY_SECONDS = 5


class SharedThrottle(SimpleRateThrottle):
    """Counts in windows as long as the rate's period, one number a caller, raised in one step so that none is lost."""

    away_until: ClassVar[float] = 0.0
    num_requests: int
    duration: int
    now: float

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.get_cache_key(request, view)
        self.now = self.timer()
        if key is None or time.monotonic() < SharedThrottle.away_until:
            return True
        try:
            return self._counted(key) <= self.num_requests
        # ValueError: the number was thrown away, by a restart or for lack of room, before it could be raised.
        except (redis.RedisError, ValueError) as error:
            SharedThrottle.away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("Requests are not counted: Redis is away (%s).", type(error).__name__)
            return True

    def wait(self) -> float:
        """Seconds until the next window begins."""
        return self.duration - self.now % self.duration

    def _counted(self, key: str) -> int:
        """How many there were in this window, with this one."""
        counter = f"{key}:{int(self.now // self.duration)}"
        shared = caches["throttles"]
        shared.add(counter, 0, self.duration * 2)
        return shared.incr(counter)


class PersonThrottle(SharedThrottle, UserRateThrottle):
    """Everybody signed in, whatever token they use."""


class AddressThrottle(SharedThrottle, AnonRateThrottle):
    """Everybody else, by address."""


class PageThrottle(SharedThrottle):
    """Pages that open without signing in, by address."""

    rate = "60/min"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": "page", "ident": self.get_ident(request)}


def page_is_refused(request: HttpRequest) -> bool:
    """Whether an open page was asked for too often from this address."""
    throttle: Any = PageThrottle()
    return not throttle.allow_request(request, None)
