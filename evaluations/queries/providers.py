"""Providers and how they have been doing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Q
from django.utils import timezone

from evaluations.models import (
    UNDER_US,
    CallLedger,
    ModelEvent,
    ModelVersion,
    Provider,
    Response,
    Run,
    WorkItem,
)
from evaluations.queries.provider_pauses import Pause, pauses_of
from evaluations.queries.provider_spend import MonthSpend, spend_of

WINDOW = timedelta(days=7)
MOST = 5_000
MOST_RUNS = 500


@dataclass
class Use:
    """Calls and the answers among them.

    error_rate: share of ended calls that failed on the way (model errors are answers); None without calls. p50, p95: seconds.
    Tokens are those that the answers named.
    """

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.calls if self.calls else None

    @property
    def p50(self) -> float | None:
        return _percentile(self.times, 50)

    @property
    def p95(self) -> float | None:
        return _percentile(self.times, 95)


@dataclass(frozen=True)
class Failed:
    """The latest call that failed. words: what the sample says of it, "" where it worked since."""

    at: datetime
    run_id: int
    error_class: str
    words: str


@dataclass(frozen=True)
class Health:
    """Calls of the last 7 days, about the newest 5,000, altogether and by version (the most called first), and this month's money.

    pauses: versions nobody calls for a while; None when that is not known. changes: what changed under us, newest first.
    """

    all: Use
    versions: Sequence[tuple[ModelVersion, Use]]
    last_answer: datetime | None
    last_failure: Failed | None
    spend: MonthSpend
    pauses: Sequence[Pause] | None
    changes: Sequence[ModelEvent]

    @property
    def works(self) -> bool:
        """Whether the latest call came back."""
        if self.last_answer is None:
            return False
        return self.last_failure is None or self.last_failure.at <= self.last_answer


def health_of(provider: Provider) -> Health:
    """How the provider has been doing. Nine queries, each bounded, and one question to the broker."""
    since = timezone.now() - WINDOW
    runs = _newest_runs(provider, since)
    uses: dict[int, Use] = defaultdict(Use)
    failure = _count_calls(runs, since, uses)
    answered = _count_answers(runs, since, uses)
    found = ModelVersion.objects.select_related("model").in_bulk(uses)
    versions = sorted(((found[pk], use) for pk, use in uses.items()), key=lambda row: -row[1].calls)
    changes = ModelEvent.objects.filter(model_version__model__provider=provider, kind__in=UNDER_US)
    return Health(
        all=_together(uses.values()),
        versions=versions,
        last_answer=answered,
        last_failure=failure,
        spend=spend_of(provider),
        pauses=pauses_of(provider, [version.api_id for version, _ in versions]),
        changes=list(changes.select_related("model_version__model")[:10]),
    )


def _newest_runs(provider: Provider, since: datetime) -> dict[int, int]:
    """Version by run, newest runs first, until they hold enough calls."""
    runs = Run.objects.filter(model_version__model__provider=provider).filter(
        Q(created_at__gte=since) | Q(finished_at__gte=since) | Q(finished_at=None)
    )
    found: dict[int, int] = {}
    calls = 0
    for run, version, made in runs.order_by("-id").values_list("pk", "model_version_id", "calls")[:MOST_RUNS]:
        if calls >= MOST:
            break
        found[run] = version
        calls += made
    return found


def _count_calls(runs: dict[int, int], since: datetime, uses: dict[int, Use]) -> Failed | None:
    """Counts ended calls; gives the latest that failed."""
    ended = CallLedger.objects.filter(run__in=runs, created_at__gte=since, ended_at__isnull=False)
    latest = None
    for run, error, at, item in ended.order_by("-id").values_list(
        "run_id", "error_class", "ended_at", "item_id"
    )[:MOST]:
        use = uses[runs[run]]
        use.calls += 1
        use.errors += bool(error)
        if error and at and latest is None:
            latest = (at, run, error, item)
    words = WorkItem.objects.filter(pk=latest[3] if latest else 0).values_list("error", flat=True).first()
    return Failed(latest[0], latest[1], latest[2], words or "") if latest else None


def _count_answers(runs: dict[int, int], since: datetime, uses: dict[int, Use]) -> datetime | None:
    """Counts tokens and times of answers; gives when the latest came."""
    answers = Response.objects.filter(run__in=runs, created_at__gte=since, reused_from=None).order_by("-id")
    rows = answers.values_list("run_id", "created_at", "latency_ms", "input_tokens", "output_tokens")[:MOST]
    latest = None
    for run, at, latency, taken, given in rows:
        use = uses[runs[run]]
        latest = latest or at
        use.input_tokens += taken or 0
        use.output_tokens += given or 0
        if latency is not None:
            use.times.append(latency)
    return latest


def _together(uses: Iterable[Use]) -> Use:
    whole = Use()
    for use in uses:
        whole.calls += use.calls
        whole.errors += use.errors
        whole.input_tokens += use.input_tokens
        whole.output_tokens += use.output_tokens
        whole.times += use.times
    return whole


def _percentile(milliseconds: Sequence[float], share: int) -> float | None:
    return float(np.percentile(milliseconds, share)) / 1000 if milliseconds else None
