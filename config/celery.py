"""The Celery application: PostgreSQL holds the truth, messages only wake somebody up."""

import os
import time
from contextlib import suppress
from typing import Any

import redis
from celery import Celery
from celery.signals import heartbeat_sent, worker_process_init, worker_ready, worker_shutdown
from kombu.transport.redis import Channel

from config.broker import broker, workers_key
from config.embedded.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A worker that loses its broker with a message unacknowledged tries to put it back over a connection that is gone, and dies of it.
# A lost message costs the seconds to the next kick; what was taken and not acknowledged comes back by its visibility timeout.
Channel.do_restore = False

app = Celery("plumbline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    """A pool child of a killed worker would wait for work for ever."""
    die_with_parent()


@worker_ready.connect
@heartbeat_sent.connect
def _still_here(**_: Any) -> None:
    """Every two seconds a worker writes the time under its name, for /healthz. Without a broker there is nobody to tell."""
    with suppress(redis.RedisError), broker() as connection:
        connection.zadd(workers_key(), {_name(): time.time()})


@worker_shutdown.connect
def _gone(**_: Any) -> None:
    with suppress(redis.RedisError), broker() as connection:
        connection.zrem(workers_key(), _name())


def _name() -> str:
    return f"{os.uname().nodename}/{os.getpid()}"
