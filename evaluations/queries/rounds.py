"""Rounds with what became of their runs."""

from django.db.models import Count, Q, QuerySet, Sum

from evaluations.models import Round, Run

MOVING = Q(runs__state__in=[Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING])


def rounds_with_counts() -> QuerySet[Round]:
    """Rounds with their suite, who started them, and counts over their runs. One query.

    run_count, moving_count, failed_count: runs; total, done, failed, not_needed: samples; cost: money, None where no price is known.
    """
    return Round.objects.select_related("suite", "created_by").annotate(
        run_count=Count("runs"),
        moving_count=Count("runs", filter=MOVING),
        failed_count=Count("runs", filter=Q(runs__state=Run.State.FAILED)),
        total=Sum("runs__total", default=0),
        done=Sum("runs__done", default=0),
        failed=Sum("runs__failed", default=0),
        not_needed=Sum("runs__not_needed", default=0),
        cost=Sum("runs__cost"),
    )
