"""Predictions that were made elsewhere are taken in, scored and judged in bulk, however many there are."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.db.utils import DataError
from django.test.utils import CaptureQueriesContext

from benchmarks.shared.predictions import hold_to_it, make_evaluation, make_model, right_ones
from capabilities.services.judging import judge_run
from evaluations.models import CallLedger, Case, Response, Run, RunAggregate
from evaluations.services.judging_calls import plan_of
from evaluations.services.rows import insert_rows
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def started(count: int) -> Run:
    user = make_user("pm")
    evaluation, version = (
        make_evaluation(user, f"commands-{count}", count),
        make_model(user, f"m-{count}", count),
    )
    hold_to_it(user, f"B{count}", version, evaluation)
    return start_run(actor=user, evaluation_version=evaluation, model_version=version)


def test_every_prediction_is_scored_once_and_the_criterion_judged() -> None:
    run = work_off(started(60))
    assert (run.state, run.done) == (Run.State.DONE, 60)
    whole = RunAggregate.objects.get(run=run, slice="")
    assert (whole.scored, whole.numerator) == (60, right_ones(60))
    assert CallLedger.objects.filter(run=run, state="settled").count() == 60
    [verdict] = judge_run(run)
    assert (verdict.n, verdict.point) == (60, right_ones(60) / 60)


def test_many_predictions_cost_no_more_queries_than_few() -> None:
    def cost(run: Run) -> int:
        with CaptureQueriesContext(connection) as asked:
            work_off(run)
        return len(asked)

    small, large = started(20), started(200)
    cost(started(10))
    assert cost(small) >= cost(large)


def test_a_call_carries_its_own_prediction_and_not_those_of_all_others() -> None:
    run = started(50)
    plan = plan_of(Run.objects.get(pk=run.pk))
    case = Case.objects.select_related("content").order_by("pk")[0]
    request = plan.request(case, "1")
    assert request.stored_output and "outputs" not in request.parameters
    assert plan.shared_tokens < 10


def answers(run: Run, **fields: object) -> list[Response]:
    cases = list(Case.objects.order_by("pk")[:3])
    return [
        Response(run=run, case=case, cost=Decimal(place) / 3, **fields) for place, case in enumerate(cases)
    ]


def test_rows_written_in_bulk_are_those_that_were_given() -> None:
    run = started(3)
    insert_rows(answers(run, request_digest=b"\x00\xff", finish_reason="sto,\"p{}'"))
    found = list(Response.objects.filter(run=run).order_by("case"))
    assert [round(one.cost or Decimal(0), 4) for one in found] == [
        Decimal(0),
        Decimal("0.3333"),
        Decimal("0.6667"),
    ]
    assert {bytes(one.request_digest or b"") for one in found} == {b"\x00\xff"}
    assert {one.finish_reason for one in found} == {"sto,\"p{}'"} and {one.latency_ms for one in found} == {
        None
    }
    assert insert_rows([]) == []


def test_rows_that_the_database_refuses_are_refused_in_bulk_too() -> None:
    run = started(1)
    case = Case.objects.get()
    insert_rows([Response(run=run, case=case)])
    assert insert_rows([Response(run=run, case=case)], ignore_conflicts=True) == []
    with pytest.raises(IntegrityError):
        insert_rows([Response(run=run, case=case)])


def test_what_is_too_long_for_its_column_is_not_cut() -> None:
    run = started(3)
    with pytest.raises(DataError):
        insert_rows(answers(run, finish_reason="x" * 21))
