"""Drives runs without workers: what the messages would make them do, one slice after the other, in this process."""

import time

from evaluations.engine.advance import advance_run
from evaluations.engine.chain import Onward
from evaluations.models import Run


def work_off(run: Run, slices: int = 50, longest_wait: float = 1.0) -> Run:
    """Run slices until the run is over or would wait longer than `longest_wait` seconds; returns it read again."""
    onward: Onward | None = Onward(run.pk, Run.objects.get(pk=run.pk).chain_token)
    for _ in range(slices):
        if onward is None or onward.delay > longest_wait:
            break
        time.sleep(onward.delay)
        onward = advance_run(onward.run_id, onward.token)
    return Run.objects.get(pk=run.pk)
