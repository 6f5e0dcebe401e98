"""Evidence is not paid twice: answers to the very same calls are taken over, and nothing else is."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from evaluations.engine import reuse as engine_reuse
from evaluations.engine.chain import take
from evaluations.models import Blob, ModelVersion, Response, Run, RunAggregate, WorkItem
from evaluations.queries.comparison import compare
from evaluations.queries.reuse import shared_answers
from evaluations.queries.runs import looks
from evaluations.services.judging_calls import plan_of
from evaluations.services.rounds import preview_round
from evaluations.services.runs import rescore_run, resume_run, start_run
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_price,
    make_prompt_version,
    make_provider,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing(settings: Any) -> Iterator[BillingServer]:
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def version(billing: BillingServer) -> ModelVersion:
    return called_version(billing)


def called_version(billing: BillingServer, api_id: str = "echo", **fields: Any) -> ModelVersion:
    provider = make_provider("openai_like", base_url=billing.base_url, max_concurrency=20)
    made = make_model_version(make_model("llm", provider=provider), api_id=api_id, parameters={}, **fields)
    make_price(made, "call", "1")
    return made


def evaluation_over(cases: Any = 4, **fields: Any) -> Any:
    fields.setdefault("prompt_version", make_prompt_version())
    return make_evaluation_version(make_dataset_version(cases), fields.pop("scorers", ()), **fields)


def run_of(evaluation: Any, version: ModelVersion, **facts: Any) -> Run:
    return work_off(start_run(actor=None, evaluation_version=evaluation, model_version=version, **facts))


def grown(evaluation: Any, cases: Any, **fields: Any) -> Any:
    """The same evaluation over a later version of its dataset."""
    later = make_dataset_version(cases, dataset=evaluation.dataset_version.dataset)
    fields.setdefault("prompt_version", evaluation.prompt_version)
    fields.setdefault("repeats", evaluation.repeats)
    return make_evaluation_version(
        later, list(evaluation.scorers.all()), evaluation=evaluation.evaluation, **fields
    )


def test_adding_fifty_cases_pays_for_fifty(billing: BillingServer, version: ModelVersion) -> None:
    evaluation = evaluation_over(50)
    first = run_of(evaluation, version)
    second = run_of(grown(evaluation, 100), version)
    assert (second.state, second.done, second.calls, second.reused) == (Run.State.DONE, 100, 50, 50)
    assert (first.cost, second.cost, second.saved) == (Decimal(50), Decimal(50), Decimal(50))
    assert len(billing.bill()) == 100


def test_a_reused_answer_names_its_call_and_keeps_what_was_measured_then(version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    first, second = run_of(evaluation, version), run_of(evaluation, version)
    assert (second.calls, second.cost, second.saved, second.reused) == (0, Decimal(0), Decimal(2), 2)
    third = run_of(evaluation, version)
    measured = ("output_id", "latency_ms", "input_tokens", "output_tokens", "cost", "finish_reason")
    original = {one.case_id: one for one in first.responses.all()}
    for copy in [*second.responses.all(), *third.responses.all()]:
        called = original[copy.case_id]
        assert copy.reused_from_id == called.pk
        assert [getattr(copy, name) for name in measured] == [getattr(called, name) for name in measured]
    assert sums(second) == sums(first)


def sums(run: Run) -> list[Any]:
    rows = RunAggregate.objects.filter(run=run, generation=run.generation).order_by("slice", "value")
    return list(rows.values_list("slice", "value", "scored", "missing", "numerator", "passed"))


def test_a_corrected_target_is_scored_anew_and_nobody_is_asked(version: ModelVersion) -> None:
    evaluation = evaluation_over([{"key": "a", "input": "Say so", "target": "no"}])
    run_of(evaluation, version)
    corrected = grown(evaluation, [{"key": "a", "input": "Say so", "target": "Say so"}])
    run = run_of(corrected, version)
    assert (run.calls, run.reused) == (0, 1)
    assert run.responses.get().case.target == "Say so"


CHANGES: dict[str, Callable[[Any], Any]] = {
    "the prompt": lambda one: grown(
        one, 2, prompt_version=make_prompt_version([{"role": "user", "content": "Kindly: {{input}}"}])
    ),
    "the schema": lambda one: grown(
        one, 2, prompt_version=make_prompt_version(output_schema={"type": "object"})
    ),
    "a parameter": lambda one: grown(one, 2, parameters={"temperature": 0.5}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_the_call_is_called(change: str, version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    run_of(evaluation, version)
    run = run_of(CHANGES[change](evaluation), version)
    assert (run.calls, run.reused) == (2, 0)


def test_another_version_is_called(billing: BillingServer, version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    run_of(evaluation, version)
    assert run_of(evaluation, called_version(billing)).calls == 2


def test_what_may_change_under_us_is_called_every_time(billing: BillingServer) -> None:
    evaluation, alias = evaluation_over(2), called_version(billing, floating=True)
    assert [run_of(evaluation, alias).calls for _ in range(2)] == [2, 2]


@pytest.mark.parametrize("kind", ["latency", "cost"])
def test_where_time_or_cost_is_scored_every_sample_is_called(kind: str, version: ModelVersion) -> None:
    measure = make_scorer_version(kind, value_kind="unbounded", direction="lower")
    evaluation = evaluation_over(2, scorers=[measure])
    assert [run_of(evaluation, version).calls for _ in range(2)] == [2, 2]


def test_who_asks_for_it_has_everything_called_again(version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    run_of(evaluation, version)
    again = run_of(evaluation, version, reuse=False)
    assert (again.calls, again.reused) == (2, 0)
    newest = run_of(evaluation, version)
    assert {one.reused_from.run_id for one in newest.responses.all() if one.reused_from} == {again.pk}


def test_each_try_takes_the_same_try(version: ModelVersion) -> None:
    evaluation = evaluation_over(3, repeats=2)
    run_of(evaluation, version)
    run = run_of(grown(evaluation, 3, repeats=4), version)
    assert (run.calls, run.reused, run.done) == (6, 6, 12)
    for copy in run.responses.exclude(reused_from=None).select_related("reused_from"):
        assert copy.reused_from is not None
        assert (copy.case_id, copy.repeat) == (copy.reused_from.case_id, copy.reused_from.repeat)


def test_an_erased_answer_is_asked_again(version: ModelVersion) -> None:
    evaluation = evaluation_over(["a", "b"])
    first = run_of(evaluation, version)
    erased = first.responses.order_by("pk")[0].output
    assert erased is not None
    Blob.objects.filter(pk=erased.pk).update(data=b"", purged_at=timezone.now())
    assert (run_of(evaluation, version).calls) == 1


def test_what_was_tried_in_the_lab_is_no_evidence_later(version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    run_of(evaluation, version, origin="lab")
    assert run_of(evaluation, version).calls == 2


def test_answers_of_another_model_than_answers_now_are_not_taken(version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    first = run_of(evaluation, version)
    Run.objects.filter(pk=first.pk).update(resolved_model="echo-before")
    later = evaluation_over(1)
    Run.objects.filter(pk=run_of(later, version).pk).update(resolved_model="echo-now")
    assert run_of(evaluation, version).calls == 2


def test_a_model_error_is_an_answer_and_not_asked_until_it_succeeds(billing: BillingServer) -> None:
    evaluation, shy = evaluation_over(2), called_version(billing, "refuse")
    first, second = run_of(evaluation, shy), run_of(evaluation, shy)
    assert (first.calls, second.calls, second.reused) == (2, 0, 2)
    assert set(second.responses.values_list("error_class", flat=True)) == {"refusal"}


def test_what_is_reused_takes_nothing_from_a_budget_and_comes_first(version: ModelVersion) -> None:
    evaluation = evaluation_over(["c1", "c2"])
    run_of(evaluation, version)
    later = grown(evaluation, ["n1", "n2", "n3", "c1", "c2"])
    run = run_of(later, version, cap=Decimal(1), cap_unit="calls")
    assert (run.calls, run.reused, run.done, run.failed) == (1, 2, 3, 2)
    assert run.state == Run.State.PARTIAL


def test_a_preview_counts_what_need_not_be_called(version: ModelVersion) -> None:
    evaluation = evaluation_over(5)
    run_of(evaluation, version)
    later = grown(evaluation, 8)
    preview = preview_round(evaluation_versions=[later], model_versions=[version])
    assert (preview.calls, preview.reused, preview.exact) == (3, 5, True)
    assert preview.cost_low is not None and preview.cost_low >= 3
    everything = preview_round(evaluation_versions=[later], model_versions=[version], reuse=False)
    assert (everything.calls, everything.reused) == (8, 0)
    run = run_of(later, version)
    assert (run.calls, run.reused) == (3, 5)


def test_a_long_preview_looks_at_one_case_in_so_many(version: ModelVersion, monkeypatch: Any) -> None:
    monkeypatch.setattr("evaluations.services.reuse.LOOKED_AT", 4)
    evaluation = evaluation_over(6)
    run_of(evaluation, version)
    preview = preview_round(evaluation_versions=[grown(evaluation, 12)], model_versions=[version])
    assert (preview.calls, preview.reused, preview.exact) == (6, 6, False)


def test_a_run_of_known_answers_is_no_second_look(version: ModelVersion) -> None:
    evaluation = evaluation_over(3)
    run_of(evaluation, version)
    assert looks(evaluation, version) == 1
    copy = run_of(evaluation, version)
    assert (copy.is_copy, looks(evaluation, version)) == (True, 1)
    run_of(evaluation, version, reuse=False)
    assert looks(evaluation, version) == 2


def test_missing_samples_are_looked_for_again_when_a_run_is_resumed(
    billing: BillingServer, version: ModelVersion
) -> None:
    evaluation = evaluation_over(4)
    capped = run_of(evaluation, version, cap=Decimal(2), cap_unit="calls")
    assert capped.state == Run.State.PARTIAL
    run_of(evaluation, version)
    Run.objects.filter(pk=capped.pk).update(cap=None)
    whole = work_off(resume_run(actor=None, run=capped))
    assert (whole.state, whole.calls, whole.reused) == (Run.State.DONE, 2, 2)
    assert len(billing.bill()) == 4


def test_a_scorer_may_score_what_was_reused_again(version: ModelVersion) -> None:
    evaluation = evaluation_over(2)
    run_of(evaluation, version)
    run = work_off(rescore_run(actor=None, run=run_of(evaluation, version)))
    assert (run.state, run.reused, run.calls) == (Run.State.DONE, 2, 0)


def prepared_copy(version: ModelVersion, cases: int = 10) -> tuple[Run, Any]:
    """A run whose calls were all answered before, led by the token that is given with it."""
    evaluation = evaluation_over(cases)
    run_of(evaluation, version)
    run = start_run(actor=None, evaluation_version=evaluation, model_version=version)
    token = take(run.pk, run.chain_token)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    return Run.objects.get(pk=run.pk), token


def test_a_worker_that_dies_in_the_middle_leaves_whole_batches_and_the_next_goes_on(
    version: ModelVersion, monkeypatch: Any
) -> None:
    monkeypatch.setattr(engine_reuse, "BATCH", 4)
    run, token = prepared_copy(version)
    plan, batches = plan_of(run), iter([True, True])

    def killed(*_: Any) -> None:
        if not next(batches, False):
            raise KeyboardInterrupt

    real = engine_reuse._complete

    def complete(*arguments: Any) -> Any:
        done = real(*arguments)
        killed()
        return done

    monkeypatch.setattr(engine_reuse, "_complete", complete)
    with pytest.raises(KeyboardInterrupt):
        engine_reuse.take_over(run, token, plan, lambda: True)
    run.refresh_from_db()
    assert (run.reused, run.done, run.responses.count()) == (8, 8, 8)
    monkeypatch.setattr(engine_reuse, "_complete", real)
    run = work_off(run)
    assert (run.state, run.calls, run.reused, run.responses.count()) == (Run.State.DONE, 0, 10, 10)


def test_two_workers_at_once_write_no_sample_twice(version: ModelVersion) -> None:
    run, token = prepared_copy(version)
    stale = Run.objects.get(pk=run.pk)
    plan = plan_of(run)
    first = run.items.order_by("pk")[0]
    WorkItem.objects.filter(pk=first.pk).update(state="leased", lease_until=timezone.now())
    assert engine_reuse.take_over(run, token, plan, lambda: True)
    assert engine_reuse.take_over(stale, token, plan, lambda: True)
    run.refresh_from_db()
    assert (run.reused, run.done, run.responses.count()) == (9, 9, 9)
    assert not Response.objects.filter(run=run, case=first.case_id).exists()


def test_who_no_longer_leads_a_run_takes_nothing_over(version: ModelVersion) -> None:
    run, token = prepared_copy(version)
    take(run.pk, token)
    assert engine_reuse.take_over(run, token, plan_of(run), lambda: True)
    assert run.responses.count() == 0


ORACLE = """
SELECT count(*) FROM evaluations_response AS one JOIN evaluations_response AS source ON source.id = one.reused_from_id
JOIN evaluations_run AS run ON run.id = one.run_id JOIN evaluations_run AS origin ON origin.id = source.run_id
WHERE one.run_id = %s AND source.reused_from_id IS NULL AND source.case_id = one.case_id AND source.repeat = one.repeat
    AND source.output_id = one.output_id AND origin.model_version_id = run.model_version_id
