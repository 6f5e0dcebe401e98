"""Which requirements may stand otherwise now than they stood at a moment; of all others nothing that a state rests on has changed.

One too many costs a little time, one too few would hide a change: whatever `states.py` and `past.py` read is asked for here.
"""

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, DateTimeField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from capabilities.models import (
    Link,
    Product,
    Requirement,
    Revision,
    Standing,
    StandingMark,
    Verdict,
    Verification,
    Waiver,
)
from capabilities.models.standings import OF_VERSION
from capabilities.queries.past_fields import told_until
from capabilities.queries.products import JudgedVersions
from config.people.models import AuditEntry
from evaluations.models import DatasetVersion, EvaluationVersion, Kind, ScorerVersion

Ids = QuerySet[Any, Any]
OF_LINK = "criterion__revision__requirement"
OF_VERDICT = f"verification__{OF_LINK}"
APPROVED = Revision.Status.APPROVED


def touched(
    product: Product, then: JudgedVersions, versions: JudgedVersions, moment: datetime, now: datetime
) -> set[int]:
    """Their ids, a few of other products among them. One query, however many requirements."""
    return {pk for (pk,) in touched_rows(product, then, versions, moment, now)}


def touched_rows(
    product: Product, then: JudgedVersions, versions: JudgedVersions, moment: datetime, now: datetime
) -> Ids:
    """The same as rows of one column, each once. No query."""
    parts: list[Ids] = [
        *_texts(product, moment),
        _dependencies(product, moment),
        _links(product, moment),
        _verdicts(product, _spoken_of(then, versions), moment, now),
        *_standings(product, then, versions, now),
        _waivers(product, moment, now),
        _deeds(moment),
    ]
    return parts[0].union(*parts[1:])


def _deeds(moment: datetime) -> Ids:
    """Something was done to it, as the audit tells, of whatever product."""
    deeds = AuditEntry.objects.filter(noun="requirement", at__gt=moment, object_id__regex=r"^[0-9]{1,18}$")
    return deeds.order_by().values_list(Cast("object_id", BigIntegerField()))


def _texts(product: Product, moment: datetime) -> Iterator[Ids]:
    """Agreed now on a text that was not agreed then, and agreed then but not now."""
    rows = Requirement.objects.filter(product=product).order_by()
    agreed = Revision.objects.filter(requirement=OuterRef("pk"), approved_at__lte=moment)
    is_approved = Q(lifecycle=Requirement.Lifecycle.APPROVED)
    yield rows.filter(is_approved).exclude(Exists(agreed.filter(status=APPROVED))).values_list("pk")
    yield rows.exclude(is_approved).filter(Exists(agreed)).values_list("pk")


def _dependencies(product: Product, moment: datetime) -> Ids:
    """Linked since, or to one whose text of now was not agreed then."""
    rows = Link.objects.filter(source__product=product, kind=Link.Kind.DEPENDS_ON).order_by()
    same = Revision.objects.filter(requirement=OuterRef("target"), status=APPROVED, approved_at__lte=moment)
    return rows.filter(Q(created_at__gt=moment) | ~Exists(same)).values_list("source_id")


def _links(product: Product, moment: datetime) -> Ids:
    """Evidence linked or confirmed since, and evidence of which something is newer than then."""
    rows = Verification.objects.filter(
        criterion__revision__approved_at__isnull=False, **{f"{OF_LINK}__product": product}
    ).order_by()
    evaluations = EvaluationVersion.objects.filter(created_at__gt=moment).values("evaluation")
    datasets = DatasetVersion.objects.filter(frozen_at__gt=moment).values("dataset")
    scorers = ScorerVersion.objects.filter(created_at__gt=moment).values("scorer")
    newer = (
        Q(evaluation_version__evaluation__in=evaluations)
        | Q(evaluation_version__dataset_version__dataset__in=datasets)
        | Q(criterion__scorer__in=scorers)
    )
    return rows.filter(Q(confirmed_at__gt=moment) | newer).values_list(OF_LINK)


def _spoken_of(then: JudgedVersions, versions: JudgedVersions) -> set[int]:
    """The versions whose verdicts decide. Where the choice differs, all but requirements of the same first choice are looked at anyhow."""
    found: set[int] = set()
    for before, after in _choices(then, versions).values():
        if before == after:
            found |= {*after}
        elif before[:1] == after[:1]:
            found |= {*after[:1]}
    return found


def _choices(then: JudgedVersions, versions: JudgedVersions) -> dict[str, tuple[list[int], list[int]]]:
    """By kind of model the versions that could be spoken of, best first: then and now."""
    return {
        kind: ([one.pk for one in then.choices(kind)], [one.pk for one in versions.choices(kind)])
        for kind in Kind.values
    }


def _verdicts(product: Product, version_ids: Set[int], moment: datetime, now: datetime) -> Ids:
    """Judged since, waiting for a second run, or grown old between then and now."""
    age = timedelta(days=product.evidence_max_age_days)
    between = (moment - age, now - age)
    rows = Verdict.objects.filter(model_version__in=version_ids, **{f"{OF_VERDICT}__product": product})
    ends = rows.alias(
        finished=Coalesce("run__finished_at", "created_at"),
        others=Cast(KT("detail__ages_from"), DateTimeField()),
    )
    grown_old = Q(model_version__floating=True, finished__range=between) | Q(others__range=between)
    found = ends.filter(Q(created_at__gt=moment) | Q(pending_confirmation=True) | grown_old)
    return found.order_by().values_list(OF_VERDICT)


def _standings(
    product: Product, then: JudgedVersions, versions: JudgedVersions, now: datetime
) -> Iterator[Ids]:
    """Kept standings that are due say nothing; and another version may have spoken then, where the first choice was never judged."""
    rows = Standing.objects.filter(product=product).order_by()
    yield StandingMark.objects.filter(requirement__product=product).order_by().values_list("requirement_id")
    yield rows.filter(valid_until__lt=now).values_list("requirement_id")
    for kind, (before, after) in _choices(then, versions).items():
        if before == after:
            continue
        of_kind = Requirement.objects.filter(product=product, kind=kind)
        judged = Standing.objects.alias(of=OF_VERSION).filter(product=product, requirement=OuterRef("pk"))
        if before[:1] == after[:1]:
            of_kind = of_kind.exclude(Exists(judged.filter(of=after[0])))
        other = of_kind.filter(Exists(judged.filter(of__in={*before, *after})))
        yield other.order_by().values_list("pk")


def _waivers(product: Product, moment: datetime, now: datetime) -> Ids:
    rows = Waiver.objects.filter(requirement__product=product).order_by()
    ended = Q(revoked_at__gt=moment) | Q(expires_on__range=(moment.date(), now.date()))
    return rows.filter(Q(created_at__gt=moment) | ended).values_list("requirement_id")


def untold_among_others(product: Product, moment: datetime, among: Set[int]) -> int:
    """Of how many untouched requirements the audit does not tell that they were agreed then. Two queries."""
    rows = Requirement.objects.filter(
        product=product, lifecycle=Requirement.Lifecycle.APPROVED, created_at__lte=moment
    )
    others = set(rows.order_by().values_list("pk", flat=True)) - among
    return len(others - told_until(moment))
