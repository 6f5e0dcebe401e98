"""Rounds that want the same workers: served in order of their messages, each slice as long as the engine says."""

from heapq import heapify, heappop, heappush

import pytest

from evaluations.engine.share import slice_seconds
from evaluations.models import Round, Run
from tests.factories.evaluations import make_evaluation_version, make_model_version, make_round

pytestmark = pytest.mark.django_db

TURNS = 500
NEEDED = 2.0


def make_runs(priority: int, count: int) -> list[Run]:
    """Queued runs of one round. They have no items: only who is served, and for how long, is asked of them."""
    evaluation, version = make_evaluation_version(), make_model_version()
    waiting = make_round(priority=priority)
    return [
        Run.objects.create(
            round=waiting, evaluation_version=evaluation, model_version=version, priority=priority
        )
        for _ in range(count)
    ]


def served(runs: list[Run], turns: int, endless: frozenset[int]) -> dict[int, float]:
    """Seconds each run got from one worker that takes messages in their order. Runs that are not endless end after NEEDED seconds."""
    got = dict.fromkeys((run.pk for run in runs), 0.0)
    by_id = {run.pk: run for run in runs}
    queue = [(0.0, place, run.pk) for place, run in enumerate(runs)]
    heapify(queue)
    clock = 0.0
    for message in range(len(runs), len(runs) + turns):
        due, _, pk = heappop(queue)
        clock = max(clock, due)
        seconds = slice_seconds(by_id[pk])
        clock += seconds
        got[pk] += seconds
        if pk in endless or got[pk] < NEEDED:
            heappush(queue, (clock if seconds else clock + 15, message, pk))
        else:
            Run.objects.filter(pk=pk).update(state=Run.State.DONE)
    return got


def test_a_launch_gets_more_than_normal_and_normal_more_than_bulk_however_many_runs_they_have(
    settings,
) -> None:
    settings.SLICE_SECONDS = 30
    bulk = make_runs(Round.Priority.BULK, 40)
    normal, launch = make_runs(Round.Priority.NORMAL, 1), make_runs(Round.Priority.LAUNCH, 2)
    runs = [*bulk, *normal, *launch]
    got = served(runs, TURNS, frozenset(run.pk for run in runs))
    shares = [sum(got[run.pk] for run in one) for one in (launch, normal, bulk)]
    assert shares[0] > 1.5 * shares[1] > 0 and shares[1] > 1.5 * shares[2] > 0


def test_a_bulk_round_of_many_runs_comes_to_its_end_beside_a_launch_that_never_does(settings) -> None:
    settings.SLICE_SECONDS = 30
    bulk, launch = make_runs(Round.Priority.BULK, 20), make_runs(Round.Priority.LAUNCH, 1)
    served([*bulk, *launch], TURNS, frozenset(run.pk for run in launch))
    assert not Run.objects.filter(round=bulk[0].round).exclude(state=Run.State.DONE).exists()
