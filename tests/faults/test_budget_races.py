"""Budgets hold while four worker processes race for the last unit, and calls go on when there is room again."""

from decimal import Decimal
from typing import Any

import pytest

from evaluations.models import BudgetMonth, Model, Run, Schedule, SpendDay
from evaluations.services.budgets import remove_budget, save_budget
from evaluations.services.rounds import start_round
from evaluations.services.schedules import run_now, save_schedule
from tests.factories.evaluations import make_suite
from tests.faults.world import World, wait_until

pytestmark = pytest.mark.faults
WORKERS = 4


def four_workers(world: World) -> None:
    world.server.switch(latency_ms=20)
    world.ticks()
    for _ in range(WORKERS):
        world.worker(concurrency=1)


def scheduled(world: World, model: Model, **money: Any) -> Schedule:
    """Every call costs one dollar."""
    suite = make_suite([world.evaluation(10).evaluation])
    for _ in range(WORKERS):
        world.version(model)
    selector = {"models": [model.slug], "stages": ["candidate"]}
    return save_schedule(
        actor=None, name="Race", suite=suite, selector=selector, cron="0 7 * * *", zone="UTC", **money
    )


def test_a_schedule_with_a_cap_of_one_unit_never_spends_more(world: World):
    four_workers(world)
    schedule = scheduled(world, world.model(), cap=Decimal(1), cap_unit="money")
    round = run_now(actor=None, schedule=schedule)
    runs = [world.finish(run) for run in round.runs.all()]
    round.refresh_from_db()
    assert len(runs) == WORKERS
    assert len(world.server.bill()) == 1 == round.settled
    assert round.reserved == 0 == round.unknown


def test_a_schedules_month_of_one_unit_holds_over_all_of_its_rounds(world: World):
    four_workers(world)
    schedule = scheduled(world, world.model())
    budget = save_budget(actor=None, scope="schedule", schedule=schedule, cap=Decimal(1))
    rounds = [run_now(actor=None, schedule=schedule) for _ in range(2)]
    runs = Run.objects.filter(round__in=rounds)
    wait_until(lambda: runs.filter(paused_since__isnull=False).count() == 2 * WORKERS)
    month = BudgetMonth.objects.get(budget=budget)
    assert len(world.server.bill()) == 1 == month.settled
    assert month.reserved == 0 == month.unknown
    assert all(
        "The budget of 1 USD a month for the schedule Race is reached" in run.paused_reason for run in runs
    )


def test_a_run_that_met_a_months_budget_goes_on_when_it_is_raised_and_ends_when_it_is_gone(world: World):
    four_workers(world)
    model = world.model()
    budget = save_budget(actor=None, scope="provider", provider=model.provider, cap=Decimal(5))
    round = start_round(
        actor=None,
        name="A month",
        evaluation_versions=[world.evaluation(5)],
        model_versions=[world.version(model) for _ in range(WORKERS)],
    )
    wait_until(
        lambda: len(world.server.bill()) == 5 and round.runs.filter(paused_reason__contains="5 USD").count()
    )
    save_budget(actor=None, scope="provider", provider=model.provider, cap=Decimal(9))
    wait_until(
        lambda: len(world.server.bill()) == 9 and round.runs.filter(paused_reason__contains="9 USD").count()
    )
    remove_budget(actor=None, budget=budget)
    runs = [world.finish(run) for run in round.runs.all()]
    assert [(run.state, run.done, run.paused_reason) for run in runs] == [(Run.State.DONE, 5, "")] * WORKERS
    days = SpendDay.objects.filter(run__in=runs)
    assert sum(day.settled_money for day in days) == 20 == len(world.server.bill())
    assert all(day.reserved_money == 0 == day.unknown_money for day in days)


def test_a_worker_killed_in_the_middle_leaves_its_calls_in_the_month_at_their_most(world: World):
    world.server.switch(latency_ms=300)
    world.ticks()
    model = world.model()
    budget = save_budget(actor=None, scope="site", cap=Decimal(8))
    worker = world.worker(concurrency=1)
    run = world.start(cases=20, model_version=world.version(model))
    for child in world.calling_children(worker, run):
        child.kill()
    world.worker(concurrency=1)
    wait_until(lambda: Run.objects.get(pk=run.pk).paused_reason)
    month = BudgetMonth.objects.get(budget=budget)
    assert month.settled + month.unknown == 8 >= len(world.server.bill())
    assert month.unknown > 0 == month.reserved
