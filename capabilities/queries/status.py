"""The status page: what is proven, who leads, and what changed since a date; as a page and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from capabilities.models import Product
from capabilities.queries.changes import Change, changes
from capabilities.queries.overview import ObjectiveStanding, product_states, standing_by_objective
from capabilities.queries.products import JudgedVersions
from capabilities.queries.requirements import counts_by_outcome
from capabilities.queries.states import RequirementState
from config.words import difference, range_text, verdict_label
from evaluations.models import ModelVersion

CHANGES_SHOWN = 40


@dataclass(frozen=True)
class Status:
    """leads, trails: differences to rivals that their intervals support; level: the rest that was measured against one."""

    product: Product
    version: ModelVersion | None
    counts: dict[str, int]
    total: int
    objectives: Sequence[ObjectiveStanding]
    leads: Sequence[RequirementState]
    trails: Sequence[RequirementState]
    level: Sequence[RequirementState]
    changes: Sequence[Change]
    since: datetime
    at: datetime


def product_status(product: Product, versions: JudgedVersions, *, since: datetime, now: datetime) -> Status:
    """Fifteen queries, however many requirements."""
    states = product_states(product, versions)
    against = [state for state in states if state.gap and state.gap.against != "target"]
    return Status(
        product=product,
        version=versions.main,
        counts=counts_by_outcome(states),
        total=len(states),
        objectives=standing_by_objective(states),
        leads=[state for state in against if state.gap and state.gap.supported and state.gap.point > 0],
        trails=[state for state in against if state.gap and state.gap.supported and state.gap.point < 0],
        level=[state for state in against if state.gap and not state.gap.supported],
        changes=changes(product, versions, since=since, limit=CHANGES_SHOWN),
        since=since,
        at=now,
    )


def status_markdown(status: Status) -> str:
    """The same words for a mail or a wiki."""
    version = f" for {status.version.label}" if status.version else ""
    counts = status.counts
    lines = [
        f"# {status.product.name}{version}: where we stand on {status.at:%d %B %Y}",
        "",
        f"{status.total} requirements: {counts['met']} met, {counts['not_met']} not met, "
        f"{counts['inconclusive']} not proven yet, {counts['no_data']} without data.",
    ]
    for standing in status.objectives:
        lines += ["", f"## {_objective(standing)}", "", *map(_requirement, standing.states)]
    lines += _gaps("Where we lead", status.leads) + _gaps("Where we trail", status.trails)
    lines += _gaps("Not distinguishable", status.level)
    if status.changes:
        lines += ["", f"## Changed since {status.since:%d %B %Y}", "", *map(_change, status.changes)]
    return "\n".join(lines) + "\n"


def _objective(standing: ObjectiveStanding) -> str:
    objective = standing.objective
    return f"{objective.get_horizon_display()}: {objective.title}" if objective else "Without an objective"


def _requirement(state: RequirementState) -> str:
    marks = " with a waiver" if state.waived else ""
    aged = {"needs_recheck": ", needs re-check", "out_of_date": ", out of date"}.get(state.freshness, "")
    words = f"{verdict_label(state.outcome, state.lean)}{marks}{aged}"
    return f"- {state.requirement.key} {state.revision.title}: **{words}**"


def _gaps(title: str, states: Sequence[RequirementState]) -> list[str]:
    if not states:
        return []
    return ["", f"## {title}", "", *(_gap(state) for state in states)]


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
