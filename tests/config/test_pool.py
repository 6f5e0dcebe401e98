import os
import time
from typing import Any

from kombu.asynchronous import Hub

from config.pool import AsynPool


class LooksOnlyWhenTold(AsynPool):
    """Without the round of every five seconds, which finds every dead child in the end."""

    _pool: list[Any]

    @property
    def timers(self) -> dict[Any, Any]:
        return {}


def close_everything_and_linger() -> None:
    """What the kernel does with a dying process on a busy machine: its files go first, its exit is known later."""
    os.closerange(3, 1000)
    time.sleep(0.3)
    os._exit(0)


def test_a_child_whose_end_is_told_before_it_can_be_waited_for_is_replaced():
    hub = Hub()
    pool = LooksOnlyWhenTold(processes=1, threads=False)
    try:
        pool.register_with_event_loop(hub)
        [first] = pool._pool
        pool.apply_async(close_everything_and_linger)
        until = time.monotonic() + 30
        while first in pool._pool or not pool._pool:
            assert time.monotonic() < until, "Nobody took the dead child's place."
            hub.run_once()
    finally:
        pool.terminate()
        hub.close()