"""


@pytest.mark.parametrize("seed", range(4))
def test_by_sql_every_reused_sample_is_one_call_of_the_same_version(seed: int, version: ModelVersion) -> None:
    evaluation = evaluation_over([f"c{number}" for number in range(6 + seed)], repeats=1 + seed % 2)
    run_of(evaluation, version, cap=Decimal(4 + seed), cap_unit="calls")
    later = grown(evaluation, [f"c{number}" for number in range(seed, 12)])
    run = run_of(later, version)
    with connection.cursor() as cursor:
        cursor.execute(ORACLE, [run.pk])
        (whole,) = cursor.fetchone()
    assert run.reused == whole == run.responses.exclude(reused_from=None).count()
    assert (run.calls, run.done) == (run.total - run.reused, run.total)
    assert run.ledger.count() == run.calls


def test_runs_that_share_answers_say_so_where_they_are_compared(version: ModelVersion) -> None:
    evaluation = evaluation_over(4)
    first = run_of(evaluation, version)
    second, third = run_of(grown(evaluation, 6), version), run_of(evaluation, version, reuse=False)
    assert [shared_answers(*pair) for pair in ((first, second), (second, first), (first, third))] == [4, 4, 0]
    again = run_of(evaluation, version)
    assert shared_answers(again, third) == 4
    assert compare(again, third, evaluation.scorers.get().scorer.slug).as_json()["shared_answers"] == 4
