"""Budgets of a month: whatever is called is counted before it is called, in every budget it falls under."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from config.people.models import AuditEntry
from evaluations.engine.claim import claim
from evaluations.engine.ledger import Prepared, write_intents
from evaluations.engine.reaper import reap
from evaluations.engine.recording import Books, record_outcomes
from evaluations.models import Budget, BudgetMonth, Run, SpendDay
from evaluations.providers.prices import Prices
from evaluations.providers.types import Request
from evaluations.queries.spend import this_month
from evaluations.services.budgets import remove_budget, save_budget
from evaluations.services.spend import Bound, Refusal
from tests.evaluations.test_engine_leases import replies
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_provider,
    make_round,
    make_run,
)

pytestmark = pytest.mark.django_db
ASKED = Request(messages=(), api_id="m", request_id="r")
PRICES = Prices(per_call=Decimal("0.5"))


def running(model=None, cases=3, **fields) -> Run:
    version = make_model_version(model or make_model(provider=make_provider("openai_like")))
    run = make_run(make_evaluation_version(make_dataset_version(cases)), version, **fields)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    run.refresh_from_db()
    return run


def asked(run: Run, count: int = 3, money: str = "1", currency: str = "USD"):
    bound = Bound(Decimal(money), Decimal(money), 10, currency)
    return write_intents(
        run, run.chain_token, [Prepared(item, ASKED, bound, 1) for item in claim(run, "w", count)]
    )


def month_of(budget: Budget) -> tuple[object, ...]:
    month = BudgetMonth.objects.get(budget=budget)
    return month.settled, month.reserved, month.unknown


def test_a_call_is_counted_in_every_budget_it_falls_under_and_in_no_other():
    run = running(charged_to="VA")
    provider = run.model_version.model.provider
    mine = [
        save_budget(actor=None, scope="site", cap=Decimal(9)),
        save_budget(actor=None, scope="provider", provider=provider, cap=Decimal(9), unit="calls"),
        save_budget(actor=None, scope="product", product="VA", cap=Decimal(900), unit="tokens"),
    ]
    other = save_budget(actor=None, scope="provider", provider=make_provider(), cap=Decimal(0))
    asked(run, 2)
    assert [month_of(budget) for budget in mine] == [(0, 2, 0), (0, 2, 0), (0, 20, 0)]
    assert month_of(other) == (0, 0, 0)


def test_a_full_month_lets_nothing_through_and_says_when_it_goes_on():
    run = running()
    budget = save_budget(actor=None, scope="site", cap=Decimal("2.5"))
    first = asked(run, 3)
    assert len(first.intents) == 1
    run_b = running()
    assert asked(run_b, 1).intents and asked(run_b, 1).refusal is Refusal.WAIT
    record_outcomes(Books(run, Prices(per_call=Decimal(1))), replies(first.intents))
    BudgetMonth.objects.update(reserved=0, unknown=Decimal(1))
    refused = asked(run_b, 1)
    assert refused.refusal is Refusal.MONTH
    assert f"The budget of {budget.amount} a month for everything is reached" in refused.words
    assert "It goes on on 1 " in refused.words and "(UTC)" in refused.words
    run_b.refresh_from_db()
    assert run_b.reserved == 1


def test_settled_lost_and_refused_calls_end_where_they_belong():
    run = running()
    budget = save_budget(actor=None, scope="site", cap=Decimal(9))
    written = asked(run, 3)
    record_outcomes(Books(run, PRICES), replies(written.intents[:1]))
    assert month_of(budget) == (Decimal("0.5"), 2, 0)
    run.items.update(lease_until=timezone.now() - timedelta(seconds=1))
    reap()
    assert month_of(budget) == (Decimal("0.5"), 0, 2)
    record_outcomes(Books(run, PRICES), replies(written.intents[1:]))
    assert month_of(budget) == (Decimal("1.5"), 0, 0)
    day = SpendDay.objects.get(run=run)
    assert (day.settled_money, day.settled_calls) == (Decimal("1.5"), 3)
    assert not day.unknown_money and day.currency == "USD"


def test_a_budget_made_in_the_middle_of_a_month_begins_with_what_was_taken():
    run = running()
    written = asked(run, 3)
    record_outcomes(Books(run, PRICES), replies(written.intents[:1]))
    SpendDay.objects.create(run=run, day=date(2020, 1, 31), currency="USD", settled_money=Decimal(5))
    budget = save_budget(
        actor=None, scope="provider", provider=run.model_version.model.provider, cap=Decimal(9)
    )
    assert month_of(budget) == (Decimal("0.5"), 2, 0)
    record_outcomes(Books(run, PRICES), replies(written.intents[1:]))
    assert month_of(budget) == (Decimal("1.5"), 0, 0)


def test_a_new_month_begins_at_nothing():
    budget = save_budget(actor=None, scope="site", cap=Decimal(1))
    last = this_month() - timedelta(days=1)
    BudgetMonth.objects.update(month=last.replace(day=1), settled=1)
    assert len(asked(running(), 1).intents) == 1
    assert BudgetMonth.objects.get(budget=budget, month=this_month()).reserved == 1


def test_a_raised_budget_lets_calls_go_on_and_a_lowered_one_stops_them():
    run = running()
    save_budget(actor=None, scope="site", cap=Decimal(0))
    assert asked(run, 1).refusal is Refusal.MONTH
    save_budget(actor=None, scope="site", cap=Decimal(1))
    assert len(asked(run, 1).intents) == 1
    save_budget(actor=None, scope="site", cap=Decimal("0.5"))
    assert not asked(run, 1).intents
    assert Budget.objects.count() == 1


def test_what_has_no_price_in_the_currency_is_not_called_under_a_budget_in_money():
    run = running()
    budget = save_budget(actor=None, scope="site", cap=Decimal(5))
    for currency in ("", "EUR"):
        refused = asked(run, 1, currency=currency)
        assert refused.refusal is Refusal.MONTH and "has no price in USD" in refused.words
    remove_budget(actor=None, budget=budget)
    assert len(asked(run, 1, currency="EUR").intents) == 1


def test_a_local_model_that_costs_nothing_is_nobodys_spending():
    run = running()
    save_budget(actor=None, scope="site", cap=Decimal(0), unit="calls")
    bound = Bound(Decimal(0), Decimal(0), counted=False)
    written = write_intents(
        run, run.chain_token, [Prepared(item, ASKED, bound, 1) for item in claim(run, "w", 3)]
    )
    assert len(written.intents) == 3
    record_outcomes(Books(run, Prices()), replies(written.intents))
    assert not SpendDay.objects.exists()


def test_a_budget_names_what_it_is_for_once():
    with pytest.raises(ValidationError, match="Name the provider"):
        save_budget(actor=None, scope="provider", cap=Decimal(1))
    with pytest.raises(ValidationError):
        save_budget(actor=None, scope="site", cap=Decimal(-1))
    save_budget(actor=None, scope="site", cap=Decimal(1))
    save_budget(actor=None, scope="site", cap=Decimal(2))
    assert Budget.objects.get().cap == 2
    assert AuditEntry.objects.filter(verb="budget.saved").count() == 2


def test_intents_cost_three_queries_for_each_budget(query_count):
    run = running(cases=9)
    asked(run, 1)
    with query_count(6):
        asked(run, 2)
    save_budget(actor=None, scope="site", cap=Decimal(50))
    with query_count(10):
        asked(run, 2)
    save_budget(actor=None, scope="site", cap=Decimal(50), unit="calls")
    with query_count(13):
        asked(run, 2)


def test_a_run_within_a_round_keeps_to_its_own_cap_and_to_the_rounds():
    shared = make_round(cap=Decimal(3))
    run = running(round=shared, cap=Decimal(2))
    assert [len(asked(run, 1).intents) for _ in range(2)] == [1, 1]
    assert asked(run, 1).refusal is Refusal.WAIT
    other = running(round=shared)
    assert len(asked(other, 1).intents) == 1
    assert asked(other, 1).refusal is Refusal.WAIT
