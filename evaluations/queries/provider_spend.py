"""What a provider's calls of this month took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from evaluations.models import CallLedger, Provider, Run

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Amount:
    """low to high: they differ while calls are on their way or their outcome was lost."""

    currency: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class MonthSpend:
    """since: the first of the month. not_priced: calls of runs whose price is not known."""

    since: datetime
    amounts: Sequence[Amount]
    not_priced: int


def spend_of(provider: Provider) -> MonthSpend:
    """Money since the first of the month, by currency. Three queries: whole runs by their sums, older ones call by call."""
    month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    runs = Run.objects.filter(model_version__model__provider=provider)
    inside = runs.filter(created_at__gte=month)
    across = runs.filter(created_at__lt=month).filter(Q(finished_at__gte=month) | Q(finished_at=None))
    sums = list(
        inside.order_by()
        .values("currency")
        .annotate(money=Sum("cost"), bare=Sum("calls", filter=Q(cost=None)))
    )
    known = _calls(across, month).filter(state=CallLedger.State.SETTLED)
    uncertain = runs.filter(Q(calls_unknown__gt=0) | Q(finished_at=None))
    open_states = [CallLedger.State.INTENT, CallLedger.State.UNKNOWN]
    unsettled = _by_currency(_calls(uncertain, month).filter(state__in=open_states), "highest_cost")
    low = _by_currency(known, "cost")
    for row in sums:
        if row["money"] is not None:
            low[row["currency"]] = low.get(row["currency"], NOTHING) + row["money"]
    currencies = sorted({*low, *(currency for currency, money in unsettled.items() if money)})
    amounts = [
        Amount(name, low.get(name, NOTHING), low.get(name, NOTHING) + unsettled.get(name, NOTHING))
        for name in currencies
    ]
    return MonthSpend(month, amounts, sum(row["bare"] or 0 for row in sums))


def _calls(runs: QuerySet[Run], since: datetime) -> QuerySet[CallLedger]:
    return CallLedger.objects.filter(run__in=runs, created_at__gte=since)


def _by_currency(calls: QuerySet[CallLedger], field: str) -> dict[str, Decimal]:
    rows: Any = calls.order_by().values_list("run__currency").annotate(money=Sum(field))
    return {currency: money for currency, money in rows if money is not None}
