"""The profile of one version of a model: what it is good at, where it falls short, what nobody measured, and what became of it since
earlier versions. Of ours by their verdicts, of a rival or a rule set by the same criteria. Reads only.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from capabilities.models import Requirement, VerdictLine
from capabilities.queries.products import only, visible_products
from capabilities.queries.states import RequirementState, requirement_states
from capabilities.services.profile_entries import Told, leads, ours, theirs, worst_slices
from capabilities.services.version_readings import Shelf, shelf_of
from capabilities.services.version_trends import Row, version_trends
from config.people.models import User
from evaluations.models import ModelVersion, Side
from evaluations.queries.claimed_scores import told_of
from evaluations.queries.every_time import EveryTime, every_time_of
from evaluations.queries.models import EvaluationLine, scores_of_version
from evaluations.queries.reliability import Reliability, reliability_of
from evaluations.statistics import Trend

MOST_EARLIER = 4
Kind = VerdictLine.Kind


def version_profile(user: User, version: ModelVersion, earlier: Sequence[ModelVersion]) -> dict[str, Any]:
    """For somebody who may not see every product (models of all versions loaded). At most forty queries, however much there is."""
    shelf = shelf_of(user, [version, *earlier])
    states = _states(user, version) if version.model.side == Side.OWN else []
    told = ours(states) if states else theirs(shelf.of(version))
    compared = leads(_comparisons(user, version, states), version.model.side if states else "other")
    entries = [one.entry for one in told]
    trends = version_trends(shelf, version, earlier)
    return {
        "version": version.label,
        "model": version.model.name,
        "kind": version.model.kind,
        "side": version.model.side,
        "stage": version.stage,
        "judged": bool(states),
        "counts": _counts(entries, compared),
        "met": _having(entries, "met"),
        "not_met": _having(entries, "not_met"),
        "open": _having(entries, "inconclusive"),
        "unmeasured": [*_having(entries, "no_data"), *_never_compared(shelf, version, states, told)],
        "leads": [one for one in compared if one["ahead"]],
        "trails": [one for one in compared if not one["ahead"]],
        "slices": worst_slices(told),
        "evaluations": _evaluations(version),
        "claimed": told_of(version),
        "against": [one.label for one in earlier],
        "trends": [_trend(row) for row in trends],
        "trend_counts": _trend_counts(trends),
    }


def _states(user: User, version: ModelVersion) -> list[RequirementState]:
    """What is agreed about this kind of model in every product it is of. Eleven queries."""
    mine = Q(subject_models=version.model_id) | Q(candidate_version=version) | Q(released_version=version)
    products = visible_products(user).filter(mine)
    rows = Requirement.objects.filter(
        product__in=products, kind=version.model.kind, lifecycle=Requirement.Lifecycle.APPROVED
    )
    related = rows.select_related("product", "capability", "objective", "owner")
    return requirement_states(related.order_by("product__key", "number"), only(version))


def _comparisons(user: User, version: ModelVersion, states: Sequence[RequirementState]) -> list[VerdictLine]:
    """Of ours the rivals of its verdicts; of another's what the newest verdicts on ours say of it. One query."""
    rows = VerdictLine.objects.filter(point__isnull=False).select_related(
        "verdict__model_version__model", "verdict__verification__criterion__revision__requirement__product"
    )
    if states:
        verdicts = [one.verdict.pk for state in states for one in state.criteria if one.verdict]
        return list(rows.filter(verdict__in=verdicts, kind__in=[Kind.RIVAL, Kind.SIMPLE]).order_by("pk"))
    revision = "verdict__verification__criterion__revision"
    return list(
        rows.filter(
            model_version=version,
            kind__in=[Kind.RIVAL, Kind.SIMPLE],
            **{
                f"{revision}__requirement__product__in": visible_products(user),
                f"{revision}__status": "approved",
            },
        )
        .order_by("verdict__verification_id", "-verdict_id")
        .distinct("verdict__verification_id")
    )


