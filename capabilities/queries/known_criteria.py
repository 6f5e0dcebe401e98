"""What is known of one version by each criterion of the agreed texts that it is held to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from capabilities.models import Criterion, Product, Requirement, Revision, Verdict, Verification
from capabilities.queries.agreed_criteria import agreed_criteria, criteria_of
from capabilities.queries.axes import (
    Dependency,
    Freshness,
    Newest,
    freshness_at,
    oldest_of,
    stamp_differences,
    waiver_for,
)
from capabilities.queries.briefs import unmeasured
from capabilities.queries.evidence import names_of
from capabilities.queries.linked_texts import dependencies_of
from capabilities.queries.state_rows import newest_numbers, waivers_of
from capabilities.queries.states import WAIVABLE, stamp_now
from capabilities.queries.told_verdicts import ToldVerdict, told_verdicts
from evaluations.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Known:
    """A criterion and the newest verdict on the version. lacking: what would measure it, where it has none."""

    requirement: str
    title: str
    criterion: Criterion
    verdict: ToldVerdict | None
    freshness: Freshness
    waived: bool
    lacking: str


class _Text(NamedTuple):
    """The revision that speaks for a requirement."""

    requirement: int
    product: int
    number: int
    revision: int
    title: str
    status: str


class _Link(NamedTuple):
    """A piece of evidence. judged: the newest verdict on the version; ran: when its run had finished, where the version ages."""

    pk: int
    criterion: int
    stamp: Mapping[str, Any]
    evaluation_version: int
    evaluation: int
    dataset: int
    judged: int | None
    ran: datetime | None


@dataclass(frozen=True)
class _Rows:
    links: Mapping[int, Sequence[_Link]]
    verdicts: Mapping[int, ToldVerdict]
    newest: Newest
    waivers: Mapping[int, Sequence[Any]]
    dependencies: Mapping[int, Sequence[Dependency]]
    names: Mapping[int, str]


def known_criteria(products: Sequence[Product], version: ModelVersion) -> list[Known] | None:
    """Of what these products agreed on for the version's kind of model (its model loaded); None where that is nothing.

    Seven queries, and up to four more for what this process reads for the first time, however much there is.
    """
    texts = _texts(products, version.model.kind)
    if not texts:
        return None
    criteria = _criteria(texts)
    rows = _load(texts, criteria, version)
    by_id, now = {product.pk: product for product in products}, timezone.now()
    return [
        _known(text, by_id[text.product], criterion, version, rows, now)
        for text in texts
        for criterion in criteria[text.revision]
    ]


def _texts(products: Sequence[Product], kind: str) -> list[_Text]:
    """The approved revision of each requirement, else its newest open one. One query."""
    rows = (
        Revision.objects.filter(
            requirement__product__in=products,
            requirement__kind=kind,
            requirement__lifecycle=Requirement.Lifecycle.APPROVED,
        )
        .exclude(status__in=[Revision.Status.SUPERSEDED, Revision.Status.DISCARDED])
        .order_by("requirement__product__key", "requirement__number", "-number")
        .values_list(
            "requirement_id",
            "requirement__product_id",
            "requirement__number",
            "pk",
            "title",
            "status",
        )
    )
    of_each = groupby((_Text(*row) for row in rows), key=lambda text: text.requirement)
    return [min(texts, key=lambda text: text.status != Revision.Status.APPROVED) for _, texts in of_each]


def _criteria(texts: Sequence[_Text]) -> dict[int, Sequence[Criterion]]:
    agreed = {text.revision for text in texts if text.status == Revision.Status.APPROVED}
    others = {text.revision for text in texts} - agreed
    return {**agreed_criteria(agreed), **criteria_of(others)}


def _load(
    texts: Sequence[_Text], criteria: Mapping[int, Sequence[Criterion]], version: ModelVersion
) -> _Rows:
    links = _links(criteria, version)
    every = [link for some in links.values() for link in some]
    requirements = [text.requirement for text in texts]
    scorers = {one.scorer_id for some in criteria.values() for one in some if one.scorer_id}
    never = {link.evaluation_version for some in links.values() if not _judged(some) for link in some}
    return _Rows(
        links=links,
        verdicts=told_verdicts(link.judged for link in every if link.judged),
        newest=newest_numbers({link.evaluation for link in every}, {link.dataset for link in every}, scorers),
        waivers=waivers_of(requirements),
        dependencies=dependencies_of(requirements),
        names=names_of(never),
    )


def _links(criteria: Iterable[int], version: ModelVersion) -> dict[int, list[_Link]]:
    """By criterion. One query."""
    newest = Verdict.objects.filter(verification=OuterRef("pk"), model_version=version).order_by("-id")
    fields: list[str | Subquery] = [
        *("pk", "criterion_id", "stamp", "evaluation_version_id", "evaluation_version__evaluation_id"),
        *("evaluation_version__dataset_version__dataset_id", Subquery(newest.values("pk")[:1])),
    ]
    if version.floating:
        fields.append(Subquery(newest.values("run__finished_at")[:1]))
    found: dict[int, list[_Link]] = defaultdict(list)
    rows = Verification.objects.filter(criterion__revision__in=list(criteria))
    for row in rows.values_list(*fields):
        link = _Link._make(row if version.floating else (*row, None))
        found[link.criterion].append(link)
    return found


def _judged(links: Sequence[_Link]) -> list[_Link]:
    return [link for link in links if link.judged]


def _known(
    text: _Text,
    product: Product,
    criterion: Criterion,
    version: ModelVersion,
    rows: _Rows,
    now: datetime,
) -> Known:
    links = rows.links.get(criterion.pk, ())
    link = max(_judged(links) or links, key=lambda each: each.pk, default=None)
    verdict = rows.verdicts[link.judged] if link and link.judged else None
    freshness: Freshness = ""
    if link and verdict:
        reasons = stamp_differences(
            link.stamp,
            stamp_now(criterion, link.evaluation, link.dataset, rows.newest),
            rows.dependencies.get(text.requirement, ()),
        )
        own = (link.ran or verdict.created_at) if version.floating else None
        oldest = oldest_of(own, {"ages_from": verdict.others_ran})
        freshness = freshness_at(oldest, reasons, max_age_days=product.evidence_max_age_days, now=now)
    return Known(
        requirement=f"{product.key}-{text.number}",
        title=text.title,
        criterion=criterion,
        verdict=verdict,
        freshness=freshness,
        waived=verdict is not None
        and verdict.outcome in WAIVABLE
        and _waived(rows, text, criterion, version, now.date()),
        lacking="" if verdict else unmeasured(criterion, rows.names[link.evaluation_version] if link else ""),
    )


def _waived(rows: _Rows, text: _Text, criterion: Criterion, version: ModelVersion, today: date) -> bool:
    waivers = rows.waivers.get(text.requirement, ())
    return waiver_for(waivers, criterion.key, version.pk, today) is not None
