"""Between two slices of a run that stops once it is settled: score what came, ask how its targets stand, stop or go on."""

import logging
from uuid import UUID

from evaluations import signals
from evaluations.engine.heartbeat import Heartbeat
from evaluations.engine.worker import is_stopping, worker_name
from evaluations.models import Run
from evaluations.services.scoring import score_responses
from evaluations.services.settling import Targets, after_look, look_is_due, together

log = logging.getLogger(__name__)


def look(run: Run, token: UUID) -> bool:
    """True when the run was looked at, and either stopped or goes on; killed in between, the same look is taken again."""
    if not look_is_due(run):
        return False
    with Heartbeat(run.pk, token, worker_name(token)) as heart:
        score_responses(run, go_on=lambda: heart.steady and not is_stopping())
        if not heart.steady or is_stopping():
            return False
        return after_look(run, token, _targets(run))


def _targets(run: Run) -> Targets:
    """Together, of all who know of targets. Where one fails the run asks on, which costs money and nothing else."""
    found: list[Targets] = []
    for receiver, answer in signals.look_due.send_robust(Run, run=run):
        if isinstance(answer, Exception):
            log.error("run %s could not be looked at by %s", run.pk, receiver, exc_info=answer)
            answer = Targets(1, 0)
        found.append(answer)
    return together(found)
