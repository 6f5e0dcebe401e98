"""Doors for workers: ids in, one call of the engine or a service, nothing out."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init, worker_process_init, worker_ready, worker_shutting_down
from django.db import OperationalError

from config.publishing import publish
from evaluations.engine.advance import advance_run
from evaluations.engine.chain import Onward
from evaluations.engine.kick import stalled_runs
from evaluations.engine.reaper import reap
from evaluations.engine.worker import ask_to_stop, settle_in
from evaluations.models import Run
from evaluations.providers import adapter_names, get_adapter
from evaluations.services.drift import watch_run, watch_unwatched_runs
from evaluations.services.log_uploads import forget_uploads
from evaluations.services.log_work import stalled_imports, work_import
from evaluations.services.schedules import tick_schedules
from evaluations.services.unused_media import collect_unused_media

log = logging.getLogger(__name__)


@shared_task
def advance_run_task(run_id: int, token: str) -> None:
    go_on(advance_run(run_id, UUID(token)))


@shared_task
def score_run_task(run_id: int, token: str) -> None:
    go_on(advance_run(run_id, UUID(token)))


@shared_task
def reap_task() -> None:
    """What a dead worker held is taken back; every run that nobody drives, whether it held anything or not, is woken at once."""
    reap()
    for onward in stalled_runs():
        go_on(onward)
    for upload_id in stalled_imports():
        publish(import_log_task, upload_id)


@shared_task
def import_log_task(upload_id: int) -> None:
    work_import(upload_id)


@shared_task
def tick_schedules_task() -> None:
    tick_schedules()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def watch_run_task(run_id: int) -> None:
    watch_run(Run.objects.get(pk=run_id))


@shared_task
def watch_unwatched_runs_task() -> None:
    watch_unwatched_runs()


@shared_task
def collect_media_task() -> None:
    collect_unused_media()
    forget_uploads()


def go_on(onward: Onward | None) -> bool:
    """Ask for the next slice. A message that cannot be sent costs time only: the kick finds the run."""
    if onward is None:
        return False
    task = score_run_task if onward.scoring else advance_run_task
    return publish(task, onward.run_id, str(onward.token), delay=onward.delay)


@worker_init.connect
def prepare_worker(**_: Any) -> None:
    """What takes long to load is loaded once, before the children are forked."""
    for name in adapter_names():
        get_adapter(name)


@worker_process_init.connect
def begin_child(**_: Any) -> None:
    settle_in()


@worker_ready.connect
def begin_worker(**_: Any) -> None:
    """A worker that starts takes back what its predecessor held and finds what waits."""
    publish(reap_task)


@worker_shutting_down.connect
def end_worker(**_: Any) -> None:
    ask_to_stop()
