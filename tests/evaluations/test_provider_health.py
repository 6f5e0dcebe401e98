"""How a provider has been doing: on its page and over the API, from calls that were made."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from config.broker import broker
from config.people.models import Role
from evaluations.models import CallLedger, ModelEvent, ModelVersion, Provider, Run
from evaluations.providers.breaker import breaker_key
from evaluations.queries.providers import health_of
from tests.api_client import Caller
from tests.factories.evaluations import make_finished_run, make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "https://api.acme.com/v1"


@pytest.fixture
def provider() -> Provider:
    return make_provider("openai_like", slug="acme", name="Acme", base_url=ADDRESS)


@pytest.fixture
def page(client: Client):
    client.force_login(make_user(Role.VIEWER))
    return lambda: " ".join(client.get("/providers/acme/").content.decode().split())


def answer(place: int, repeat: int) -> dict[str, float]:
    return {"latency_ms": 100.0 * (place + 1), "input_tokens": 10, "output_tokens": 2}


def used(provider: Provider, version: ModelVersion | None = None, **run: Any) -> Run:
    """A run of three answers, taking 100, 200 and 300 ms, each 10 tokens in and 2 out; the calls in its ledger at 1 dollar."""
    version = version or make_model_version(provider=provider, api_id="acme-1")
    facts: dict[str, Any] = {"cost": Decimal(3), "calls": 3} | run
    made = make_finished_run(model_version=version, answers=answer, **facts)
    for item in made.items.order_by("id"):
        call(made, item.pk, "settled", cost=Decimal(1))
    return made


def some(rows: Any) -> int:
    return int(rows.order_by("pk").values_list("pk", flat=True)[0])


def call(run: Run, item: int, state: str, **fields: Any) -> CallLedger:
    attempt = CallLedger.objects.filter(run=run, item=item).count() + 1
    facts: dict[str, Any] = {"highest": 1, "ended_at": timezone.now(), **fields}
    return CallLedger.objects.create(run=run, item_id=item, attempt=attempt, state=state, **facts)


def test_calls_failures_times_and_tokens_are_told_altogether_and_by_version(provider, page):
    run = used(provider)
    call(run, some(run.items), "released", error_class="outage")
    health = health_of(provider)
    [(version, use)] = health.versions
    assert version == run.model_version
    for told in (health.all, use):
        assert (told.calls, told.errors, told.error_rate) == (4, 1, 0.25)
        assert (told.p50, told.input_tokens, told.output_tokens) == (0.2, 30, 6)
        assert told.p95 == pytest.approx(0.29)
    assert "25.0 %" in page().replace("\u202f", " ").replace("\xa0", " ")


def test_an_old_call_says_nothing_of_this_week(provider, page):
    run = used(provider, finished_at=timezone.now() - timedelta(days=9))
    old = timezone.now() - timedelta(days=9)
    Run.objects.filter(pk=run.pk).update(created_at=old)
    run.ledger.update(created_at=old, ended_at=old)
    assert health_of(provider).all.calls == 0
    assert "Nobody has called it in the last 7 days." in page()


def test_the_last_failure_is_told_in_the_words_of_its_sample(provider, page):
    run = used(provider)
    item = some(run.items)
    call(run, item, "released", error_class="retryable", ended_at=timezone.now() + timedelta(seconds=1))
    assert "The latest call failed." in page()
    assert "The provider failed." in page()
    run.items.filter(pk=item).update(error="The provider failed (500): out of memory.")
    assert "out of memory" in page()


def test_money_of_calls_whose_outcome_is_lost_makes_the_spend_a_range(provider, page):
    run = used(provider, calls_unknown=1)
    call(run, some(run.items), "unknown", highest_cost=Decimal(2))
    [amount] = health_of(provider).spend.amounts
    assert (amount.currency, amount.low, amount.high) == ("USD", Decimal(3), Decimal(5))
    assert "$3.00 to $5.00" in page()


def test_of_a_run_that_began_last_month_only_this_months_calls_count(provider):
    run = used(provider)
    before = timezone.localtime().replace(day=1, hour=0, minute=0) - timedelta(days=2)
    Run.objects.filter(pk=run.pk).update(created_at=before)
    run.ledger.filter(pk=some(run.ledger)).update(created_at=before)
    [amount] = health_of(provider).spend.amounts
    assert amount.low == amount.high == 2


def test_calls_without_a_price_are_said_so(provider, page):
    used(provider, cost=None)
    assert health_of(provider).spend.not_priced == 3
    assert "3 calls without a known price" in page()


def test_a_model_nobody_calls_just_now_is_said_since_when(provider, page):
    used(provider)
    key = breaker_key(site.REDIS_PREFIX, "acme", provider.secret_name, "acme-1")
    with broker() as connection:
        connection.hset(key, mapping={"since": time.time() - 120, "until": time.time() + 30})
        try:
            text = page()
        finally:
            connection.delete(key)
    assert "acme-1 is paused:" in text
    assert "failed several times in a row" in text
    assert "is paused" not in page()


def test_without_the_broker_the_page_says_that_pauses_are_not_known(provider, page, settings):
    used(provider)
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert "Whether it is paused is not known" in page()


def test_what_changed_under_us_is_told(provider, page):
    version = make_model_version(provider=provider, api_id="acme-1")
    ModelEvent.objects.create(model_version=version, kind="resolved", before="acme-1-a", after="acme-1-b")
    ModelEvent.objects.create(model_version=version, kind="gone", before="acme-1")
    ModelEvent.objects.create(model_version=version, kind="registered", after="acme-1")
    text = page()
    assert "acme-1-a → acme-1-b" in text
    assert "The provider no longer has it" in text
    assert [event.kind for event in health_of(provider).changes] == ["gone", "resolved"]


def test_a_provider_on_this_machine_says_that_nothing_has_to_be_reached(page):
    make_provider("rules", slug="acme")
    assert "nothing has to be reached" in page()


def test_the_api_tells_the_same(provider):
    run = used(provider)
    call(run, some(run.items), "released", error_class="outage")
    told = Caller().get("/providers/acme/health/").json()
    assert (told["all"]["calls"], told["all"]["error_rate"], told["all"]["p50"]) == (4, 0.25, 0.2)
    assert told["versions"][0]["version"] == run.model_version.label
    assert told["spend"] == [{"currency": "USD", "low": "3.00000000", "high": "3.00000000"}]
    assert told["last_failure"]["run"] == run.pk
    assert (told["pauses"], told["changes"]) == ([], [])


def test_health_takes_nine_queries_however_many_runs_there_are(provider, django_assert_num_queries):
    used(provider)
    with django_assert_num_queries(9):
        health_of(provider)
    for _ in range(4):
        used(provider)
    with django_assert_num_queries(9):
        health_of(provider)
