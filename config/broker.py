"""The broker for what is not a task: who is alive, who may call how often. Never waited for longer than a second."""

import redis
from django.conf import settings


def broker() -> "redis.Redis":
    """A connection of the caller's own. Raises redis.RedisError when the broker is away."""
    return redis.Redis.from_url(settings.BROKER_URL, socket_timeout=1, socket_connect_timeout=1)


def workers_key() -> str:
    """The sorted set in which workers write when they were last there, by the clock of their machine."""
    return f"{settings.REDIS_PREFIX}:workers"
