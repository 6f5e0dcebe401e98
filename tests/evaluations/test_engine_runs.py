from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from config.errors import Conflict, Refused
from evaluations.models import (
    CallLedger,
    ModelEvent,
    Response,
    Round,
    Run,
    RunAggregate,
    RunVector,
    Score,
    WorkItem,
)
from evaluations.services.rounds import preview_round, start_round
from evaluations.services.runs import cancel_run, rescore_run, resume_run, retry_run, start_run
from tests.engine import work_off
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_price,
    make_prompt_version,
    make_provider,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


def started(cases=3, repeats=1, **version):
    return start_run(
        actor=None,
        evaluation_version=make_evaluation_version(make_dataset_version(cases), repeats=repeats),
        model_version=make_model_version(**version),
    )


def http_version(**fields):
    provider = make_provider("openai_like", base_url="http://127.0.0.1:9/v1")
    return make_model_version(provider=provider, kind="llm", parameters={}, **fields)


def test_a_started_run_ends_done_with_a_score_for_every_sample():
    run = work_off(started(cases=120, repeats=2))
    assert run.state == Run.State.DONE
    assert (run.done, run.failed, run.total, run.calls) == (240, 0, 240, 240)
    assert Score.objects.filter(response__run=run, numerator=1).count() == 240
    assert RunAggregate.objects.get(run=run, slice="").passed == 240
    assert RunVector.objects.filter(run=run, generation=1).exists()
    assert set(run.ledger.values_list("state", flat=True)) == {CallLedger.State.SETTLED}


def test_a_finished_run_is_announced_after_the_commit(django_capture_on_commit_callbacks):
    from evaluations.signals import run_finished

    heard = []

    def hear(run_id, generation, **_):
        heard.append((run_id, generation))

    run_finished.connect(hear)
    run = started()
    with django_capture_on_commit_callbacks(execute=True):
        work_off(run)
    run_finished.disconnect(hear)
    assert heard == [(run.pk, 1)]


def test_everything_that_stands_in_the_way_of_a_run_is_said_at_once():
    evaluation = make_evaluation_version(make_dataset_version(1, may_leave=False))
    provider = make_provider("openai_like", base_url="http://127.0.0.1:9/v1")
    rival = make_model_version(provider=provider, side="competitor", kind="llm", stage="retired")
    with pytest.raises(Refused) as refusal:
        start_run(actor=None, evaluation_version=evaluation, model_version=rival, cap=Decimal(1))
    for words in ("is retired", "may not leave", "has no price"):
        assert words in refusal.value.message


def test_a_version_without_its_own_prompt_cannot_run_where_each_brings_one():
    evaluation = make_evaluation_version(make_dataset_version(1), prompt_policy="own")
    with pytest.raises(Refused, match="own prompt"):
        start_run(actor=None, evaluation_version=evaluation, model_version=make_model_version())
    prompt = make_prompt_version()
    version = make_model_version(own_prompt=prompt)
    assert (
        start_run(actor=None, evaluation_version=evaluation, model_version=version).prompt_version == prompt
    )


def test_a_provider_that_is_switched_off_or_absent_is_not_called():
    with pytest.raises(Refused, match="switched off"):
        started(provider=make_provider(enabled=False))


def test_the_same_key_starts_one_run():
    evaluation, version = make_evaluation_version(), make_model_version()
    asked: dict[str, Any] = {
        "actor": None,
        "evaluation_version": evaluation,
        "model_version": version,
        "idempotency_key": "k",
    }
    first = start_run(**asked, idempotency_digest="a")
    assert start_run(**asked, idempotency_digest="a") == first
    with pytest.raises(Conflict):
        start_run(**asked, idempotency_digest="b")
    assert first.items.count() == 3


def test_a_cancelled_run_never_calls():
    run = cancel_run(actor=None, run=started(), reason="Wrong version.")
    assert (run.state, run.failure) == (Run.State.CANCELLED, "Cancelled. Wrong version.")
    run = work_off(run)
    assert run.calls == 0
    assert set(run.items.values_list("state", flat=True)) == {WorkItem.State.CANCELLED}
    with pytest.raises(Refused, match="cancelled"):
        cancel_run(actor=None, run=run)


def test_a_broken_rule_set_fails_the_run_and_a_retry_queues_it_again():
    run = work_off(started(parameters={"rule_set": {"rows": "none"}}))
    assert run.state == Run.State.FAILED
    assert "No sample got an answer" in run.failure
    run = retry_run(actor=None, run=run)
    assert (run.state, run.failed, run.failure) == (Run.State.QUEUED, 0, "")
    assert set(run.items.values_list("state", flat=True)) == {WorkItem.State.PENDING}


def test_resume_calls_only_what_is_missing_as_the_next_generation():
    run = make_finished_run([1, None, 0])
    kept = set(Response.objects.filter(run=run).values_list("pk", flat=True))
    run = resume_run(actor=None, run=run)
    assert (run.state, run.generation) == (Run.State.RUNNING, 2)
    run = work_off(run)
    assert (run.state, run.calls, run.done) == (Run.State.DONE, 1, 3)
    assert kept < set(Response.objects.filter(run=run).values_list("pk", flat=True))
    assert RunVector.objects.filter(run=run).count() == 2
    with pytest.raises(Refused, match="done"):
        resume_run(actor=None, run=run)


