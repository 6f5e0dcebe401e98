"""Which of a provider's models nobody calls for a while, as the workers' circuit breakers have it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from django.conf import settings

from config.broker import broker
from evaluations.models import Provider
from evaluations.providers.breaker import breaker_key


@dataclass(frozen=True)
class Pause:
    """A model that failed several times in a row. retry_in: seconds until one call tries again, 0 when it may now."""

    api_id: str
    since: datetime
    retry_in: float


def pauses_of(provider: Provider, api_ids: Iterable[str]) -> Sequence[Pause] | None:
    """Pauses of these models, those that last longest first; None while the broker cannot be asked."""
    asked = sorted(set(api_ids))
    if not asked:
        return []
    try:
        with broker() as connection, connection.pipeline(transaction=False) as pipe:
            for api_id in asked:
                key = breaker_key(settings.REDIS_PREFIX, provider.slug, provider.secret_name, api_id)
                pipe.hmget(key, ["since", "until"])
            states = pipe.execute()
    except redis.RedisError:
        return None
    now = time.time()
    found = [
        Pause(api_id, datetime.fromtimestamp(float(since), UTC), max(float(until) - now, 0.0))
        for api_id, (since, until) in zip(asked, states, strict=True)
        if since and until
    ]
    return sorted(found, key=lambda pause: pause.since)
