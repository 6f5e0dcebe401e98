"""What changed in a product: verdicts that flipped, evidence that came, versions that moved under us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from capabilities.models import Product, Revision, Verdict, Verification
from capabilities.queries.products import JudgedVersions
from evaluations.models import Model, ModelEvent, Side

SHOWN = 12


@dataclass(frozen=True)
class Change:
    """One line. before, after: outcomes of a flip, before empty for the first verdict; words: what happened otherwise."""

    kind: Literal["verdict", "evidence", "model"]
    at: datetime
    key: str = ""
    title: str = ""
    criterion: str = ""
    version: str = ""
    before: str = ""
    after: str = ""
    lean: str = ""
    words: str = ""


def changes(
    product: Product,
    versions: JudgedVersions,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = SHOWN,
) -> list[Change]:
    """The newest changes first, of our versions that are judged now. Three queries."""
    found = [
        *_verdicts(product, versions, since, until, limit),
        *_evidence(product, since, until, limit),
        *_models(product, since, until, limit),
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)[:limit]


def _within(field: str, since: datetime | None, until: datetime | None) -> Q:
    return (Q(**{f"{field}__gte": since}) if since else Q()) & (
        Q(**{f"{field}__lte": until}) if until else Q()
    )


def _verdicts(
    product: Product, versions: JudgedVersions, since: datetime | None, until: datetime | None, limit: int
) -> list[Change]:
    """Verdicts that differ from the one before on the same evidence and version, and first ones."""
    rows = Verdict.objects.filter(
        verification__criterion__revision__requirement__product=product, model_version__in=versions.all
    )
    # Looked up for one verdict after the other, from the newest on, until enough are found: a page reads few of very many.
    earlier = Verdict.objects.filter(
        verification=OuterRef("verification"), model_version=OuterRef("model_version"), pk__lt=OuterRef("pk")
    )
    before = Subquery(earlier.order_by("-pk").values("outcome")[:1])
    compared = rows.annotate(before=Coalesce(before, Value("")))
    # What a new revision took over from the one before is no news.
    flipped = compared.exclude(before=F("outcome")).exclude(detail__has_key="carried_from")
    newest = (
        flipped.filter(_within("created_at", since, until))
        .select_related("model_version__model", "verification__criterion__revision__requirement__product")
        .order_by("-id")[:limit]
    )
    return [verdict_change(verdict) for verdict in newest]


def verdict_change(verdict: Verdict) -> Change:
    """A verdict with `before` annotated. Needs its requirement and version."""
    criterion = verdict.verification.criterion
    return Change(
        "verdict",
        verdict.created_at,
        key=criterion.revision.requirement.key,
        title=criterion.revision.title,
        criterion=criterion.key,
        version=verdict.model_version.label,
        before=getattr(verdict, "before", None) or "",
        after=verdict.outcome,
        lean=verdict.lean,
    )


def _evidence(product: Product, since: datetime | None, until: datetime | None, limit: int) -> list[Change]:
    rows: QuerySet[Verification] = Verification.objects.filter(
        criterion__revision__requirement__product=product,
        criterion__revision__status=Revision.Status.APPROVED,
    ).select_related(
        "criterion__revision__requirement__product", "evaluation_version__evaluation", "confirmed_by"
    )
    rows = rows.filter(_within("confirmed_at", since, until))
    return [
        Change(
            "evidence",
            link.confirmed_at,
            key=link.criterion.revision.requirement.key,
            title=link.criterion.revision.title,
            criterion=link.criterion.key,
            words=f"is measured by {link.evaluation_version}",
        )
        for link in rows.order_by("-confirmed_at")[:limit]
    ]


def _models(product: Product, since: datetime | None, until: datetime | None, limit: int) -> list[Change]:
    return [
        Change("model", event.at, version=event.model_version.label, words=event_words(event))
        for event in events_since(product, since, until)[:limit]
    ]


def models_of(product: Product) -> QuerySet[Model]:
    """Our subject models, the rivals of the newest set and the simple alternatives. No query."""
    newest_set = product.rival_sets.filter(product=OuterRef("product")).order_by("-number").values("pk")[:1]
    rivals = product.rival_sets.filter(pk=Subquery(newest_set)).values("rivals")
    return Model.objects.filter(Q(products=product) | Q(pk__in=rivals) | Q(side=Side.SIMPLE))


def events_since(product: Product, since: datetime | None, until: datetime | None) -> QuerySet[ModelEvent]:
    """What happened to the models of a product, newest first. One query."""
    rows = ModelEvent.objects.filter(model_version__model__in=models_of(product))
    return rows.select_related("model_version__model").filter(_within("at", since, until)).order_by("-id")


def event_words(event: ModelEvent) -> str:
    words = event.get_kind_display()
    words = f"{words[0].lower()}{words[1:]}"
    if event.before:
        return f"{words}: {event.before} → {event.after}"
    return f"{words} as {event.after}" if event.after else words
