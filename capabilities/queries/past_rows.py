"""The rows that states rested on at a moment that is past; nothing made later is among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Prefetch, Q

from capabilities.models import (
    Criterion,
    Link,
    Requirement,
    Revision,
    Verdict,
    Verification,
    Waiver,
)
from capabilities.queries.axes import Dependency, Newest
from capabilities.queries.linked_texts import ELSEWHERE
from capabilities.queries.past_fields import Trail
from capabilities.queries.state_rows import StateRows, by_link, lines_of, links_of, newest_verdicts
from evaluations.models import DatasetVersion, EvaluationVersion, ModelVersion, ScorerVersion

STAMPING = ("evidence.linked", "evidence.confirmed", "evidence.run_again")


def agreed_at(requirements: Iterable[Requirement | int], moment: datetime) -> dict[int, Revision]:
    """By requirement id the revision that was agreed at the moment: the newest approved until then. One query."""
    rows = (
        Revision.objects.filter(requirement__in=list(requirements), approved_at__lte=moment)
        .exclude(status=Revision.Status.DISCARDED)
        .order_by("requirement_id", "-number")
        .distinct("requirement_id")
    )
    return {revision.requirement_id: revision for revision in rows.select_related("author")}


def rows_as_of(
    requirements: Sequence[Requirement],
    shown: Mapping[int, Revision],
    versions: Sequence[ModelVersion],
    trail: Trail,
    moment: datetime,
) -> StateRows:
    """What the states of agreed requirements rested on. At most fourteen queries."""
    criteria = _criteria(list(shown.values()), moment)
    links = [link for criterion in criteria for link in criterion.verifications.all()]
    _put_stamps_back(criteria, shown, trail, moment)
    verdicts = _verdicts(links, versions, moment)
    by_revision: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        by_revision[criterion.revision_id].append(criterion)
    judged: dict[int, list[ModelVersion]] = defaultdict(list)
    for (link_id, _), verdict in verdicts.items():
        judged[link_id].append(verdict.model_version)
    return StateRows(
        revisions={key: [revision] for key, revision in shown.items()},
        shown=shown,
        criteria=by_revision,
        links=links_of(criteria),
        verdicts=verdicts,
        judged=judged,
        lines=lines_of(verdicts.values(), bare=False),
        newest=_newest(criteria, links, moment),
        waivers=waivers_as_of(requirements, moment),
        dependencies=dependencies_as_of(requirements, moment),
    )


def _criteria(revisions: Sequence[Revision], moment: datetime) -> list[Criterion]:
    """With the evidence there was: confirmed by then, or with a verdict by then."""
    judged = Verdict.objects.filter(verification=OuterRef("pk"), created_at__lte=moment)
    there = Verification.objects.filter(Q(confirmed_at__lte=moment) | Exists(judged))
    rows = Criterion.objects.filter(revision__in=revisions).order_by("position", "key")
    whole = there.select_related(
        "evaluation_version__evaluation", "evaluation_version__dataset_version__dataset"
    )
    return list(rows.select_related("scorer", "rival_set").prefetch_related(Prefetch("verifications", whole)))


def _put_stamps_back(
    criteria: Sequence[Criterion], shown: Mapping[int, Revision], trail: Trail, moment: datetime
) -> None:
    """Evidence confirmed again since gets the stamp that it had. No query."""
    owners = {revision.pk: key for key, revision in shown.items()}
    for criterion in criteria:
        for link in criterion.verifications.all():
            link.stamp = stamp_as_of(link, criterion, owners[criterion.revision_id], trail, moment)


def stamp_as_of(
    link: Verification, criterion: Criterion, requirement_id: int, trail: Trail, moment: datetime
) -> Any:
    """Of evidence confirmed again since the stamp that was replaced first, from the trail. Without one its own stays. No query."""
    if link.confirmed_at <= moment:
        return link.stamp
    ending = f" {criterion.key} by {link.evaluation_version}"
    later = (
        one
        for one in trail.entries.get(requirement_id, ())
        if one.at > moment and one.verb in STAMPING and one.label.endswith(ending)
    )
    first = next(later, None)
    before = first.before if first else {}
    return before.get("stamp", before if "criterion" in before else link.stamp)


def _verdicts(
    links: Sequence[Verification], versions: Sequence[ModelVersion], moment: datetime
) -> dict[tuple[int, int], Verdict]:
    rows = newest_verdicts([link.pk for link in links], versions)
    return by_link(rows.filter(created_at__lte=moment), versions, bare=False)


def _newest(criteria: Sequence[Criterion], links: Sequence[Verification], moment: datetime) -> Newest:
    versions = [link.evaluation_version for link in links]
    evaluations = EvaluationVersion.objects.filter(
        evaluation__in={version.evaluation_id for version in versions}, created_at__lte=moment
    )
    datasets = DatasetVersion.objects.filter(
        dataset__in={version.dataset_version.dataset_id for version in versions}, frozen_at__lte=moment
    )
    scorers = ScorerVersion.objects.filter(
        scorer__in={one.scorer_id for one in criteria if one.scorer_id}, created_at__lte=moment
    )
    return Newest(
        dict(evaluations.order_by().values_list("evaluation").annotate(newest=Max("number"))),
        dict(datasets.order_by().values_list("dataset").annotate(newest=Max("number"))),
        dict(scorers.order_by().values_list("scorer").annotate(newest=Max("number"))),
    )


def waivers_as_of(requirements: Sequence[Requirement], moment: datetime) -> dict[int, list[Waiver]]:
    """Waivers that stood; what was taken back later does not show it. One query."""
    standing = Waiver.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=moment), requirement__in=requirements, created_at__lte=moment
    )
    rows: dict[int, list[Waiver]] = defaultdict(list)
    for waiver in standing.select_related("approver"):
        waiver.revoked_at = None
        rows[waiver.requirement_id].append(waiver)
    return rows


def dependencies_as_of(
    requirements: Iterable[Requirement | int], moment: datetime
) -> dict[int, list[Dependency]]:
    """What they depended on, by the links that still exist. Two queries."""
    links = list(
        Link.objects.filter(
            source__in=list(requirements), kind=Link.Kind.DEPENDS_ON, created_at__lte=moment
        ).select_related("target__product", "source")
    )
    texts = agreed_at([link.target_id for link in links], moment)
    found: dict[int, list[Dependency]] = defaultdict(list)
    for link in links:
        text = texts.get(link.target_id)
        if text is not None:
            hidden = link.target.product.restricted and link.target.product_id != link.source.product_id
            name = ELSEWHERE if hidden else link.target.key
            found[link.source_id].append(Dependency(link.target_id, name, text.fingerprint, text.number))
    return found
