"""Providers and how they have been doing."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np
from django.db.models import Count, Q, Sum
from django.utils import timezone

from evaluations.models import CallLedger, Provider, Response

WINDOW = timedelta(days=7)
MOST = 5_000


@dataclass(frozen=True)
class Health:
    """Calls of the last 7 days, the newest 5,000 at most, and money since the first of the month.

    error_rate: share of ended calls that failed on the way (model errors are answers); None without calls. p50, p95: seconds.
    spend: by currency; not_priced: calls this month whose price is not known.
    """

    calls: int
    errors: int
    p50: float | None
    p95: float | None
    spend: list[tuple[str, Decimal]]
    not_priced: int

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.calls if self.calls else None


def health_of(provider: Provider) -> Health:
    """How the provider has been doing. Three queries, each bounded."""
    since = timezone.now() - WINDOW
    calls = CallLedger.objects.filter(
        run__model_version__model__provider=provider, created_at__gte=since, ended_at__isnull=False
    ).order_by("-id")
    errors = list(calls.values_list("error_class", flat=True)[:MOST])
    answers = Response.objects.filter(
        run__model_version__model__provider=provider,
        reused_from=None,
        latency_ms__isnull=False,
        created_at__gte=since,
    ).order_by("-id")
    times = [float(time or 0) for time in answers.values_list("latency_ms", flat=True)[:MOST]]
    spend, not_priced = _spend(provider)
    return Health(
        calls=len(errors),
        errors=sum(1 for error in errors if error),
        p50=float(np.percentile(times, 50)) / 1000 if times else None,
        p95=float(np.percentile(times, 95)) / 1000 if times else None,
        spend=spend,
        not_priced=not_priced,
    )


def _spend(provider: Provider) -> tuple[list[tuple[str, Decimal]], int]:
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = (
        CallLedger.objects.filter(run__model_version__model__provider=provider, created_at__gte=month)
        .filter(state=CallLedger.State.SETTLED)
        .order_by()
        .values("run__currency")
        .annotate(money=Sum("cost"), unpriced=Count("pk", filter=Q(cost=None)))
    )
    found = list(rows)
    spend = [(row["run__currency"], row["money"]) for row in found if row["money"] is not None]
    return spend, sum(row["unpriced"] for row in found)
