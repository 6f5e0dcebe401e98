"""The profile of one version of a model: what it is good at, where it falls short, what nobody measured, and what became of it since
earlier versions. Of ours by their verdicts, of a rival or a rule set by the same criteria. Reads only.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from capabilities.models import Product
from capabilities.queries.evidence import names_of
from capabilities.queries.known_criteria import known_criteria
from capabilities.queries.products import visible_products
from capabilities.services.profile_entries import Told, ours, theirs, worst_slices
from capabilities.services.profile_leads import leads, our_contests, said_of
from capabilities.services.version_readings import Shelf, shelf_of
from capabilities.services.version_trends import Row, version_trends
from config.people.models import User
from evaluations.models import ModelVersion, Side
from evaluations.queries.claimed_scores import told_of
from evaluations.queries.every_time import EveryTime, every_time_of
from evaluations.queries.models import LatestRun, latest_runs
from evaluations.queries.reliability import Reliability, reliability_of
from evaluations.statistics import Trend

MOST_EARLIER = 4
HELD = ("key", "evidence_max_age_days", "candidate_version", "released_version")


def version_profile(user: User, version: ModelVersion, earlier: Sequence[ModelVersion]) -> dict[str, Any]:
    """For somebody who may not see every product (models of all versions loaded).

    At most twenty-one queries, ten more for what this process reads for the first time, however much there is.
    """
    products = _products(user, version)
    known = known_criteria(_held_to(products, version), version) if version.model.side == Side.OWN else None
    # What another's version was never run on is told too; of ours the verdicts say so.
    shelf = shelf_of(products, [version, *earlier]) if known is None or earlier else Shelf((), {})
    told = theirs(shelf.of(version)) if known is None else ours(known)
    contests = said_of(products, version) if known is None else our_contests(known)
    compared = leads(contests)
    entries = [one.entry for one in told]
    trends = version_trends(shelf, version, earlier)
    return {
        "version": version.label,
        "model": version.model.name,
        "kind": version.model.kind,
        "side": version.model.side,
        "stage": version.stage,
        "judged": known is not None,
        "counts": _counts(entries, compared),
        "met": _having(entries, "met"),
        "not_met": _having(entries, "not_met"),
        "open": _having(entries, "inconclusive"),
        "unmeasured": [
            *_having(entries, "no_data"),
            *(_never_run(shelf, version, told) if known is None else ()),
        ],
        "leads": [one for one in compared if one["ahead"]],
        "trails": [one for one in compared if not one["ahead"]],
        "slices": worst_slices(told),
        "evaluations": _evaluations(version),
        "claimed": told_of(version),
        "against": [one.label for one in earlier],
        "trends": [_trend(row) for row in trends],
        "trend_counts": _trend_counts(trends),
    }


def _products(user: User, version: ModelVersion) -> list[Product]:
    """All that the person may see, each with whether the version's model is a subject of it. One query."""
    subjects = Product.subject_models.through.objects.filter(product=OuterRef("pk"), model=version.model_id)
    return list(visible_products(user).only(*HELD).annotate(is_subject=Exists(subjects)))


def _held_to(products: Sequence[Product], version: ModelVersion) -> list[Product]:
    """Those of them that the version is of."""
    return [
        product
        for product in products
        if product.is_subject  # type: ignore[attr-defined]
        or version.pk in (product.candidate_version_id, product.released_version_id)
    ]


def _having(entries: Sequence[dict[str, Any]], outcome: str) -> list[dict[str, Any]]:
    """Must before should."""
    return sorted((one for one in entries if one["outcome"] == outcome), key=lambda one: not one["must"])


def _counts(entries: Sequence[dict[str, Any]], compared: Sequence[dict[str, Any]]) -> dict[str, int]:
    outcomes = Counter(one["outcome"] for one in entries)
    ahead = sum(1 for one in compared if one["ahead"])
    names = ("met", "not_met", "inconclusive", "no_data")
    return {**{name: outcomes[name] for name in names}, "leads": ahead, "trails": len(compared) - ahead}


def _never_run(shelf: Shelf, version: ModelVersion, told: Sequence[Told]) -> list[dict[str, Any]]:
    """Criteria about this kind of model on which another's version was never run. One query, none where there is none."""
    known = {(one.entry["requirement"], one.entry["criterion"]) for one in told}
    lacking = [
        link
        for link in shelf.links
        if link.kind == version.model.kind
        and (link.pk, version.pk) not in shelf.readings
        and (link.requirement, link.criterion.key) not in known
    ]
    names = names_of(link.evaluation_version for link in lacking)
    return [
        {
            "requirement": link.requirement,
            "title": link.title,
            "criterion": link.criterion.key,
            "must": link.criterion.must,
            "outcome": "no_data",
            "sentence": f"A run of {names[link.evaluation_version]} on this version.",
        }
        for link in lacking
    ]


def _evaluations(version: ModelVersion) -> list[dict[str, Any]]:
    """Its latest run of each evaluation: reliability, speed and cost. Two queries, up to five more for runs that were not read yet."""
    lines = latest_runs(version)
    runs = [line.run for line in lines]
    reliable, every = reliability_of(runs), every_time_of(runs)
    return [_evaluation(line, reliable[line.run.pk], every.get(line.run.pk)) for line in lines]


def _evaluation(line: LatestRun, reliable: Reliability, every: EveryTime | None) -> dict[str, Any]:
    evaluation = line.run.evaluation_version
    return {
        "evaluation": str(evaluation),
        "slug": evaluation.evaluation.slug,
        "newest": not line.outdated,
        "purpose": line.purpose,
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
    criterion = row.link.criterion
    return {
        "requirement": row.link.requirement,
        "title": row.link.title,
        "criterion": criterion.key,
        "must": criterion.must,
        "tolerance": criterion.tolerance,
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
