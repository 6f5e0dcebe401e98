"""Replies that never come, come slowly, come cut off or hide an error are no results; asked again, the run ends as if whole."""

import pytest

from evaluations.models import Run, Score, WorkItem
from tests.factories.evaluations import make_dataset_version, make_evaluation_version
from tests.faults.oracle import check, faultless, sums
from tests.faults.world import World

pytestmark = pytest.mark.faults

# Calls the provider may have worked for, as far as we can tell: all but those it plainly turned away.
TURNED_AWAY = {"502"}
FAULTY_CALLS = 3


@pytest.mark.parametrize("fault", ["hang", "drip", "truncated", "reset", "error200", "empty", "502"])
def test_replies_that_are_none_are_asked_for_again(world: World, fault: str):
    world.server.switch(fault=fault, fault_calls=FAULTY_CALLS, hang_s=30)
    world.ticks()
    world.worker()
    run = world.finish(world.start(cases=12, model_version=world.version(world.model(timeout_seconds=1))))
    assert (run.state, run.done, run.failed) == (Run.State.DONE, 12, 0)
    check(run, world, unusable=0 if fault in TURNED_AWAY else FAULTY_CALLS)
    assert run.calls == 12 + FAULTY_CALLS
    assert sums(run) == faultless(run, world)


@pytest.mark.parametrize("fault", ["400", "policy", "403"])
def test_a_sample_that_is_refused_for_good_is_missing_and_never_scored(world: World, fault: str):
    cases = [{"key": f"case-{number}", "input": f"Text {number}"} for number in range(6)]
    cases[2]["input"] = f"Text [[{fault}]]"
    world.ticks()
    world.worker()
    run = world.finish(world.start(evaluation_version=make_evaluation_version(make_dataset_version(cases))))
    assert (run.state, run.done, run.failed) == (Run.State.PARTIAL, 5, 1)
    missing = run.items.get(state=WorkItem.State.FAILED)
    assert missing.case.key == "case-2" and missing.error
    assert not Score.objects.filter(response__run=run, response__case=missing.case).exists()
    check(run, world)
