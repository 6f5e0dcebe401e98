"""Budgets of a month: each call's highest amount is added before it is made, by one conditional UPDATE of the month.

Lock order: run, round, its day of spending, months by id; everybody keeps to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Sum

from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Budget, BudgetMonth, Cap, Provider, Run, Schedule, SpendDay
from evaluations.queries.spend import month_after, this_month

NOTHING = Decimal(0)
PARTS = ("settled", "reserved", "unknown")
COLUMNS = tuple(f"{part}_{unit}" for part in PARTS for unit in Cap.values)

# Adds a SELECT of these columns, in this order, to the days of runs.
TO_DAYS = f"""
INSERT INTO evaluations_spendday AS spent (run_id, day, currency, unpriced_calls, {", ".join(COLUMNS)})
%s
ON CONFLICT (run_id, day) DO UPDATE SET
    currency = COALESCE(NULLIF(spent.currency, ''), EXCLUDED.currency),
    unpriced_calls = spent.unpriced_calls + EXCLUDED.unpriced_calls,
    {", ".join(f"{column} = spent.{column} + EXCLUDED.{column}" for column in COLUMNS)}
RETURNING day
"""
TODAY = "(clock_timestamp() AT TIME ZONE %(zone)s::text)::date"
HOLD = """
UPDATE evaluations_budgetmonth AS month SET reserved = month.reserved + %(most)s
FROM evaluations_budget AS budget
WHERE month.id = %(month)s AND budget.id = month.budget_id
    AND month.settled + month.reserved + month.unknown + %(most)s <= budget.cap
"""
COVERING = """
SELECT budget.* FROM evaluations_budget AS budget
WHERE budget.scope = 'site' OR budget.product = NULLIF(%(product)s, '')
    OR budget.schedule_id = (SELECT schedule_id FROM evaluations_round WHERE id = %(round)s)
    OR budget.provider_id = (
        SELECT model.provider_id FROM evaluations_model AS model
        JOIN evaluations_modelversion AS version ON version.model_id = model.id WHERE version.id = %(version)s
    )
ORDER BY budget.id
"""
# Whoever books holds ROW EXCLUSIVE: nobody books while the month is added up, and who books next sees the budget.
QUIET = "LOCK TABLE evaluations_spendday IN SHARE ROW EXCLUSIVE MODE"

Moves = Mapping[str, Decimal | int]


@dataclass(frozen=True)
class Amounts:
    """The most some calls can take. currency: of the money; empty when no price is known."""

    money: Decimal
    tokens: int
    calls: int
    currency: str

    def reserved(self, sign: int = 1) -> Moves:
        return {
            "reserved_money": sign * self.money,
            "reserved_tokens": sign * self.tokens,
            "reserved_calls": sign * self.calls,
        }


@dataclass(frozen=True)
class Full:
    """A budget that holds no more. for_now: calls on their way may still give some of it back. words: which, and when it goes on."""

    words: str
    for_now: bool


def hold(run: Run, day: date, most: Amounts) -> Full | None:
    """Set the most of some calls aside in every budget the run falls under; the first that does not hold it.

    Call it inside a transaction and roll that back when it refuses. One query, three more for each budget.
    """
    for budget in budgets_of(run):
        month = _month(budget, day)
        if budget.unit == Cap.MONEY and most.currency != budget.currency:
            return Full(_no_price(budget, run), for_now=False)
        with connection.cursor() as cursor:
            cursor.execute(HOLD, {"most": getattr(most, budget.unit), "month": month.pk})
            if not cursor.rowcount:
                return Full(full_words(budget, month), for_now=month.reserved > 0)
    return None


def move(run: Run, days: Mapping[date, Moves]) -> None:
    """Add amounts to the months that calls of these days were counted in. One query, one more for each budget and day."""
    for budget, (day, moves) in product(budgets_of(run) if days else [], days.items()):
        BudgetMonth.objects.filter(budget=budget, month=day.replace(day=1)).update(
            **{part: F(part) + moves.get(f"{part}_{budget.unit}", 0) for part in PARTS}
        )


def budgets_of(run: Run) -> list[Budget]:
    """Every budget the calls of a run count to, always in the same order. One query."""
    values = {"product": run.charged_to, "round": run.round_id, "version": run.model_version_id}
    return list(Budget.objects.raw(COVERING, values))


def full_budgets(*, schedule: Schedule, provider_id: int | None = None) -> list[str]:
    """Sentences for the budgets that hold nothing more of this month for a schedule's rounds, or at this provider. One query."""
    covers = Q(scope=Budget.Scope.SITE) | Q(schedule=schedule)
    if schedule.charged_to:
        covers |= Q(product=schedule.charged_to)
    if provider_id:
        covers |= Q(provider=provider_id)
    months = BudgetMonth.objects.filter(
        budget__in=Budget.objects.filter(covers), month=this_month()
    ).select_related("budget__provider", "budget__schedule")
    return [full_words(month.budget, month) for month in months if month.taken >= month.budget.cap]


