"""The card of one version of a model: what it is, what it was shown to do, where it falls short, and what nobody measured."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from capabilities.models import Product, Requirement, VerdictLine
from capabilities.queries.briefs import briefs_of, weakest
from capabilities.queries.expectation_records import as_record
from capabilities.queries.expectations import expectations_of_version
from capabilities.queries.products import only, visible_products
from capabilities.queries.states import RequirementState, requirement_states
from config.people.models import User
from config.words import duration, money, range_text, score, verdict_label
from evaluations.models import ModelVersion
from evaluations.queries.models import EvaluationLine, events_of, prices_in_force, scores_of_version
from evaluations.queries.reliability import Reliability, reliability_of

SHOWN_SLICES, SHOWN_COMPARISONS = 10, 50


def model_card(user: User, version: ModelVersion) -> dict[str, Any]:
    """The card for somebody who may not see every product (model, provider, parent and own prompt loaded).

    About 15 queries, fifteen more for each product the model is of.
    """
    products = _products(user, version)
    states = [state for product in products for state in _states(product, version)]
    told = briefs_of(states)
    lines = scores_of_version(version)
    reliable = reliability_of([line.run for line in lines])
    return {
        "version": version.label,
        "identity": _identity(version),
        "prices": [
            {
                "amount": money(one.amount, one.currency),
                "unit": one.get_unit_display(),
                "from": one.from_date.isoformat(),
            }
            for one in prices_in_force([version.pk]).get(version.pk, ())
        ],
        "meant_use": [
            {"product": one.name, "description": one.description, "key": one.key} for one in products
        ],
        "capabilities": _capabilities(states),
        "requirements": [_requirement(one, state) for one, state in zip(told, states, strict=True)],
        "weakest_slices": _slices(states),
        "evaluations": [_evaluation(line, reliable[line.run.pk]) for line in lines],
        "expectations": [as_record(one) for one in expectations_of_version(user, version)],
        "waivers": [
            {"requirement": one["key"], "criterion": criterion["key"], "waived": criterion["waived"]}
            for one in told
            for criterion in one["criteria"]
            if criterion["waived"]
        ],
        "comparisons": _comparisons(user, version),
        "methods": sorted({one.verdict.method for state in states for one in state.criteria if one.verdict}),
        "changes": [
            {
                "what": one.get_kind_display(),
                "before": one.before,
                "after": one.after,
                "on": one.at.date().isoformat(),
            }
            for one in events_of(version.model)
            if one.model_version_id == version.pk
        ],
    }


def _products(user: User, version: ModelVersion) -> list[Product]:
    """Those one may see that the model is of. One query."""
    mine = Q(subject_models=version.model_id) | Q(candidate_version=version) | Q(released_version=version)
    return list(visible_products(user).filter(mine).distinct().order_by("key"))


def _states(product: Product, version: ModelVersion) -> list[RequirementState]:
    """The agreed requirements about this kind of model. Fifteen queries."""
    rows = product.requirements.filter(kind=version.model.kind, lifecycle=Requirement.Lifecycle.APPROVED)
    related = rows.select_related("product", "capability", "objective", "owner")
    return requirement_states(related.order_by("number"), only(version))


def _identity(version: ModelVersion) -> dict[str, Any]:
    model = version.model
    return {
        "name": model.name,
        "vendor": model.vendor,
        "kind": model.get_kind_display(),
        "side": model.get_side_display(),
        "provider": model.provider.name if model.provider else "",
        "api_id": version.api_id,
        "floating": version.floating,
        "stage": version.get_stage_display(),
        "released_on": _day(version.released_on),
        "shutdown_on": _day(version.shutdown_on),
        "context_window": version.context_window,
        "modalities": list(version.modalities),
        "parent": version.parent.name if version.parent else "",
        "own_prompt": str(version.own_prompt) if version.own_prompt else "",
        "training_run": version.training_run,
        "step": version.step,
        "git_sha": version.git_sha,
        "parameters": version.parameters,
        "description": model.description,
        "terms": model.terms,
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _capabilities(states: Iterable[RequirementState]) -> list[dict[str, Any]]:
    """How many requirements of each ability have which verdict, by name."""
    counts: dict[str, Counter[str]] = {}
    for state in states:
        name = state.requirement.capability.name if state.requirement.capability else "Without a capability"
        counts.setdefault(name, Counter())[shown_outcome(state)] += 1
    outcomes = ("met", "not_met", "inconclusive", "no_data")
    return [
        {"name": name, **{outcome: counts[name][outcome] for outcome in outcomes}} for name in sorted(counts)
    ]


def shown_outcome(state: RequirementState) -> str:
    """The outcome as if nothing were waived: a card does not call proven what somebody merely accepts."""
    if not state.waived:
        return state.outcome
    return (
        "not_met"
        if any(one.outcome == "not_met" for one in state.criteria if one.criterion.must)
        else "inconclusive"
    )


def _requirement(brief: dict[str, Any], state: RequirementState) -> dict[str, Any]:
    kept = (
        "key",
        "words",
        "must",
        "outcome",
        "verdict",
        "sentence",
        "range",
        "n",
        "on",
        "run",
        "evaluation",
        "freshness",
        "waived",
    )
    criteria = [{name: one[name] for name in kept} for one in brief["criteria"]]
    names = ("key", "title", "capability", "priority", "statement")
    outcome = shown_outcome(state)
    verdict = verdict_label(outcome) if state.waived else brief["verdict"]
    return {
        **{name: brief[name] for name in names},
        "outcome": outcome,
        "verdict": verdict,
        "waived": state.waived,
        "criteria": criteria,
    }


def _slices(states: Iterable[RequirementState]) -> list[dict[str, Any]]:
    """The weakest slice of each criterion, the lowest share of its own value first."""
    found = []
    for state in states:
        for one in state.criteria:
            line = next(iter(weakest(one)), None)
            if line is None or one.verdict is None or line.point is None:
                continue
            behind = abs(line.point - (one.verdict.point or 0.0)) / (abs(one.verdict.point or 0.0) or 1.0)
            told = {
                "requirement": state.requirement.key,
                "criterion": one.criterion.key,
                "slice": line.label,
                "value": score(line.point, one.verdict.unit),
                "range": range_text(line.low, line.high, one.verdict.unit),
                "n": line.n,
            }
            found.append((behind, told))
    return [told for _, told in sorted(found, key=lambda pair: -pair[0])[:SHOWN_SLICES]]


def _evaluation(line: EvaluationLine, reliable: Reliability) -> dict[str, Any]:
    run, version = line.run, line.run.evaluation_version
    dataset = version.dataset_version.dataset
    return {
        "evaluation": str(version),
        "newest": not line.outdated,
        "dataset": dataset.name,
        "purpose": dataset.get_purpose_display(),
        "licence": dataset.licence,
        "origin": dataset.origin,
        "cases": version.dataset_version.case_count,
        "tries": version.repeats,
        "run": run.pk,
        "on": run.finished_at.date().isoformat() if run.finished_at else "",
        "partial": run.state == run.State.PARTIAL,
        "scores": [
            {
                "scorer": one.scorer.scorer.name,
                "value": score(one.point, one.unit),
                "range": range_text(one.low, one.high, one.unit)
                if one.low is not None or one.high is not None
                else "",
                "n": one.n,
                "missing": one.missing,
            }
            for one in line.scores
        ],
        "reliability": _reliable(reliable),
    }


def _reliable(one: Reliability) -> dict[str, Any]:
    return {
        "samples": one.samples,
        "errors": one.errored,
        "missing": one.missing,
        "cut_off": one.truncated,
        "unreadable": one.unparsed,
        "flaky": one.flaky if one.repeats > 1 else None,
        "median": duration(one.median_ms / 1000) if one.median_ms is not None else "",
        "slowest_in_20": duration(one.slow_ms / 1000) if one.slow_ms is not None else "",
        "cost_of_1000": money(one.cost_per_call * 1000, one.currency)
        if one.cost_per_call is not None
        else "",
    }


def _comparisons(user: User, version: ModelVersion) -> list[dict[str, Any]]:
    """What verdicts about others say of this version, the newest of each criterion. One query."""
    rows = (
        VerdictLine.objects.filter(
            model_version=version,
            verdict__verification__criterion__revision__requirement__product__in=visible_products(user),
        )
        .exclude(kind=VerdictLine.Kind.SLICE)
        .select_related(
            "verdict__model_version__model",
            "verdict__verification__criterion__revision__requirement__product",
        )
        .order_by("verdict__verification_id", "-verdict_id")
        .distinct("verdict__verification_id")
    )
    return [_comparison(line) for line in rows[:SHOWN_COMPARISONS]]


def _comparison(line: VerdictLine) -> dict[str, Any]:
    verdict = line.verdict
    criterion = verdict.verification.criterion
    return {
        "requirement": criterion.revision.requirement.key,
        "criterion": criterion.key,
        "of": verdict.model_version.label,
        "as": line.get_kind_display(),
        "value": score(line.their_point, verdict.unit) if line.their_point is not None else "",
        "sentence": line.sentence,
        "n": line.n,
        "on": verdict.created_at.date().isoformat(),
    }


def sorted_out(card: dict[str, Any]) -> dict[str, Sequence[dict[str, Any]]]:
    """The requirements by what is known: proven, not met, not proven yet, not measured."""
    groups = {"met": "proven", "not_met": "limits", "inconclusive": "open", "no_data": "unmeasured"}
    return {
        name: [one for one in card["requirements"] if one["outcome"] == outcome]
        for outcome, name in groups.items()
    }
