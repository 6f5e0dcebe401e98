"""The pool that a worker keeps its children in: one that ended is replaced at once, whatever else the machine is at."""

from typing import Any

from celery.concurrency import asynpool, prefork

AGAIN_SECONDS = 0.02


class AsynPool(asynpool.AsynPool):
    """Celery's, which looks once when a child's end is told, and then every five seconds.

    The kernel closes a dying process's files a moment before its exit can be waited for. On a busy machine that one look comes too
    early nearly every time; until the next the child's place is empty, and messages to its run pile up, each for a child of its own.
    """

    def _event_process_exit(self, hub: Any, proc: Any) -> None:
        super()._event_process_exit(hub, proc)  # type: ignore[misc]
        if proc._is_alive():
            hub.call_later(AGAIN_SECONDS, self._event_process_exit, hub, proc)


class TaskPool(prefork.TaskPool):
    Pool = AsynPool
