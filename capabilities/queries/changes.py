"""What changed in a product: verdicts that flipped, evidence that came, versions that moved under us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Lag

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
    product: Product, versions: JudgedVersions, *, since: datetime | None = None, limit: int = SHOWN
) -> list[Change]:
    """The newest changes first, of our versions that are judged now. Three queries."""
    found = [
        *_verdicts(product, versions, since, limit),
        *_evidence(product, since, limit),
        *_models(product, since, limit),
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)[:limit]


def _verdicts(product: Product, versions: JudgedVersions, since: datetime | None, limit: int) -> list[Change]:
    """Verdicts that differ from the one before on the same evidence and version, and first ones."""
    rows = Verdict.objects.filter(
        verification__criterion__revision__requirement__product=product, model_version__in=versions.all
    )
    numbered = rows.annotate(
        before=Window(
            Lag("outcome"), partition_by=[F("verification"), F("model_version")], order_by=F("id").asc()
        )
    )
    flipped = numbered.filter(Q(before=None) | ~Q(before=F("outcome")))
    if since is not None:
        flipped = flipped.filter(created_at__gte=since)
    newest = flipped.select_related(
        "model_version__model", "verification__criterion__revision__requirement__product"
    ).order_by("-id")[:limit]
    return [_verdict(verdict) for verdict in newest]


def _verdict(verdict: Verdict) -> Change:
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


def _evidence(product: Product, since: datetime | None, limit: int) -> list[Change]:
    rows: QuerySet[Verification] = Verification.objects.filter(
        criterion__revision__requirement__product=product,
        criterion__revision__status=Revision.Status.APPROVED,
    ).select_related(
        "criterion__revision__requirement__product", "evaluation_version__evaluation", "confirmed_by"
    )
    if since is not None:
        rows = rows.filter(confirmed_at__gte=since)
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


def _models(product: Product, since: datetime | None, limit: int) -> list[Change]:
    """Events of our subject models and of the rivals of the newest set."""
    newest_set = product.rival_sets.filter(product=OuterRef("product")).order_by("-number").values("pk")[:1]
    rivals = product.rival_sets.filter(pk=Subquery(newest_set)).values("rivals")
    models = Model.objects.filter(Q(products=product) | Q(pk__in=rivals) | Q(side=Side.SIMPLE))
    rows = ModelEvent.objects.filter(model_version__model__in=models).select_related("model_version__model")
    if since is not None:
        rows = rows.filter(at__gte=since)
    return [
        Change("model", event.at, version=event.model_version.label, words=_event_words(event))
        for event in rows.order_by("-id")[:limit]
    ]


def _event_words(event: ModelEvent) -> str:
    words = event.get_kind_display()
    words = f"{words[0].lower()}{words[1:]}"
    if event.before:
        return f"{words}: {event.before} → {event.after}"
    return f"{words} as {event.after}" if event.after else words
