"""What was spent, month by month: settled for sure, and up to how much more calls on their way and lost ones may turn out to be."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self, get_args

from django.conf import settings
from django.db.models import F, QuerySet, Sum, Value
from django.db.models.functions import Concat, TruncMonth
from django.utils import timezone

from evaluations.models import Budget, Provider, SpendDay

By = Literal["provider", "version", "product", "schedule"]
WAYS: tuple[By, ...] = get_args(By)
VERSION = "run__model_version__"
# What a row is called by, and what its address needs.
FIELDS: dict[By, tuple[Any, Any]] = {
    "provider": (F(f"{VERSION}model__provider__name"), F(f"{VERSION}model__provider__slug")),
    "version": (
        Concat(f"{VERSION}model__slug", Value("@"), f"{VERSION}name"),
        F(f"{VERSION}model__slug"),
    ),
    "product": (F("run__charged_to"), F("run__charged_to")),
    "schedule": (F("run__round__schedule__name"), F("run__round__schedule")),
}
OTHERS = "other products"
NOBODY = {"provider": "no provider", "product": "no product", "schedule": "no schedule", "version": ""}
SUMS = {
    "settled": Sum("settled_money"),
    "reserved": Sum("reserved_money"),
    "unknown": Sum("unknown_money"),
    "tokens": Sum("settled_tokens"),
    "calls": Sum("settled_calls"),
    "unpriced": Sum("unpriced_calls"),
}


@dataclass(frozen=True)
class Spent:
    """Money in one currency, tokens and calls. unpriced: calls among them whose price was not known."""

    settled: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    unknown: Decimal = Decimal(0)
    tokens: int = 0
    calls: int = 0
    unpriced: int = 0

    @property
    def most(self) -> Decimal:
        """What it comes to at the very most."""
        return self.settled + self.reserved + self.unknown

    def __add__(self, other: Self) -> "Spent":
        return Spent(*(getattr(self, name) + getattr(other, name) for name in SUMS))


@dataclass
class SpendRow:
    """What is spent, in one currency; empty where no price was known. key: what its address needs. months: as in Spend."""

    name: str
    key: str
    currency: str
    months: list[Spent]

    @property
    def total(self) -> Spent:
        return sum(self.months, start=Spent())


@dataclass
class Spend:
    """months: their first days, oldest first. rows: the dearest first. totals: of each currency, by month."""

    months: Sequence[date]
    rows: list[SpendRow] = field(default_factory=list)
    totals: list[SpendRow] = field(default_factory=list)


def today() -> date:
    """The day that spending is counted to now."""
    return timezone.now().astimezone(settings.SPEND_ZONE).date()


def this_month() -> date:
    return today().replace(day=1)


def month_after(month: date, forward: int = 1) -> date:
    """The first day of the month so many months on."""
    at = month.year * 12 + month.month - 1 + forward
    return date(at // 12, at % 12 + 1, 1)


def spend(by: By, last: date, count: int, *, visible: Collection[str] | None = None) -> Spend:
    """What `count` months up to `last` took. One query.

    visible: keys of the products that may be named; the others are one row. None: all.
    """
    months = [month_after(last, -back) for back in range(count - 1, -1, -1)]
    found = Spend(months)
    rows: dict[tuple[str, str, str], SpendRow] = {}
    totals: dict[str, SpendRow] = {}
    for row in _sums(by, months[0], month_after(last)):
        spent = Spent(*(row[name] for name in SUMS))
        name, key = _named(by, row, visible)
        at = months.index(row["month"])
        currency = row["currency"]
        line = rows.setdefault((name, key, currency), SpendRow(name, key, currency, [Spent()] * count))
        total = totals.setdefault(currency, SpendRow("All", "", currency, [Spent()] * count))
        line.months[at] += spent
        total.months[at] += spent
    found.rows = sorted(rows.values(), key=lambda row: (row.currency == "", -row.total.most, row.name))
    found.totals = sorted(totals.values(), key=lambda row: (row.currency == "", row.currency))
    return found


def _sums(by: By, first: date, after: date) -> QuerySet[SpendDay, dict[str, Any]]:
    name, key = FIELDS[by]
    days = SpendDay.objects.filter(day__gte=first, day__lt=after).order_by()
    return days.values(month=TruncMonth("day"), what=name, key=key, money=F("currency")).annotate(
        currency=F("money"), **SUMS
    )


def _named(by: By, row: dict[str, Any], visible: Collection[str] | None) -> tuple[str, str]:
    if not row["key"]:
        return NOBODY[by], ""
    if by == "product" and visible is not None and row["key"] not in visible:
        return OTHERS, ""
    return str(row["what"]), str(row["key"])


def spend_this_month(provider: Provider) -> dict[str, Spent]:
    """What a provider's calls of this month came to, by currency. One query."""
    days = SpendDay.objects.filter(run__model_version__model__provider=provider, day__gte=this_month())
    rows = days.order_by().values("currency").annotate(**SUMS)
    return {row["currency"]: Spent(*(row[name] for name in SUMS)) for row in rows}


@dataclass(frozen=True)
class BudgetState:
    """A budget with what its month has taken."""

    budget: Budget
    taken: Spent

    @property
    def share(self) -> float:
        """Of the cap, at the most; 1 when nothing is left."""
        return min(float(self.taken.most / self.budget.cap), 1.0) if self.budget.cap else 1.0


def budget_states(budgets: QuerySet[Budget] | None = None) -> list[BudgetState]:
    """Budgets with this month's amounts, in each one's unit. Two queries."""
    rows = (Budget.objects.all() if budgets is None else budgets).select_related("provider", "schedule")
    rows = rows.prefetch_related("months")
    now = this_month()
    states = []
    for budget in rows:
        month = next((month for month in budget.months.all() if month.month == now), None)
        taken = Spent(month.settled, month.reserved, month.unknown) if month else Spent()
        states.append(BudgetState(budget, taken))
    return states


def spend_by_day(
    first: date, after: date, schedule_id: int | None = None
) -> dict[date, list[tuple[str, Spent]]]:
    """What each day of a stretch took, by currency, of everything or of a schedule's rounds. One query."""
    days = SpendDay.objects.filter(day__gte=first, day__lt=after)
    if schedule_id is not None:
        days = days.filter(run__round__schedule=schedule_id)
    found: dict[date, list[tuple[str, Spent]]] = {}
    for row in days.order_by("day", "currency").values("day", "currency").annotate(**SUMS):
        found.setdefault(row["day"], []).append((row["currency"], Spent(*(row[name] for name in SUMS))))
    return found
