"""The broker for what is not a task: who is alive, who may call how often. Never waited for longer than a second."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def broker() -> "redis.Redis":
    """A connection of the caller's own. Raises redis.RedisError when the broker is away."""
    # The client's own retries would hold a worker's main thread for seconds while the broker is away.
    return redis.Redis.from_url(
        settings.BROKER_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def workers_key() -> str:
    """The sorted set in which workers write when they were last there, by the clock of their machine."""
    return f"{settings.REDIS_PREFIX}:workers"