def test_rescoring_calls_nobody_and_leaves_scores_as_they_are():
    run = work_off(started())
    before = list(Score.objects.filter(response__run=run).values())
    run = work_off(rescore_run(actor=None, run=run))
    assert (run.state, run.generation, run.calls) == (Run.State.DONE, 2, 3)
    assert list(Score.objects.filter(response__run=run).values()) == before


def test_a_case_that_does_not_fit_the_prompt_of_a_called_model_is_missing_and_says_so():
    evaluation = make_evaluation_version(
        make_dataset_version(1),
        prompt_version=make_prompt_version([{"role": "user", "content": "{{question}}"}]),
    )
    run = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=http_version()))
    assert run.state == Run.State.FAILED
    assert "question" in run.failure
    assert run.calls == 0


def test_what_a_scorer_cannot_score_is_missing_for_it_alone():
    cases: list[dict[str, Any]] = [{"key": "a"}, {"key": "b", "target": None}]
    evaluation = make_evaluation_version(
        make_dataset_version(cases),
        [make_scorer_version(slug="right"), make_scorer_version("latency", slug="ms")],
    )
    run = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=make_model_version()))
    assert run.state == Run.State.DONE
    scored = {
        one.scorer_version.scorer.slug: one.scored for one in RunAggregate.objects.filter(run=run, slice="")
    }
    assert scored == {"right": 1, "ms": 2}


def test_a_run_of_calls_stops_at_its_cap_and_says_so():
    evaluation = make_evaluation_version(make_dataset_version(10))
    run = work_off(
        start_run(
            actor=None,
            evaluation_version=evaluation,
            model_version=make_model_version(),
            cap=Decimal(4),
            cap_unit="calls",
        )
    )
    assert (run.state, run.done, run.settled) == ("partial", 4, Decimal(4))
    assert run.failure == "The budget of 4 calls was reached after 4 of 10 samples."
    assert run.items.filter(state=WorkItem.State.CANCELLED).count() == 6


def test_a_round_shares_one_budget_and_ends_with_a_summary():
    evaluation = make_evaluation_version(make_dataset_version(10))
    versions = [make_model_version(), make_model_version()]
    shared = start_round(
        actor=None,
        name="Both",
        evaluation_versions=[evaluation],
        model_versions=versions,
        cap=Decimal(15),
        cap_unit="calls",
    )
    for run in shared.runs.order_by("id"):
        work_off(run)
    shared.refresh_from_db()
    assert (shared.settled, shared.reserved) == (Decimal(15), Decimal(0))
    assert sorted(shared.runs.values_list("done", flat=True)) == [5, 10]
    assert shared.summary["runs"] == {"done": 1, "partial": 1}
    assert shared.finished_at is not None


def test_a_round_runs_what_can_run_and_names_the_rest():
    evaluation = make_evaluation_version(make_dataset_version(1))
    good, bad = make_model_version(), make_model_version(stage="retired")
    mixed = start_round(
        actor=None, name="Mixed", evaluation_versions=[evaluation], model_versions=[good, bad]
    )
    assert mixed.runs.count() == 1
    assert mixed.summary["problems"] == [f"{bad.label} is retired."]
    with pytest.raises(Refused):
        start_round(actor=None, name="None", evaluation_versions=[evaluation], model_versions=[bad])
    assert Round.objects.count() == 1


def test_a_preview_gives_calls_and_a_range_of_cost():
    evaluation = make_evaluation_version(
        make_dataset_version(20), repeats=2, parameters={"max_output_tokens": 100}
    )
    priced = http_version()
    make_price(priced, "input", 2)
    make_price(priced, "output", 10)
    preview = preview_round(evaluation_versions=[evaluation], model_versions=[priced, make_model_version()])
    assert preview.calls == 80
    assert preview.cost_low is not None and preview.cost_high is not None
    assert Decimal(0) < preview.cost_low < preview.cost_high < Decimal("0.1")
    unpriced = preview_round(evaluation_versions=[evaluation], model_versions=[http_version()])
    assert unpriced.cost_high is None
    refused = preview_round(evaluation_versions=[evaluation], model_versions=[http_version()], cap=Decimal(1))
    assert "has no price" in refused.problems[0]


def test_another_resolved_model_than_before_is_an_event():
    version = make_model_version(api_id="rules-2", floating=True)
    evaluation = make_evaluation_version(make_dataset_version(2))
    make_finished_run([1, 1], evaluation, version, resolved_model="rules-1")
    run = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=version))
    event = ModelEvent.objects.get(model_version=version)
    assert (event.kind, event.before, event.after, event.run) == ("resolved", "rules-1", "rules-2", run)
    assert (run.resolved_model, run.mixed_models) == ("rules-2", False)


def test_prices_of_the_day_of_the_call_count():
    version = make_model_version()
    make_price(version, "call", "0.5", from_date=timezone.now().date() - timedelta(days=9))
    make_price(version, "call", "0.25")
    make_price(version, "call", 9, from_date=timezone.now().date() + timedelta(days=9))
    evaluation = make_evaluation_version(make_dataset_version(4))
    run = work_off(
        start_run(actor=None, evaluation_version=evaluation, model_version=version, cap=Decimal(2))
    )
    assert (run.state, run.cost, run.settled, run.reserved) == ("done", Decimal(1), Decimal(1), Decimal(0))
