"""One chain of slices per run: each message carries a token that is used up by the slice it starts.

A kick sends the run's token once more: whichever message comes first uses it up, so that a message that was only late still counts,
the other finds nothing to do, and chains never multiply.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models.functions import Now

from evaluations.models import Run


@dataclass(frozen=True)
class Onward:
    """The next slice of a run: its token, when (seconds from now) and whether it is scoring."""

    run_id: int
    token: UUID
    delay: float = 0.0
    scoring: bool = False


def take(run_id: int, token: UUID) -> UUID | None:
    """Use a token up and lead the chain with a new one; None when the token is no longer the run's. One query."""
    fresh = uuid4()
    taken = (
        Run.objects.moving()
        .filter(pk=run_id, chain_token=token)
        .update(chain_token=fresh, chain_beat_at=Now())
    )
    return fresh if taken else None


def hand_on(run_id: int, token: UUID, delay: float = 0.0) -> Onward | None:
    """Announce the next slice; None when the run is over or another chain leads it. Two queries."""
    led = Run.objects.moving().filter(pk=run_id, chain_token=token)
    if not led.update(chain_beat_at=Now() + timedelta(seconds=delay)):
        return None
    scoring = led.filter(state=Run.State.SCORING).exists()
    return Onward(run_id, token, delay, scoring)
