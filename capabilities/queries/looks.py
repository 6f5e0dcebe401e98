"""What was seen when a run that stops once it is settled was looked at."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max

from capabilities.models import Look, Verification
from capabilities.queries.evidence import judged_verifications
from capabilities.queries.products import visible_products
from config.people.models import User
from evaluations.models import NOT_EVIDENCE, Run, Side


def resting_on(run: Run) -> Sequence[Verification]:
    """The evidence for must criteria that a run's verdicts will be about; none for others' models and for tries. At most one query."""
    if run.model_version.model.side != Side.OWN or run.origin in NOT_EVIDENCE:
        return []
    links = judged_verifications().filter(evaluation_version=run.evaluation_version_id)
    return list(links.filter(criterion__must=True))


def targets_on(run: Run) -> int:
    """How many targets a run waits for. At most one query."""
    return len(resting_on(run))


def looks_of(run: Run, user: User | AnonymousUser) -> list[Look]:
    """The newest look at a run, a row for each target of products the user may see. Two queries."""
    newest = Look.objects.filter(run=run).aggregate(number=Max("number"))["number"]
    rows = Look.objects.filter(
        run=run,
        number=newest,
        verification__criterion__revision__requirement__product__in=visible_products(user),
    )
    return list(rows.select_related("verification__criterion__revision__requirement__product"))