def full_words(budget: Budget, month: BudgetMonth) -> str:
    """Which budget is reached, by how much, and when calls go on."""
    after = month_after(month.month)
    taken = f"{month.taken.normalize():f}"
    return (
        f"The budget of {budget.amount} a month for {budget.covers} is reached: {taken} of it {'is' if month.taken == 1 else 'are'} "
        f"taken in {month.month:%B %Y}. It goes on on 1 {after:%B} ({settings.SPEND_ZONE.key}), or when the budget is raised."
    )


def _no_price(budget: Budget, run: Run) -> str:
    return (
        f"{run.model_version.label} has no price in {budget.currency}, so the budget of {budget.amount} a month for {budget.covers} "
        "cannot be held. Set its price; it goes on by itself."
    )


def _month(budget: Budget, day: date) -> BudgetMonth:
    """The budget's month. A new month begins at nothing: whatever was called in it came this way."""
    first = day.replace(day=1)
    BudgetMonth.objects.bulk_create([BudgetMonth(budget=budget, month=first)], ignore_conflicts=True)
    return BudgetMonth.objects.get(budget=budget, month=first)


class Covers(TypedDict, total=False):
    """What a budget is for and counts; these never change."""

    provider: Provider | None
    schedule: Schedule | None
    product: str
    unit: str
    currency: str


@transaction.atomic
def save_budget(*, actor: User | None, scope: str, cap: Decimal, **covers: Unpack[Covers]) -> Budget:
    """The budget of this scope and unit with this amount; made when it is new, with what its month has taken already.

    A lower amount than is taken already stops the next call. Raises ValidationError.
    """
    named = {"scope": scope, "unit": Cap.MONEY, "provider": None, "schedule": None, "product": "", **covers}
    currency = str(named.pop("currency", "USD"))
    with connection.cursor() as cursor:
        cursor.execute(QUIET)
    budget = Budget.objects.filter(**named).first()
    before = {"cap": budget.cap} if budget else {}
    if budget is None:
        budget = Budget(**named, currency=currency, created_by=actor)
    budget.cap = cap
    budget.full_clean()
    budget.save()
    if not before:
        BudgetMonth.objects.create(budget=budget, month=this_month(), **_taken(budget, this_month()))
    record(
        actor=actor,
        verb="budget.saved",
        noun="budget",
        object_id=budget.pk,
        label=str(budget)[:200],
        before=before,
        after={"cap": budget.cap, "unit": str(budget.unit)},
    )
    return budget


@transaction.atomic
def remove_budget(*, actor: User | None, budget: Budget) -> None:
    """From now on nothing is held to it; what was spent stays counted."""
    record(
        actor=actor,
        verb="budget.removed",
        noun="budget",
        object_id=budget.pk,
        label=str(budget)[:200],
        before={"cap": budget.cap, "unit": str(budget.unit)},
    )
    budget.delete()


def _taken(budget: Budget, month: date) -> dict[str, Decimal]:
    """What the month has taken of a budget, from the days of all runs. One query."""
    days = SpendDay.objects.filter(_covered(budget), day__gte=month, day__lt=month_after(month))
    if budget.unit == Cap.MONEY:
        days = days.filter(currency=budget.currency)
    sums = days.aggregate(**{part: Sum(f"{part}_{budget.unit}", default=0) for part in PARTS})
    return {part: Decimal(amount) for part, amount in sums.items()}


def _covered(budget: Budget) -> Q:
    return {
        Budget.Scope.SITE: Q(),
        Budget.Scope.PROVIDER: Q(run__model_version__model__provider=budget.provider_id),
        Budget.Scope.SCHEDULE: Q(run__round__schedule=budget.schedule_id),
        Budget.Scope.PRODUCT: Q(run__charged_to=budget.product),
    }[Budget.Scope(budget.scope)]
