"""Extends a worker's leases every third of a lease, on a database connection of its own."""

import logging
import time
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from config.beats import Beats

log = logging.getLogger(__name__)

EXTEND = """
WITH led AS (
    UPDATE evaluations_run SET chain_beat_at = clock_timestamp() WHERE id = %s AND chain_token = %s RETURNING id
), extended AS (
    UPDATE evaluations_workitem SET lease_until = clock_timestamp() + make_interval(secs => %s)
    WHERE run_id = %s AND worker = %s AND state = 'leased' AND lease_until > clock_timestamp()
)
SELECT count(*) FROM led
"""


class Heartbeat(Beats):
    """Runs beside a slice. `steady` is False when the last beat failed, is overdue, or the run is led by another chain."""

    def __init__(self, run_id: int, token: UUID, worker: str) -> None:
        super().__init__(f"heartbeat-{run_id}", settings.LEASE_SECONDS / 3)
        self.run_id, self.token, self.worker = run_id, token, worker
        self.lost = False
        self._last = time.monotonic()

    @property
    def steady(self) -> bool:
        """Whether new calls may start. A process that was frozen past its lease wakes up with an overdue beat."""
        return not self.lost and time.monotonic() - self._last < settings.LEASE_SECONDS * 2 / 3

    def beat(self) -> None:
        began = time.monotonic()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    EXTEND, [self.run_id, self.token, settings.LEASE_SECONDS, self.run_id, self.worker]
                )
                [led] = cursor.fetchone()
        except (DatabaseError, InterfaceError) as problem:
            log.warning("Run %s: the heartbeat failed, no new calls start: %s", self.run_id, problem)
            connection.close()
            return
        self.lost = self.lost or not led
        self._last = began
