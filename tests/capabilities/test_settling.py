"""Runs that stop as soon as their targets are settled: on real rows, a real local provider and the engine's own slices."""

from typing import Any

import pytest

from capabilities.models import Look, Verification
from capabilities.services.judging import judge_run
from capabilities.services.settling import look
from config.errors import Refused
from evaluations.engine.advance import advance_run
from evaluations.models import CallLedger, Response, Run, RunAggregate
from evaluations.services.runs import cancel_run, resume_run, start_run
from evaluations.services.settling import Targets
from tests.engine import work_off
from tests.factories.capabilities import make_criterion, make_evidence, make_verification
from tests.factories.evaluations import make_finished_run, make_model_version

pytestmark = pytest.mark.django_db


def cases(right: int, wrong: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """Cases that a model which always says yes gets right, then those it gets wrong."""
    targets = ["yes"] * right + ["no"] * wrong
    return [
        {"key": f"case-{place:03}", "input": f"is {place} a number?", "target": target, **fields}
        for place, target in enumerate(targets)
    ]


def started(evidence: Verification, **fields: Any) -> Run:
    return start_run(
        actor=None,
        evaluation_version=evidence.evaluation_version,
        model_version=fields.pop("model_version", None) or make_model_version(),
        until_settled=True,
        **fields,
    )


def states(run: Run) -> dict[str, int]:
    found = run.items.values_list("state", flat=True)
    return {state: list(found).count(state) for state in set(found)}


def test_an_easy_run_stops_early_and_is_judged_at_any_look() -> None:
    evidence = make_evidence(cases(300), threshold=0.9)
    run = work_off(started(evidence))

    assert run.state == Run.State.DONE
    assert 40 <= run.calls < 300 and run.calls == run.done == 300 - run.not_needed
    assert states(run) == {"done": run.done, "not_needed": run.not_needed}
    assert run.failed == 0 and run.looks >= 2 and run.look_to is None
    whole = RunAggregate.objects.get(run=run, slice="")
    assert (whole.items, whole.missing, whole.passed) == (run.done, 0, run.done)

    (verdict,) = judge_run(run)
    assert (verdict.outcome, verdict.method) == ("met", "beta-binomial-sequence/1")
    assert (verdict.n, verdict.missing, verdict.detail["looks_within"]) == (run.done, 0, run.looks)
    assert "plausible range that holds however often one looks" in verdict.sentence
    kept = list(Look.objects.filter(run=run).values_list("number", "outcome"))
    assert kept[-1] == (run.looks, "met") and {one for _, one in kept[:-1]} == {"inconclusive"}


def test_a_run_on_its_target_asks_all_and_is_still_judged_at_any_look() -> None:
    evidence = make_evidence(cases(108, 12), threshold=0.9)
    run = work_off(started(evidence))

    assert (run.state, run.calls, run.not_needed) == (Run.State.DONE, 120, 0)
    (verdict,) = judge_run(run)
    assert (verdict.outcome, verdict.method) == ("inconclusive", "beta-binomial-sequence/1")


def test_a_run_nothing_rests_on_is_as_any_other() -> None:
    evidence = make_evidence(cases(60), threshold=0.9, must=False)
    run = work_off(started(evidence))
    assert (run.calls, run.looks) == (60, 0)
    assert judge_run(run)[0].method == "clopper-pearson/1"


def test_cases_are_asked_by_lot_whole_sources_and_all_tries_together() -> None:
    listed = [
        {"key": f"{source}-{place}", "input": f"{source} {place}", "target": "yes", "cluster": f"s{source}"}
        for source in range(12)
        for place in range(5)
    ]
    evidence = make_evidence(listed, threshold=0.9, repeats=2)
    run = started(evidence)
    first, second = (list(one.items.order_by("pk")) for one in (run, started(evidence)))
    order = [item.case_id for item in first]
    assert order != sorted(order) and order != [item.case_id for item in second]
    clusters = dict(
        evidence.evaluation_version.dataset_version.entries.values_list("case_id", "case__cluster")
    )
    sources = [clusters[case_id] for case_id in order]
    assert sum(a != b for a, b in zip(sources, sources[1:], strict=False)) == 11
    before = [item for item in first if run.look_to is not None and item.pk <= run.look_to]
    assert len(before) == 40 and len({clusters[item.case_id] for item in before}) == 4


def test_a_criterion_on_a_slice_is_settled_by_its_own_cases() -> None:
    listed = cases(150, slices={"lang": "de"}) + [
        {"key": f"fr-{place}", "input": f"fr {place}", "target": "no", "slices": {"lang": "fr"}}
        for place in range(150)
    ]
    evidence = make_evidence(listed, threshold=0.9, slice_name="lang", slice_value="de")
    run = work_off(started(evidence))
    (verdict,) = judge_run(run)
    assert verdict.outcome == "met" and run.not_needed > 0
    assert verdict.n < run.done


def test_it_waits_for_as_many_cases_as_the_criterion_asks_for_and_for_every_target() -> None:
    evidence = make_evidence(cases(200), threshold=0.5, min_n=110)
    assert 110 <= work_off(started(evidence)).done < 200
    make_verification(
        make_criterion(scorer=evidence.criterion.scorer, approved=True, statistic="pass_all", threshold=None),
        evidence.evaluation_version,
    )
    assert work_off(started(evidence)).done == 200


def test_what_needs_every_case_says_so_when_the_run_stopped_for_others() -> None:
    evidence = make_evidence(cases(200), threshold=0.5)
    make_verification(
        make_criterion(
            scorer=evidence.criterion.scorer, approved=True, statistic="pass_all", threshold=None, must=False
        ),
        evidence.evaluation_version,
    )
    run = work_off(started(evidence))
    assert run.not_needed
    reasons = {verdict.verification_id: verdict.reason for verdict in judge_run(run)}
    assert sorted(reasons.values()) == ["", "not_all_asked"]


def test_a_lead_over_a_rival_settles_once_the_rival_is_through() -> None:
    evidence = make_evidence(cases(200), against="competitors", threshold=None)
    rival = evidence.criterion.rival_set.entries.get().model if evidence.criterion.rival_set else None
    assert work_off(started(evidence)).done == 200
    make_finished_run([0.0, 1.0] * 100, evidence.evaluation_version, make_model_version(rival, parameters={}))
    run = work_off(started(evidence))
    assert run.not_needed > 0
    (verdict,) = judge_run(run)
    assert verdict.outcome == "met" and verdict.missing == 0
    assert verdict.n == run.done


def test_after_the_stop_no_slice_starts_a_call() -> None:
    run = work_off(started(make_evidence(cases(200), threshold=0.5)))
    calls = CallLedger.objects.filter(run=run).count()
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    advance_run(run.pk, Run.objects.get(pk=run.pk).chain_token)
    run.refresh_from_db()
    assert (run.state, CallLedger.objects.filter(run=run).count()) == (Run.State.SCORING, calls)


def test_a_worker_that_dies_before_a_look_is_kept_leaves_the_same_look_to_the_next(monkeypatch: Any) -> None:
    run = started(make_evidence(cases(200), threshold=0.5))

    def dies(*_: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("evaluations.engine.looks.after_look", dies)
        with pytest.raises(KeyboardInterrupt):
            work_off(run)
    run.refresh_from_db()
    assert (run.looks, run.not_needed, Look.objects.filter(run=run).count()) == (0, 0, 1)
    asked = Response.objects.filter(run=run).count()
    onward = advance_run(run.pk, run.chain_token)
    assert onward is not None
    run.refresh_from_db()
    assert (run.looks, Look.objects.filter(run=run).count()) == (1, 1)
    assert Response.objects.filter(run=run).count() == asked


def test_a_look_that_fails_costs_money_and_nothing_else(monkeypatch: Any) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr("capabilities.receivers.look", broken)
    assert work_off(started(make_evidence(cases(60), threshold=0.5))).done == 60


def test_a_cancelled_run_and_one_whose_budget_is_spent_stopped_for_other_reasons() -> None:
    evidence = make_evidence(cases(108, 12), threshold=0.9)
    run = started(evidence)
    advance_run(run.pk, run.chain_token)
    assert cancel_run(actor=None, run=run).not_needed == 0
    spent = work_off(started(evidence, cap=30, cap_unit="calls"))
    assert (spent.state, spent.done, spent.failed, spent.not_needed) == (Run.State.PARTIAL, 30, 90, 0)


def test_a_settled_run_has_nothing_missing_to_call_for() -> None:
    run = work_off(started(make_evidence(cases(200), threshold=0.5)))
    with pytest.raises(Refused, match="Start again"):
        resume_run(actor=None, run=run)


def test_a_look_costs_the_same_however_many_cases_there_are(query_count: Any) -> None:
    for count in (40, 160):
        run = started(make_evidence(cases(count), threshold=0.95))
        advance_run(run.pk, run.chain_token)
        moving = Run.objects.select_related(
            "evaluation_version__dataset_version__dataset", "model_version__model"
        ).get(pk=run.pk)
        with query_count(12):
            assert look(moving) == Targets(1, 0)
    other = started(make_evidence(cases(40), must=False))
    with query_count(1):
        assert look(other) == Targets(0, 0)
