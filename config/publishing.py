"""Sends messages to workers, and does without when the broker is away: the database holds the truth, a kick finds it."""

import logging
import time
from typing import Any

from celery import Task

log = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
_away_until = 0.0


def publish(task: "Task[Any, Any]", *arguments: object, delay: float = 0.0) -> bool:
    """Send a message once, without retries; False when the broker cannot be reached.

    After a failure nothing is tried for a few seconds, so that a request that starts fifty runs does not wait fifty times.
    """
    global _away_until
    if time.monotonic() < _away_until:
        return False
    try:
        task.apply_async(args=arguments, countdown=delay, retry=False)
    except Exception as problem:
        # What was committed stands, whatever the way to the broker raises: that must not turn a done thing into an error.
        _away_until = time.monotonic() + AWAY_SECONDS
        log.warning("The broker is away, %s waits for the next kick: %r", task.name, problem)
        return False
    return True
