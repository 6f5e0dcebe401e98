"""Runs of tasks, through the engine and over HTTP: several calls a sample, one bill, and the budget holds for all of them."""

import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from evaluations.models import CallLedger, Response, Run, Transcript, WorkItem
from evaluations.providers import get_adapter
from evaluations.providers.inspect_tasks import Inspect
from evaluations.services.erasure import contents_of_case, erase_contents
from evaluations.services.models import register_version
from evaluations.services.requests import cost_range, plan_for
from evaluations.services.runs import start_run
from evaluations.services.spend import prices_of
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_price,
    make_provider,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)
TASK = {"task": "acme/conversation", "arguments": {"calls": 3}, "max_tokens": 20}


@pytest.fixture
def server(settings, monkeypatch):
    """The billing server, which the engine may call, with a stand-in where inspect-ai would be."""
    standin = Inspect("tests.evaluations.providers.standin_tasks")
    monkeypatch.setattr("evaluations.services.requests.get_adapter", lambda name: standin)
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        yield server


def version_at(server: BillingServer, **parameters):
    provider = make_provider("inspect", base_url=server.base_url, requests_per_minute=None, max_concurrency=1)
    version = make_model_version(
        make_model("llm", provider=provider), api_id="echo", parameters={**TASK, **parameters}
    )
    make_price(version, "input", "10")
    make_price(version, "call", "1")
    return version


def cases(*texts: str):
    return make_evaluation_version(make_dataset_version([{"key": text, "input": text} for text in texts]))


def run_of(server: BillingServer, *texts: str, cap: int = 100, **parameters) -> Run:
    version = version_at(server, **parameters)
    return work_off(
        start_run(
            actor=None,
            evaluation_version=cases(*texts),
            model_version=version,
            cap=Decimal(cap),
            cap_unit="calls",
        )
    )


def test_every_call_of_a_sample_is_in_the_bill_once(server: BillingServer) -> None:
    run = run_of(server, "one", "two")
    bill = server.bill()
    assert run.state == Run.State.DONE
    assert len(bill) == run.settled == 6
    answers = Response.objects.filter(run=run)
    assert sum(answer.input_tokens or 0 for answer in answers) == sum(line["input"] for line in bill)
    assert sum(answer.cost or 0 for answer in answers) > 6
    assert run.resolved_model == "echo-2026-01-01"


def test_how_an_answer_came_about_is_kept_shown_and_erased_with_its_case(
    server: BillingServer, client: Client
) -> None:
    run = run_of(server, "one", "two")
    page = f"/runs/{run.pk}/samples/?case=one"
    client.force_login(make_user("viewer"))
    assert "How it came about" not in client.get(page).content.decode()
    client.force_login(make_user("viewer", may_read_test=True))
    shown = client.get(page).content.decode()
    assert "How it came about: 6 messages, 1 call of tools" in shown
    assert "add" in shown and "x&quot;: 2" in shown
    lines = [
        json.loads(line) for line in client.get(f"/api/v1/runs/{run.pk}/samples/").getvalue().splitlines()
    ]
    assert [message["role"] for message in lines[0]["transcript"]] == ["user", "assistant"] * 3
    dataset = run.evaluation_version.dataset_version.dataset
    hashes = contents_of_case(dataset.slug, "one")
    kept = Transcript.objects.get(response__run=run, response__case__key="one").content
    assert kept.sha256 in hashes
    erase_contents(actor=None, hashes=[kept.sha256], reason="asked for")
    assert "How it came about was erased." in client.get(page).content.decode()
    other = Transcript.objects.get(response__run=run, response__case__key="two").content
    assert other.purged_at is None


def test_what_a_failed_sample_paid_is_settled_and_its_error_kept(
    server: BillingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluations.providers.retry.delay", lambda *given: 0.0)
    run = run_of(server, "one", task="acme/dies")
    item = WorkItem.objects.get(run=run)
    assert (item.state, "ended by SIGKILL" in item.error) == (WorkItem.State.FAILED, True)
    assert item.error.startswith("The same error came 3 times.")
    ledger = CallLedger.objects.filter(run=run)
    assert len(server.bill()) == run.settled == 1, "later tries take the answer that is there"
    assert set(ledger.values_list("state", flat=True)) == {"settled", "released"}
    assert not Response.objects.filter(run=run).exists()


def test_a_budget_in_calls_counts_the_calls_of_samples(server: BillingServer) -> None:
    run = run_of(server, "one", "two", "three", cap=7, max_calls=4)
    assert len(server.bill()) == run.settled == 6
    assert "budget of 7 calls was reached after 2 of 3" in run.failure
    assert run.reserved == run.unknown == 0


def test_the_most_a_sample_may_cost_is_expected_and_set_aside(server: BillingServer) -> None:
    version = version_at(server, token_limit=100_000, max_calls=5)
    plan = plan_for(cases("one"), version)
    prices = prices_of(version, version.created_at.date())
    assert prices is not None
    assert cost_range(plan, prices, 2, (10, 40))[1] == 2 * (Decimal(1) + 5)


def test_a_version_that_names_no_task_is_not_registered() -> None:
    model = make_model("llm", provider=make_provider("inspect", base_url="http://llm:8000/v1"))
    assert get_adapter("inspect").name == "inspect"
    with pytest.raises(ValidationError, match="name what to run"):
        register_version(
            actor=None, model=model, name="v1", identity={"api_id": "echo", "parameters": {"temperature": 0}}
        )
