"""Worker processes: they die with their parent, stop starting calls when it is asked to stop, and open connections of their own."""

import ctypes
import logging
import mmap
import os
import platform
import signal
import sys
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1

# One byte of memory that the parent shares with the children it forks later.
_stopping = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """Told by the parent: no new calls start in any of its children."""
    _stopping[0] = 1


def is_stopping() -> bool:
    return _stopping[0] != 0


def settle_in() -> None:
    """After the fork: forget the parent's connections, and die when it dies, so that nobody calls unseen."""
    connections.close_all()
    for alias in connections:
        del connections[alias]
    connection_created.connect(limit_idling, dispatch_uid="limit_idling")
    if sys.platform != "linux":
        return
    parent = os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        log.warning("This process may outlive its worker: prctl gave error %s.", ctypes.get_errno())
    if os.getppid() != parent:
        os._exit(1)


def limit_idling(connection: BaseDatabaseWrapper, **facts: Any) -> None:
    """A worker that freezes inside a transaction loses it after four leases: its locks must not outlive its leases for ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false)",
            [f"{4 * settings.LEASE_SECONDS}s"],
        )


def worker_name(token: UUID) -> str:
    """A name no other slice has: leases are extended by it."""
    return f"{platform.node()[:40]}:{os.getpid()}:{token.hex[:12]}"
