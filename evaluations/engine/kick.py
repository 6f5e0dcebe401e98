"""Finds runs that nobody drives, whatever happened to their messages: the guarantee behind every message."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from evaluations.engine.chain import Onward
from evaluations.models import BROUGHT, Run

NEW_AFTER_SECONDS = 5


def stalled_runs() -> list[Onward]:
    """Runs whose chain is silent, most urgent first, each with the token it has. One query, and one for each.

    Silent: no beat for a lease after the moment the next slice was due, or never begun seconds after its start. One that was
    kicked and did not move is kicked again after a while only, since its messages may wait in a long queue. A run whose results
    are pushed waits for whoever pushes them.
    """
    waiting_for_pushes = Q(origin__in=BROUGHT, state=Run.State.RUNNING)
    rows = Run.objects.moving().filter(_silent()).exclude(waiting_for_pushes).order_by("priority", "id")
    found = rows.values_list("pk", "chain_token", "state")
    kicked = [_kick(run_id, token, state) for run_id, token, state in found]
    return [onward for onward in kicked if onward is not None]


def _silent() -> Q:
    silence = timedelta(seconds=settings.LEASE_SECONDS)
    begun = timedelta(seconds=min(NEW_AFTER_SECONDS, settings.KICK_SECONDS))
    again = timedelta(seconds=settings.KICK_SECONDS)
    silent = Q(chain_beat_at__lt=Now() - silence) | Q(chain_beat_at=None, created_at__lt=Now() - begun)
    unheard = Q(kicked_at=None) | Q(kicked_at__lt=F("chain_beat_at")) | Q(kicked_at__lt=Now() - again)
    return silent & unheard


def _kick(run_id: int, token: UUID, state: str) -> Onward | None:
    """The run's token once more, unless another kick or the chain itself was faster."""
    kicked = Run.objects.filter(_silent(), pk=run_id, chain_token=token).update(kicked_at=Now())
    return Onward(run_id, token, scoring=state == Run.State.SCORING) if kicked else None
