"""The status page: what is proven, who leads, and what changed since a date; as a page and as Markdown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from capabilities.models import Product, Standing
from capabilities.queries.changes import Change, changes
from capabilities.queries.listed_states import listed_by_id
from capabilities.queries.overview import ObjectiveStanding, standing_by_objective, summed
from capabilities.queries.past import Past, states_as_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirements import counts_by_outcome
from capabilities.queries.standing_picks import counts_by, pick, pursued, worst_of_each
from capabilities.queries.states import RequirementState
from config.words import difference, number, range_text, verdict_label
from evaluations.models import ModelVersion

CHANGES_SHOWN = 40
REQUIREMENTS_SHOWN = 40
GAPS_SHOWN = 20


@dataclass(frozen=True)
class Gaps:
    """Differences to rivals, the biggest first; more: how many others there are."""

    states: Sequence[RequirementState]
    more: int


@dataclass(frozen=True)
class Status:
    """leads, trails: differences to rivals that their intervals support; level: the rest that was measured against one."""

    product: Product
    version: ModelVersion | None
    counts: dict[str, int]
    total: int
    objectives: Sequence[ObjectiveStanding]
    leads: Gaps
    trails: Gaps
    level: Gaps
    changes: Sequence[Change]
    since: datetime
    at: datetime
    past: Past | None = None


def product_status(
    product: Product,
    versions: JudgedVersions,
    *,
    since: datetime,
    now: datetime,
    as_of: datetime | None = None,
) -> Status:
    """As it stands, or as it stood at a moment. At most twenty-six queries, however many requirements.

    Of each objective and each list of gaps the page names some and counts the rest.
    """
    if as_of is not None:
        return _past_status(product, states_as_of(product, as_of, versions), since)
    rows = pursued(product, versions)
    counts = counts_by(rows, "objective")
    worst = worst_of_each(rows, "objective", REQUIREMENTS_SHOWN)
    against = rows.filter(gap_point__isnull=False).exclude(gap_against="target")
    supported = against.filter(gap_supported=True)
    leads, more_leads = _some(supported.filter(gap_point__gt=0).order_by("-gap_point", "requirement__number"))
    trails, more_trails = _some(
        supported.filter(gap_point__lt=0).order_by("gap_point", "requirement__number")
    )
    level, more_level = _some(against.filter(gap_supported=False).order_by("requirement__number"))
    states = listed_by_id(product, versions, [*worst, *leads, *trails, *level])
    total = summed(counts.values())
    return Status(
        product=product,
        version=versions.main,
        counts=total,
        total=sum(total.values()),
        objectives=standing_by_objective(product, counts, pick(states, worst)),
        leads=Gaps(_with_gap(pick(states, leads)), more_leads),
        trails=Gaps(_with_gap(pick(states, trails)), more_trails),
        level=Gaps(_with_gap(pick(states, level)), more_level),
        changes=changes(product, versions, since=since, limit=CHANGES_SHOWN),
        since=since,
        at=now,
    )


def _past_status(product: Product, past: Past, since: datetime) -> Status:
    """The same page for a moment that is past, over states worked out one by one. Four queries."""
    states = past.states
    by_objective: dict[int | None, list[RequirementState]] = defaultdict(list)
    for state in states:
        by_objective[state.requirement.objective_id].append(state)
    counts = {key: counts_by_outcome(rows) for key, rows in by_objective.items()}
    against = [state for state in states if state.gap and state.gap.against != "target"]
    total = summed(counts.values())
    return Status(
        product=product,
        version=past.versions.main,
        counts=total,
        total=len(states),
        objectives=standing_by_objective(product, counts, states),
        leads=_first([one for one in against if one.gap and one.gap.supported and one.gap.point > 0]),
        trails=_first([one for one in against if one.gap and one.gap.supported and one.gap.point < 0]),
        level=_first([one for one in against if one.gap and not one.gap.supported]),
        changes=changes(product, past.versions, since=since, until=past.moment, limit=CHANGES_SHOWN),
        since=since,
        at=past.moment,
        past=past,
    )


def _first(states: Sequence[RequirementState]) -> Gaps:
    ordered = sorted(states, key=lambda state: -abs(state.gap.point) if state.gap else 0.0)
    return Gaps(ordered[:GAPS_SHOWN], max(0, len(ordered) - GAPS_SHOWN))


def _some(rows: QuerySet[Standing]) -> tuple[list[int], int]:
    """The first of the rows' requirements, and how many more there are. One query, two when there are more."""
    ids = list(rows.values_list("requirement_id", flat=True)[: GAPS_SHOWN + 1])
    if len(ids) <= GAPS_SHOWN:
        return ids, 0
    return ids[:GAPS_SHOWN], rows.count() - GAPS_SHOWN


