"""What follows an announcement: a message to a worker."""

from typing import Any

from django.dispatch import receiver

from config.publishing import publish
from evaluations import signals
from evaluations.models import Run
from evaluations.tasks import advance_run_task, import_log_task, score_run_task, watch_run_task


@receiver(signals.run_started)
def call_run(run_id: int, **_: Any) -> None:
    _wake(advance_run_task, run_id)


@receiver(signals.run_scoring)
def score_run(run_id: int, **_: Any) -> None:
    _wake(score_run_task, run_id)


@receiver(signals.run_finished)
def watch_finished_run(run_id: int, **_: Any) -> None:
    publish(watch_run_task, run_id)


@receiver(signals.log_waiting)
def import_waiting_log(upload_id: int, **_: Any) -> None:
    publish(import_log_task, upload_id)


def _wake(task: Any, run_id: int) -> None:
    token = Run.objects.filter(pk=run_id).values_list("chain_token", flat=True).first()
    if token is not None:
        publish(task, run_id, str(token))
