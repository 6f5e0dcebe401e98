"""A run that stops once it is settled, killed between its looks and during one, ends as if nothing had been."""

import sys
from typing import Any

import pytest

from capabilities.models import Look, Verification
from capabilities.services.judging import judge_run
from evaluations.models import ModelVersion, Run
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.factories.capabilities import make_evidence
from tests.faults.oracle import check, sums
from tests.faults.world import World, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="Signals as Linux has them."),
]
CASES = 160


def settling(version: ModelVersion, evidence: Verification) -> Run:
    return start_run(
        actor=None,
        evaluation_version=evidence.evaluation_version,
        model_version=version,
        until_settled=True,
    )


def outcome(run: Run) -> dict[str, Any]:
    """What must be the same as without a fault: what was asked, every look, sums, and the verdict with its range."""
    asked = run.responses.order_by("case__key").values_list("case__key", "repeat")
    looks = Look.objects.filter(run=run).order_by("number").values_list("number", "outcome", "n", "sentence")
    (verdict,) = judge_run(run)
    facts = ("outcome", "method", "point", "low", "high", "n", "missing", "reason", "sentence")
    return {
        "run": (run.state, run.done, run.failed, run.not_needed, run.looks, run.look_to),
        "asked": list(asked),
        "looks": list(looks),
        "sums": sums(run),
        "verdict": [getattr(verdict, fact) for fact in facts],
    }


def test_a_run_that_stops_when_settled_killed_between_looks_and_during_one_stops_where_it_would_have(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("evaluations.services.runs.draw", lambda: 20261126)
    rows = [{"key": f"case-{n:03}", "input": f"Text {n}", "target": f"Text {n}"} for n in range(CASES)]
    evidence = make_evidence(rows, threshold=0.9)
    model = world.model()
    run = settling(world.version(model), evidence)
    world.ticks()
    worker = world.worker()

    wait_until(lambda: (now := Run.objects.get(pk=run.pk)).looks >= 1 and now.done > now.looks * 20)
    world.calling_children(worker, run)[0].kill()
    with world.stopped_at("evaluations_score"):
        looked = Run.objects.get(pk=run.pk)
        assert looked.state == Run.State.RUNNING
        world.kill_children(worker)
    world.strikes()
    run = world.finish(run)
    check(run, world, kills=1)
    assert 1 <= looked.looks < run.looks == Look.objects.filter(run=run).count()
    assert run.not_needed > 0

    world.stop()
    world.server.switch(latency_ms=0)
    undisturbed = work_off(settling(world.version(model), evidence))
    assert outcome(run) == outcome(undisturbed)
