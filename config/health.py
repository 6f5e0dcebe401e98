"""`GET /healthz`: alive means that the database answers and that queued work moves, not that processes exist."""

import time
from typing import Any

import redis
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.broker import broker, workers_key
from evaluations.queries.health import WorkState, work_state

WORKER_SECONDS = 15
STUCK_SECONDS = 60


def broker_facts() -> dict[str, Any]:
    now = time.time()
    try:
        with broker() as connection:
            connection.zremrangebyscore(workers_key(), 0, now - 3600)
            seen = connection.zcount(workers_key(), now - WORKER_SECONDS, "+inf")
    except (redis.RedisError, OSError):
        return {"broker": "away", "workers": None}
    return {"broker": "ok", "workers": seen}


def work_facts(work: WorkState) -> dict[str, Any]:
    return {
        "database": "ok",
        "queued_items": work.queued,
        "last_work_moved": work.last_moved,
        "due_slots": work.due_slots,
        "work": "stuck" if work.idle_seconds > STUCK_SECONDS else "ok",
    }


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    facts = broker_facts()
    try:
        facts.update(work_facts(work_state()))
    except DatabaseError:
        facts.update(database="away", work="unknown")
    well = facts["database"] == "ok" and facts["work"] == "ok"
    degraded = facts["broker"] != "ok" or not facts["workers"]
    status = ("degraded" if degraded else "ok") if well else "down"
    return JsonResponse({"status": status, **facts}, status=200 if well else 503)
