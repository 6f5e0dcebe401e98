"""A worker that is killed in the middle of a lab sheet loses no answer and gives none twice."""

import sys
from decimal import Decimal

import pytest

from config.people.models import Role
from evaluations.models import LabSheet, Run
from evaluations.queries.lab import answers_of
from evaluations.services.lab import create_sheet, run_sheet
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user
from tests.faults.oracle import check
from tests.faults.world import IN_FLIGHT, World, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Signals as Linux has them."),
]
PROMPTS, MODELS, ROWS, TRIES = "AB", 2, 10, 2
CALLS = len(PROMPTS) * MODELS * ROWS * TRIES


def sheet_of(world: World) -> LabSheet:
    return create_sheet(
        actor=make_user(Role.PM),
        name="Killed",
        prompts=[{"message": f"{letter}: {{{{input}}}}"} for letter in PROMPTS],
        rows="\n".join(f"Text {number}" for number in range(ROWS)),
        versions=[world.version(), make_model_version(slug="rules")],
        repeats=TRIES,
        cap=Decimal(CALLS + 4 * IN_FLIGHT),
    )


def test_a_worker_killed_in_the_middle_of_a_sheet_costs_it_no_answer(world: World) -> None:
    world.server.switch(latency_ms=300)
    world.ticks()
    worker = world.worker()
    sheet = sheet_of(world)
    started = run_sheet(actor=sheet.owner, sheet=sheet)
    called = started.runs.filter(model_version__model__provider__adapter="openai_like")
    wait_until(lambda: sum(run.done for run in called.all()) >= 3)
    worker.kill()
    world.strikes()
    assert called.exclude(state=Run.State.DONE).exists()
    world.worker()
    runs = [world.finish(run) for run in started.runs.all()]
    assert [run.state for run in runs] == [Run.State.DONE] * len(PROMPTS) * MODELS
    for run in called.all():
        check(run, world, kills=1)
    found = answers_of(sheet, sheet.owner)
    answers = [cell.tries for row in found.rows for cell in row.cells]
    assert [[one.response.repeat for one in tries] for tries in answers] == [[1, 2]] * (CALLS // TRIES)
    started.refresh_from_db()
    assert started.reserved == 0
    assert started.settled + started.unknown <= sheet.cap
