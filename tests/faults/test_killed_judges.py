"""A worker that dies while a judge is asked loses no judgement, doubles none, and bills again only what was in flight."""

import sys

import pytest

from evaluations.models import Run, RunAggregate, Score
from evaluations.services.scorers import create_scorer_version
from tests.factories.evaluations import make_prompt_version
from tests.faults.oracle import check
from tests.faults.world import World, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Signals as Linux has them."),
]
CASES = 24


def test_a_child_killed_while_it_asks_a_judge_costs_only_its_calls_in_flight(world: World):
    world.ticks()
    worker = world.worker()
    model = world.model()
    judge = world.version(model, api_id="judge")
    scorer = create_scorer_version(
        actor=None,
        slug="judged",
        kind="rubric_judge",
        config={"judge": judge.label, "rubric": "The answer says what the reference says."},
    )
    evaluation = world.evaluation(CASES, scorer_versions=[scorer], prompt_version=make_prompt_version())
    run = world.start(evaluation_version=evaluation, model_version=world.version(model))
    judging = wait_until(lambda: Run.objects.filter(judged_run=run).first())
    assert judging is not None
    world.some_done(judging)
    world.calling_children(worker, judging)[0].kill()
    world.strikes()
    judging = world.finish(judging)
    assert judging.state == Run.State.DONE
    check(judging, world, kills=1)
    wait_until(lambda: Run.objects.filter(pk=run.pk, generation=2, state=Run.State.DONE).exists())
    scores = Score.objects.filter(response__run=run, scorer_version=scorer)
    assert scores.count() == scores.values("response").distinct().count() == CASES
    assert RunAggregate.objects.get(run=run, generation=2, slice="").scored == CASES
    assert Run.objects.filter(judged_run=run).count() == 1
