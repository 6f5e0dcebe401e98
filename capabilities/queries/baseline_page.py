"""A baseline as its page shows it: what it holds, what says something else by now, and why the gate decides as it does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from capabilities.models import Baseline, BaselineItem, GateDecision, Product, Revision, Waiver
from capabilities.queries.products import judged_versions
from evaluations.models import ModelVersion, Side

MOST_CHOICES = 60
VERDICT_WHY = {
    "not_met": "A must that is not met.",
    "inconclusive": "A must that is not proven yet.",
    "no_data": "A must without data for this version.",
}
FRESHNESS_WHY = {
    "needs_recheck": "What it rests on changed: needs a re-check.",
    "out_of_date": "The evidence is out of date.",
}


def baselines_of(product: Product) -> QuerySet[Baseline]:
    """Baselines, the newest first, with item_count and last_decision. One query."""
    last = GateDecision.objects.filter(baseline=OuterRef("pk")).order_by("-id").values("decision")[:1]
    rows = product.baselines.select_related("product", "created_by").order_by("-number")
    return rows.annotate(item_count=Count("items", distinct=True), last_decision=Subquery(last))


@dataclass(frozen=True)
class CriterionLine:
    """A criterion of the gate's reply. weight: stops (no go), holds (undecided), "" (does not stand in the way); why: in words."""

    key: str
    verdict: str
    trend: str
    sentence: str
    weight: str
    why: str


@dataclass(frozen=True)
class ItemLine:
    """A requirement the version is held to. newer: the revision approved since, which says something else; None without one."""

    key: str
    title: str
    revision: int
    newer: int | None
    state: str
    criteria: Sequence[CriterionLine]


def lines(baseline: Baseline, reply: Mapping[str, Any]) -> list[ItemLine]:
    """The gate's reply with titles and drift. Two queries."""
    items = BaselineItem.objects.filter(baseline=baseline).select_related("requirement__product", "revision")
    by_key = {item.requirement.key: item for item in items}
    approved = dict(
        Revision.objects.filter(
            requirement__baseline_items__baseline=baseline, status=Revision.Status.APPROVED
        ).values_list("requirement_id", "number")
    )
    return [_line(by_key[entry["key"]], entry, approved) for entry in reply["requirements"]]


def _line(item: BaselineItem, entry: Mapping[str, Any], approved: Mapping[int, int]) -> ItemLine:
    now = approved.get(item.requirement_id)
    return ItemLine(
        key=entry["key"],
        title=item.revision.title,
        revision=item.revision.number,
        newer=now if now is not None and now > item.revision.number else None,
        state=entry["state"],
        criteria=[_criterion(criterion) for criterion in entry["criteria"]],
    )


def _criterion(entry: Mapping[str, Any]) -> CriterionLine:
    weight, why = _weight(entry)
    return CriterionLine(entry["key"], entry["verdict"], entry["trend"], entry["sentence"], weight, why)


def _weight(entry: Mapping[str, Any]) -> tuple[str, str]:
    if not entry["must"]:
        return "", "A should: listed, changes nothing."
    if entry["waived_until"]:
        return "", f"Waived until {entry['waived_until']}."
    reasons = [reason for reason in (VERDICT_WHY.get(entry["verdict"]), _worn(entry)) if reason]
    worse = entry.get("regression")
    stops = entry["verdict"] == "not_met" or (worse is not None and worse["stands"])
    weight = "stops" if stops else "holds" if reasons else ""
    if entry["trend"] == "regressed":
        reasons.append(_worse(worse))
    return weight, " ".join(reasons)


def _worse(regression: Mapping[str, Any] | None) -> str:
    """regression: None where the verdict waits for a second run, and so claims nothing yet."""
    if regression is None:
        return "Looks worse than an earlier version; a second run will say."
    than = f"Got worse than {regression['against']}"
    if regression["stands"]:
        return f"{than}, also among all that were compared: a no go."
    return f"{than} on its own, but that does not stand among all that were compared: stops nothing."


def _worn(entry: Mapping[str, Any]) -> str:
    """reasons: not there in decisions that were recorded before they were told."""
    return " ".join([FRESHNESS_WHY.get(entry["freshness"] or "", ""), *entry.get("reasons", ())]).strip()


def version_for(baseline: Baseline, asked: str) -> ModelVersion | None:
    """The version asked for, else the product's for the kind most of the requirements have. Up to four queries."""
    versions = judged_versions(baseline.product, asked)
    kinds = Counter(baseline.items.values_list("requirement__kind", flat=True))
    return versions.for_kind(kinds.most_common(1)[0][0]) if kinds else versions.main


def version_choices(product: Product) -> list[ModelVersion]:
    """Active versions of the product's own models, the newest first. Two queries."""
    subjects = list(product.subject_models.values_list("pk", flat=True))
    rows = ModelVersion.objects.active().filter(model__side=Side.OWN).select_related("model").newest_first()
    return list((rows.filter(model__in=subjects) if subjects else rows)[:MOST_CHOICES])


def standing_waivers(baseline: Baseline) -> QuerySet[Waiver]:
    """Waivers of the baseline's requirements that are not revoked, the next to expire first. One query."""
    return (
        Waiver.objects.filter(requirement__baseline_items__baseline=baseline, revoked_at=None)
        .select_related("requirement__product", "approver", "model_version__model")
        .order_by("expires_on", "id")
    )