def _having(entries: Sequence[dict[str, Any]], outcome: str) -> list[dict[str, Any]]:
    """Must before should."""
    return sorted((one for one in entries if one["outcome"] == outcome), key=lambda one: not one["must"])


def _counts(entries: Sequence[dict[str, Any]], compared: Sequence[dict[str, Any]]) -> dict[str, int]:
    outcomes = Counter(one["outcome"] for one in entries)
    ahead = sum(1 for one in compared if one["ahead"])
    names = ("met", "not_met", "inconclusive", "no_data")
    return {**{name: outcomes[name] for name in names}, "leads": ahead, "trails": len(compared) - ahead}


def _never_compared(
    shelf: Shelf, version: ModelVersion, states: Sequence[RequirementState], told: Sequence[Told]
) -> list[dict[str, Any]]:
    """Criteria about this kind of model on which another's version was never run."""
    if states:
        return []
    known = {(one.entry["requirement"], one.entry["criterion"]) for one in told}
    found = []
    for link in shelf.links:
        criterion = link.criterion
        requirement = criterion.revision.requirement
        measured = (link.pk, version.pk) in shelf.readings or (requirement.key, criterion.key) in known
        if requirement.kind != version.model.kind or measured:
            continue
        found.append(
            {
                "requirement": requirement.key,
                "title": criterion.revision.title,
                "criterion": criterion.key,
                "must": criterion.must,
                "outcome": "no_data",
                "sentence": f"A run of {link.evaluation_version} on this version.",
            }
        )
    return found


def _evaluations(version: ModelVersion) -> list[dict[str, Any]]:
    """Its latest run of each evaluation: scores, reliability, speed and cost. Up to twelve queries."""
    lines = scores_of_version(version)
    runs = [line.run for line in lines]
    reliable, every = reliability_of(runs), every_time_of(runs)
    return [_evaluation(line, reliable[line.run.pk], every.get(line.run.pk)) for line in lines]


def _evaluation(line: EvaluationLine, reliable: Reliability, every: EveryTime | None) -> dict[str, Any]:
    evaluation = line.run.evaluation_version
    return {
        "evaluation": str(evaluation),
        "slug": evaluation.evaluation.slug,
        "newest": not line.outdated,
        "purpose": evaluation.dataset_version.dataset.purpose,
        "run": line.run.pk,
        "partial": line.run.state == line.run.State.PARTIAL,
        "tries": evaluation.repeats,
        "right_every_time": None if every is None else {**vars(every)},
        "samples": reliable.samples,
        "errors": reliable.errored,
        "missing": reliable.missing,
        "median_ms": reliable.median_ms,
        "p95_ms": reliable.slow_ms,
        "cost_of_1000": float(reliable.cost_per_call * 1000) if reliable.cost_per_call is not None else None,
        "currency": reliable.currency,
    }


def _trend(row: Row) -> dict[str, Any]:
    requirement = row.criterion.revision.requirement
    return {
        "requirement": requirement.key,
        "title": row.criterion.revision.title,
        "criterion": row.criterion.key,
        "must": row.criterion.must,
        "tolerance": row.criterion.tolerance,
        "unit": row.unit,
        "now": row.now,
        "steps": [
            {
                "earlier": step.earlier.label,
                "trend": str(step.trend),
                "stands": step.stands,
                "gain": step.gain,
                "low": step.low,
                "high": step.high,
                "n": step.n,
                "was": step.was,
                "adjusted_p": step.adjusted_p,
                "runs": list(step.runs) if step.runs else None,
                "sentence": step.sentence,
            }
            for step in row.steps
        ],
    }


def _trend_counts(rows: Sequence[Row]) -> dict[str, int]:
    """By the worst of each criterion; regressed only where it stands."""
    found = Counter(str(row.worst) for row in rows)
    standing = sum(1 for row in rows if any(s.stands and s.trend is Trend.REGRESSED for s in row.steps))
    return {**{str(trend): found[str(trend)] for trend in Trend}, "regressed_beyond_doubt": standing}
