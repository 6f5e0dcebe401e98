"""The states that rows of a list show: as the table of standings keeps them, worked out anew for those that are due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from django.utils import timezone

from capabilities.models import Product, Requirement, Revision, Standing
from capabilities.models.standings import OF_NONE, OF_VERSION
from capabilities.queries.axes import Coverage, Freshness
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standings import due_among
from capabilities.queries.state_rows import SHORT
from capabilities.queries.states import Gap, RequirementState, requirement_states
from evaluations.models import ModelVersion

KEPT = (
    *(
        "requirement",
        "model_version",
        "outcome",
        "lean",
        "trend",
        "freshness",
        "coverage",
        "waived",
        "pending",
    ),
    *("gap_point", "gap_low", "gap_high", "gap_unit", "gap_against", "gap_supported"),
)
OPEN = (Revision.Status.DRAFT, Revision.Status.IN_REVIEW)


def listed_states(
    product: Product, versions: JudgedVersions, ids: Sequence[int], now: datetime | None = None
) -> list[RequirementState]:
    """The states of requirements in the order of their ids, without the criteria they rest on.

    Four queries, ten more where a requirement is due to be worked out again, however many there are.
    """
    now = now or timezone.now()
    rows = Requirement.objects.select_related("capability", "objective", "owner", "commitment_by").in_bulk(
        list(ids)
    )
    for row in rows.values():
        row.product = product
    due = due_among(rows, now)
    states = _kept(product, versions, [row for pk, row in rows.items() if pk not in due])
    if anew := [row for pk, row in rows.items() if pk not in states]:
        worked_out = requirement_states(anew, versions, now, bare=True)
        states |= {state.requirement.pk: state for state in worked_out}
    return [states[pk] for pk in ids if pk in states]


def listed_by_id(
    product: Product, versions: JudgedVersions, ids: Iterable[int]
) -> dict[int, RequirementState]:
    """The same by the ids, each once."""
    states = listed_states(product, versions, list(dict.fromkeys(ids)))
    return {state.requirement.pk: state for state in states}


def _kept(
    product: Product, versions: JudgedVersions, requirements: Sequence[Requirement]
) -> dict[int, RequirementState]:
    """By requirement what its standing says. Two queries."""
    ids = [requirement.pk for requirement in requirements]
    standings, opened = _standings(product, versions, ids), _open_revisions(ids)
    found = {}
    for requirement in requirements:
        there, choices = standings[requirement.pk], versions.choices(requirement.kind)
        judged = next((version for version in choices if version.pk in there), None)
        standing = there.get(judged.pk if judged else None)
        if standing is not None and standing.revision is not None:
            version = judged or next(iter(choices), None)
            draft = opened.get(requirement.pk)
            found[requirement.pk] = _state(requirement, version, standing, standing.revision, draft)
    return found


def _state(
    requirement: Requirement,
    version: ModelVersion | None,
    standing: Standing,
    revision: Revision,
    opened: Revision | None,
) -> RequirementState:
    return RequirementState(
        requirement=requirement,
        revision=revision,
        version=version,
        criteria=(),
        outcome=standing.outcome,
        lean=standing.lean,
        trend=standing.trend,
        freshness=cast(Freshness, standing.freshness),
        coverage=cast(Coverage, standing.coverage),
        waived=standing.waived,
        pending=standing.pending,
        gap=_gap(standing),
        draft=opened if opened and opened.pk != revision.pk else None,
    )


def _standings(
    product: Product, versions: JudgedVersions, ids: Iterable[int]
) -> Mapping[int, Mapping[int | None, Standing]]:
    """By requirement and version; None: for every version without a verdict."""
    found: dict[int, dict[int | None, Standing]] = defaultdict(dict)
    asked = [OF_NONE, *(version.pk for version in versions.all)]
    rows = Standing.objects.alias(of=OF_VERSION).filter(product=product, of__in=asked, requirement__in=ids)
    for row in rows.select_related("revision").only(*KEPT, *(f"revision__{name}" for name in SHORT)):
        found[row.requirement_id][row.model_version_id] = row
    return found


def _open_revisions(ids: Iterable[int]) -> Mapping[int, Revision]:
    """By requirement the one being written or reviewed, of which there is at most one."""
    rows = Revision.objects.filter(requirement__in=ids, status__in=OPEN).only(*SHORT)
    return {row.requirement_id: row for row in rows}


def _gap(standing: Standing) -> Gap | None:
    if standing.gap_point is None:
        return None
    return Gap(
        standing.gap_point,
        standing.gap_low,
        standing.gap_high,
        standing.gap_unit,
        standing.gap_against,
        standing.gap_supported,
    )