def _with_gap(states: Sequence[RequirementState]) -> list[RequirementState]:
    return [state for state in states if state.gap]


def status_markdown(status: Status) -> str:
    """The same words for a mail or a wiki."""
    version = f" for {status.version.label}" if status.version else ""
    counts = status.counts
    lines = [
        f"# {status.product.name}{version}: where we stand on {status.at:%d %B %Y}",
        "",
        *_then(status.past),
        f"{status.total} requirements: {counts['met']} met, {counts['not_met']} not met, "
        f"{counts['inconclusive']} not proven yet, {counts['no_data']} without data.",
    ]
    for standing in status.objectives:
        lines += [
            "",
            f"## {_objective(standing)}",
            "",
            *map(_requirement, standing.worst),
            *_more(standing.more),
        ]
    lines += _gaps("Where we lead", status.leads) + _gaps("Where we trail", status.trails)
    lines += _gaps("Not distinguishable", status.level)
    if status.changes:
        lines += ["", f"## Changed since {status.since:%d %B %Y}", "", *map(_change, status.changes)]
    return "\n".join(lines) + "\n"


def _then(past: Past | None) -> list[str]:
    if past is None:
        return []
    words = f"This is how it stood at {past.moment:%d %B %Y, %H:%M} UTC, not how it stands now."
    drafts = f" {past.not_agreed} more were written and not agreed." if past.not_agreed else ""
    return [f"{words}{drafts}", ""]


def _objective(standing: ObjectiveStanding) -> str:
    objective = standing.objective
    return f"{objective.get_horizon_display()}: {objective.title}" if objective else "Without an objective"


def _requirement(state: RequirementState) -> str:
    marks = " with a waiver" if state.waived else ""
    aged = {"needs_recheck": ", needs re-check", "out_of_date": ", out of date"}.get(state.freshness, "")
    words = f"{verdict_label(state.outcome, state.lean)}{marks}{aged}"
    return f"- {state.requirement.key} {state.revision.title}: **{words}**"


def _gaps(title: str, gaps: Gaps) -> list[str]:
    if not gaps.states:
        return []
    return ["", f"## {title}", "", *(_gap(state) for state in gaps.states), *_more(gaps.more)]


def _more(count: int) -> list[str]:
    return [f"- and {number(count)} more"] if count else []


def _gap(state: RequirementState) -> str:
    gap = state.gap
    assert gap is not None
    span = range_text(gap.low, gap.high, gap.unit, True)
    return f"- {state.requirement.key} {state.revision.title}: {difference(gap.point, gap.unit)} ({span}) vs {gap.against}"


def _change(change: Change) -> str:
    when = f"{change.at:%d %b}"
    if change.kind != "verdict":
        return f"- {when}: {' '.join(filter(None, [change.key, change.criterion, change.version, change.words]))}"
    before = f"{verdict_label(change.before)} → " if change.before else ""
    after = verdict_label(change.after, change.lean)
    return f"- {when}: {change.key} {change.criterion} {before}{after} ({change.version})"
