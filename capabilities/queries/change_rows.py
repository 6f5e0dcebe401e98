"""The rows that states of some requirements rest on now, and those they rested on at a moment, read together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Value,
    When,
    prefetch_related_objects,
)

from capabilities.models import Criterion, Revision, Verdict, Verification, Waiver
from capabilities.queries.agreed_criteria import criteria_of
from capabilities.queries.axes import Newest
from capabilities.queries.linked_texts import dependencies_of
from capabilities.queries.past_fields import Trail
from capabilities.queries.past_rows import dependencies_as_of, stamp_as_of
from capabilities.queries.state_rows import DECIDING, STAMPED, StateRows, lines_of
from evaluations.models import DatasetVersion, EvaluationVersion, ModelVersion, Run, ScorerVersion

# What the trail calls a piece of evidence by.
NAMED = ("evaluation_version__number", "evaluation_version__evaluation__slug", "confirmed_at")
Links = dict[int, list[Verification]]
Verdicts = dict[tuple[int, int], Verdict]


@dataclass(frozen=True)
class Rows:
    then: StateRows
    now: StateRows


def read_rows(
    *,
    then: Mapping[int, Revision],
    now: Mapping[int, Sequence[Revision]],
    trail: Trail,
    moment: datetime,
    versions: tuple[Sequence[ModelVersion], Sequence[ModelVersion]],
) -> Rows:
    """then: by requirement the text that was agreed. now: the texts of today, the one that speaks first. versions: those that could be
    spoken of then and now. At most eleven queries, however many requirements.
    """
    shown = {pk: texts[0] for pk, texts in now.items()}
    owners = {text.pk: pk for pk, text in [*then.items(), *shown.items()]}
    by_revision = criteria_of(owners)
    criteria = [one for found in by_revision.values() for one in found]
    links = _links(criteria, moment)
    was, judged = _verdicts(links, moment, versions)
    lines = lines_of({one.pk: one for one in [*was.values(), *judged.values()]}.values(), bare=True)
    before, newest = _newest(criteria, links, moment)
    ids = {*then, *now}
    dependencies = dependencies_of(ids)
    waivers = list(Waiver.objects.filter(requirement__in=ids))
    there = {
        one.pk: list(_there(links[one.pk], one, owners[one.revision_id], trail, moment)) for one in criteria
    }
    return Rows(
        then=StateRows(
            revisions={pk: [text] for pk, text in then.items()},
            shown=then,
            criteria=by_revision,
            links=there,
            verdicts=was,
            judged={},
            lines=lines,
            newest=before,
            waivers=_by_requirement(_standing(waivers, moment)),
            dependencies=dependencies_as_of(ids, moment) if dependencies else {},
        ),
        now=StateRows(
            revisions=now,
            shown=shown,
            criteria=by_revision,
            links=links,
            verdicts=judged,
            judged={},
            lines=lines,
            newest=newest,
            waivers=_by_requirement(one for one in waivers if one.revoked_at is None),
            dependencies=dependencies,
        ),
    )


def _links(criteria: Iterable[Criterion], moment: datetime) -> Links:
    """By criterion, each with `judged_then`: whether it had a verdict at the moment."""
    found: Links = {criterion.pk: [] for criterion in criteria}
    judged = Verdict.objects.filter(verification=OuterRef("pk"), created_at__lte=moment)
    rows = Verification.objects.filter(criterion__in=found).annotate(judged_then=Exists(judged))
    related = ("evaluation_version__evaluation", "evaluation_version__dataset_version")
    for link in rows.select_related(*related).only(*STAMPED, *NAMED):
        found[link.criterion_id].append(link)
    return found


def _there(
    links: Iterable[Verification], criterion: Criterion, requirement_id: int, trail: Trail, moment: datetime
) -> Iterator[Verification]:
    """The evidence there was, confirmed by then or with a verdict by then, with the stamps it had. No query."""
    for link in links:
        if link.confirmed_at <= moment:
            yield link
        elif link.judged_then:  # type: ignore[attr-defined]
            was = copy(link)
            was.stamp = stamp_as_of(link, criterion, requirement_id, trail, moment)
            yield was


def _verdicts(
    links: Links, moment: datetime, versions: tuple[Sequence[ModelVersion], Sequence[ModelVersion]]
) -> tuple[Verdicts, Verdicts]:
    """The newest of each piece of evidence and version, then and now. One query, two where a version's evidence grows old."""
    ids = [link.pk for found in links.values() for link in found]
    known = {version.pk: version for spoken in versions for version in spoken}
    if not ids or not known:
        return {}, {}
    later = Case(When(created_at__gt=moment, then=True), default=False, output_field=BooleanField())
    rows = Verdict.objects.filter(verification__in=ids, model_version__in=list(known)).annotate(later=later)
    newest = rows.order_by("verification_id", "model_version_id", "later", "-id")
    found = list(newest.distinct("verification_id", "model_version_id", "later").only(*DECIDING))
    for verdict in found:
        verdict.model_version = known[verdict.model_version_id]
    aging = [verdict for verdict in found if verdict.model_version.floating]
    prefetch_related_objects(aging, Prefetch("run", Run.objects.only("finished_at")))
    before, after = ({version.pk for version in spoken} for spoken in versions)
    ascending = sorted(found, key=lambda verdict: verdict.pk)
    was = [one for one in ascending if not one.later and one.model_version_id in before]
    judged = [one for one in ascending if one.model_version_id in after]
    return _by_link(was), _by_link(judged)


def _by_link(ascending: Iterable[Verdict]) -> Verdicts:
    return {(verdict.verification_id, verdict.model_version_id): verdict for verdict in ascending}


def _newest(criteria: Iterable[Criterion], links: Links, moment: datetime) -> tuple[Newest, Newest]:
    """The newest numbers then and now. One query."""
    versions = [link.evaluation_version for found in links.values() for link in found]
    frozen = DatasetVersion.objects.filter(
        dataset__in={version.dataset_version.dataset_id for version in versions}, frozen_at__isnull=False
    )
    parts = {
        "evaluation": EvaluationVersion.objects.filter(
            evaluation__in={version.evaluation_id for version in versions}
        ),
        "dataset": frozen,
        "scorer": ScorerVersion.objects.filter(
            scorer__in={one.scorer_id for one in criteria if one.scorer_id}
        ),
    }
    told = [
        rows.order_by()
        .values_list(Value(name), name)
        .annotate(
            newest=Max("number"),
            before=Max(
                "number", filter=Q(**{f"{'frozen' if name == 'dataset' else 'created'}_at__lte": moment})
            ),
        )
        for name, rows in parts.items()
    ]
    found: dict[str, tuple[dict[int, int], dict[int, int]]] = {name: ({}, {}) for name in parts}
    for name, pk, newest, before in told[0].union(*told[1:], all=True):
        found[name][1][pk] = newest
        if before is not None:
            found[name][0][pk] = before
    then, now = (Newest(*(found[name][place] for name in parts)) for place in (0, 1))
    return then, now


def _standing(waivers: Iterable[Waiver], moment: datetime) -> Iterator[Waiver]:
    """Those that stood at the moment; what was taken back later does not show it. No query."""
    for waiver in waivers:
        if waiver.created_at <= moment and (waiver.revoked_at is None or waiver.revoked_at > moment):
            was = copy(waiver)
            was.revoked_at = None
            yield was


def _by_requirement(waivers: Iterable[Waiver]) -> dict[int, list[Waiver]]:
    found: dict[int, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        found[waiver.requirement_id].append(waiver)
    return found
