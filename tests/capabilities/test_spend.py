"""Spending: what calls cost, at the prices of their day, and who may see whose."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.people.models import Role
from evaluations.models import Budget, SpendDay
from evaluations.queries.spend import month_after, spend, spend_this_month, this_month, today
from evaluations.services.budgets import save_budget
from evaluations.services.models import set_price
from evaluations.services.runs import start_run
from tests.api_client import ALL_SCOPES, Caller
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.capabilities import make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_price,
    make_provider,
    make_run,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PAGE = "capabilities:spend"


def make_spend(day: date | None = None, *, currency: str = "USD", settled: str = "1", **fields) -> SpendDay:
    """A dollar spent today by a run of its own; run's fields: charged_to, model_version."""
    facts = {name: fields.pop(name) for name in ("charged_to", "round") if name in fields}
    run = make_run(make_evaluation_version(), fields.pop("version", None) or make_model_version(), **facts)
    return SpendDay.objects.create(
        run=run,
        day=day or today(),
        currency=currency,
        settled_money=Decimal(settled),
        settled_calls=1,
        settled_tokens=10,
        **fields,
    )


def test_calls_are_paid_at_the_price_of_their_day_and_a_new_price_rewrites_nothing(settings):
    with BillingServer(latency_ms=0) as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        provider = make_provider("openai_like", base_url=server.base_url)
        version = make_model_version(
            make_model("llm", provider=provider), api_id="echo", parameters={"max_tokens": 8}
        )
        make_price(version, "call", "2", from_date=today() - timedelta(days=9))
        make_price(version, "call", "50", from_date=today() + timedelta(days=1))
        evaluation = make_evaluation_version(make_dataset_version(3))
        first = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=version))
        set_price(actor=None, version=version, unit="call", amount=Decimal(7), from_date=today())
        again = start_run(actor=None, evaluation_version=evaluation, model_version=version, reuse=False)
        second = work_off(again)
    first.refresh_from_db()
    assert [first.cost, second.cost] == [Decimal(6), Decimal(21)]
    spent = spend_this_month(provider)["USD"]
    assert spent.settled == 27 == spent.most
    assert spent.calls == 6


def test_months_stand_beside_each_other_and_lost_calls_make_a_range():
    version = make_model_version(provider=make_provider("openai_like", name="Acme"))
    make_spend(month_after(this_month(), -1), version=version)
    make_spend(version=version, unknown_money=Decimal(2), reserved_money=Decimal("0.5"))
    make_spend(month_after(this_month(), -9), version=version)
    found = spend("provider", this_month(), 3)
    [row] = found.rows
    assert row.name == "Acme"
    assert [spent.settled for spent in row.months] == [0, 1, 1]
    assert [row.total.settled, row.total.most] == [Decimal(2), Decimal("4.5")]
    assert [total.currency for total in found.totals] == ["USD"]


def test_currencies_are_never_added_up_and_unpriced_calls_are_told_apart():
    version = make_model_version()
    make_spend(version=version)
    make_spend(version=version, currency="EUR")
    make_spend(version=version, currency="", settled="0", unpriced_calls=1)
    found = spend("version", this_month(), 3)
    assert [row.currency for row in found.rows] == ["EUR", "USD", ""]
    assert [total.currency for total in found.totals] == ["EUR", "USD", ""]
    assert found.rows[2].total.unpriced == 1


def test_spending_takes_one_query_however_much_there_is(query_count):
    for many in (2, 12):
        for _ in range(many):
            make_spend()
        with query_count(1):
            spend("version", this_month(), 6)


def test_who_may_not_see_a_product_sees_its_spending_without_its_name(client: Client):
    make_product(key="OPEN", name="Open one")
    make_product(key="SEC", name="Secret one", restricted=True)
    make_spend(charged_to="OPEN")
    make_spend(charged_to="SEC", settled="5")
    save_budget(actor=None, scope="product", product="SEC", cap=Decimal(99))
    client.force_login(make_user(Role.VIEWER))
    page = client.get(reverse(PAGE), {"by": "product"}).content.decode()
    assert "Open one" in page and "other products" in page and "$6.00" in page
    assert "SEC" not in page and "Secret one" not in page
    file = client.get(reverse(PAGE), {"by": "product", "format": "csv"}).content.decode()
    assert "SEC" not in file and "other products" in file
    client.force_login(make_user(Role.ADMIN))
    page = client.get(reverse(PAGE), {"by": "product"}).content.decode()
    assert "Secret one" in page and "the product SEC" in page


@pytest.mark.parametrize("by", ["provider", "version", "product", "schedule", "nonsense"])
def test_the_page_makes_the_same_queries_for_little_and_much(client: Client, by: str):
    client.force_login(make_user(Role.VIEWER))
    client.get(reverse(PAGE))
    counts = []
    for many in (1, 8):
        for number in range(many):
            make_spend(charged_to=f"P{number}")
            save_budget(actor=None, scope="provider", provider=make_provider(), cap=Decimal(1))
        with CaptureQueriesContext(connection) as made:
            assert client.get(reverse(PAGE), {"by": by}).status_code == 200
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_an_empty_page_says_what_is_counted(client: Client):
    client.force_login(make_user(Role.VIEWER))
    page = client.get(reverse(PAGE)).content.decode()
    assert "Nothing was spent in these months" in page and "New budget" not in page


def test_an_administrator_sets_changes_and_removes_a_budget(client: Client):
    provider = make_provider(name="Acme")
    client.force_login(make_user(Role.ADMIN))
    url = reverse("capabilities:budget-new")
    given = {"scope": "provider", "provider": provider.slug, "cap": "20", "unit": "money", "currency": "USD"}
    assert client.post(url, {**given, "cap": "-1"}).status_code == 422
    assert client.post(url, {**given, "provider": ""}).status_code == 422
    for cap in ("20", "25"):
        assert client.post(url, {**given, "cap": cap}).status_code == 302
    budget = Budget.objects.get()
    assert budget.cap == 25
    assert "the provider Acme" in client.get(reverse(PAGE)).content.decode()
    client.post(reverse("capabilities:budget-remove", args=[budget.pk]))
    assert not Budget.objects.exists()


def test_the_api_says_what_the_page_says():
    make_product(key="SEC", restricted=True)
    make_spend(charged_to="SEC", unknown_money=Decimal(2))
    viewer, admin = Caller("read", user=make_user(Role.VIEWER)), Caller(*ALL_SCOPES)
    reply = viewer.get("/spend/", {"by": "product", "months": 2}).json()
    [row] = reply["rows"]
    assert row["name"] == "other products"
    assert row["months"][1]["settled"] == "1.00000000"
    assert row["months"][1]["most"] == "3.00000000"
    assert viewer.get("/spend/", {"by": "moon"}).status_code == 400
    body = {"scope": "site", "cap": "9"}
    assert viewer.send("POST", "/budgets/", body).status_code == 403
    made = admin.send("POST", "/budgets/", body)
    assert (made.status_code, made.json()["settled"]) == (201, "1.00000000")
    assert len(viewer.get("/budgets/").json()) == 1
    assert admin.send("DELETE", f"/budgets/{made.json()['id']}/").status_code == 204
