"""Links between requirements: made, confirmed and taken away. Circles, doubles and links to oneself are refused in a sentence."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from capabilities.models import Link, Product, Requirement, Revision, Verification
from capabilities.queries.known_links import KnownLinks
from capabilities.queries.linked_texts import present_texts
from capabilities.queries.products import visible_products
from capabilities.services.checking import AtFault
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import Alike, record, record_many

Kind = Link.Kind
DIRECTED = (Kind.REFINES, Kind.DEPENDS_ON)
GONE = (Requirement.Lifecycle.RETIRED, Requirement.Lifecycle.REJECTED)
UNSEEN = "There is no such requirement, or you may not see it."
SAID = {
    Kind.REFINES: "refines",
    Kind.DEPENDS_ON: "depends on",
    Kind.CONFLICTS: "conflicts with",
    Kind.DUPLICATES: "duplicates",
}


@dataclass(frozen=True)
class Linking:
    """A link to make; both ends with their product loaded."""

    source: Requirement
    target: Requirement
    kind: str
    note: str = ""


def add_link(
    *, actor: User | None, source: Requirement, target: Requirement, kind: str, note: str = ""
) -> Link:
    """Let one requirement point to another (both with their product loaded); evidence of a dependent one is stamped with the text.

    Raises Refused for a link to itself, a double, the other direction of a conflict or a duplicate, a circle, and what one may not see.
    """
    try:
        [made] = add_links(actor=actor, wanted=[Linking(source, target, kind, note)])
    except AtFault as refusal:
        raise refusal.reason from refusal
    return made


@transaction.atomic
def add_links(*, actor: User | None, wanted: Sequence[Linking]) -> list[Link]:
    """All of these links or none, as `add_link` makes one. Raises AtFault. Up to nine queries, however many."""
    # Two links that close a circle only together would each look harmless: one is made at a time.
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE capabilities_link IN SHARE ROW EXCLUSIVE MODE")
    known = KnownLinks({one.kind for one in wanted})
    seen = _seen_products(actor, wanted)
    for place, one in enumerate(wanted):
        try:
            if seen is not None and not {one.source.product_id, one.target.product_id} <= seen:
                raise Refused(UNSEEN, code="unknown_requirement")
            _check_new(one.source, one.target, Kind(one.kind), known)
        except Refused as reason:
            raise AtFault(place, reason) from reason
        known.add(one.source.pk, one.target.pk, one.kind)
    texts = present_texts(one.target for one in wanted)
    made = Link.objects.bulk_create(_built(actor, one, texts[one.target.pk]) for one in wanted)
    _stamp_evidence([link for link in made if link.kind == Kind.DEPENDS_ON])
    _tell_added(actor, made)
    return made


def _built(actor: User | None, wanted: Linking, text: Revision) -> Link:
    return Link(
        source=wanted.source,
        target=wanted.target,
        kind=wanted.kind,
        note=wanted.note.strip()[:300],
        fingerprint=text.fingerprint,
        revision=text.number,
        created_by=actor,
        confirmed_by=actor,
    )


def _tell_added(actor: User | None, made: Sequence[Link]) -> None:
    by_product: dict[str, list[Alike]] = defaultdict(list)
    for link in made:
        by_product[link.source.product.key].append(Alike([(link.source_id, _label(link))], {}, _shown(link)))
    for product, alike in by_product.items():
        record_many(actor=actor, verb="link.added", noun="requirement", product=product, alike=alike)


@transaction.atomic
def confirm_link(*, actor: User, link: Link) -> Link:
    """Say that the link still holds now that the other text changed. Evidence that depends on it is confirmed by itself."""
    link = _locked(link)
    _check_seen(actor, link.source, link.target)
    before, text = _shown(link), present_texts([link.target])[link.target_id]
    link.fingerprint, link.revision = text.fingerprint, text.number
    link.confirmed_by, link.confirmed_at = actor, timezone.now()
    link.save(update_fields=["fingerprint", "revision", "confirmed_by", "confirmed_at"])
    _record(actor, link, "link.confirmed", before=before, after=_shown(link))
    return link


@transaction.atomic
def remove_link(*, actor: User | None, link: Link) -> None:
    """Take a link away; the trail keeps that it was there."""
    link = _locked(link)
    _check_seen(actor, link.source, link.target)
    _record(actor, link, "link.removed", before=_shown(link))
    link.delete()


def _locked(link: Link) -> Link:
    rows = Link.objects.select_for_update(of=("self",)).select_related("source__product", "target__product")
    found = rows.filter(pk=link.pk).first()
    if found is None:
        raise Refused("This link was taken away already.", code="gone")
    return found


def _check_seen(actor: User | None, source: Requirement, target: Requirement) -> None:
    seen = _seen_products(actor, [Linking(source, target, "")])
    if seen is not None and not {source.product_id, target.product_id} <= seen:
        raise Refused(UNSEEN, code="unknown_requirement")


def _seen_products(actor: User | None, wanted: Sequence[Linking]) -> set[int] | None:
    """Of the products at both ends those that the actor may see; None for the machine, which sees all. One query."""
    if actor is None:
        return None
    ends = {one.source.product_id for one in wanted} | {one.target.product_id for one in wanted}
    return set(visible_products(actor).filter(pk__in=ends).values_list("pk", flat=True))


def _check_new(source: Requirement, target: Requirement, kind: Link.Kind, known: KnownLinks) -> None:
    said = SAID[kind]
    if source.pk == target.pk:
        raise Refused(f"{source.key} cannot be linked to itself. Name another requirement.", code="self_link")
    if known.there(source.pk, target.pk, kind):
        raise Refused(f"{source.key} {said} {target.key} already.", code="double_link")
    if kind not in DIRECTED:
        if known.there(target.pk, source.pk, kind):
            raise Refused(
                f"{target.key} {said} {source.key} already; one link speaks for both.", code="double_link"
            )
        return
    if target.lifecycle in GONE:
        state = target.get_lifecycle_display().lower()
        raise Refused(f"{target.key} is {state}; nothing {said} it any more.", code="put_aside")
    if known.lead(target.pk, source.pk, kind):
        raise Refused(
            f"{target.key} {said} {source.key} already, directly or through others. The link would close a circle.",
            code="circle",
        )


def _stamp_evidence(links: Sequence[Link]) -> None:
    """What measures a dependent requirement was seen together with the text it now depends on. Two queries, none without links."""
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    for link in links:
        texts[link.source_id][str(link.target_id)] = link.fingerprint
    if not texts:
        return
    living = [Revision.Status.APPROVED, Revision.Status.DRAFT, Revision.Status.IN_REVIEW]
    rows = Verification.objects.select_for_update(of=("self",)).filter(
        criterion__revision__requirement__in=texts, criterion__revision__status__in=living
    )
    changed = []
    for verification in rows.annotate(requirement=F("criterion__revision__requirement")):
        seen = verification.stamp.get("depends_on", {}) | texts[verification.requirement]
        verification.stamp = verification.stamp | {"depends_on": seen}
        changed.append(verification)
    Verification.objects.bulk_update(changed, ["stamp"])


def _shown(link: Link) -> dict[str, Any]:
    return {
        "kind": link.kind,
        "target": link.target.key,
        "note": link.note,
        "revision": link.revision,
        "fingerprint": link.fingerprint,
    }


def _label(link: Link) -> str:
    return f"{link.source.key} {SAID[Kind(link.kind)]} {link.target.key}"


def _record(actor: User | None, link: Link, verb: str, **details: Any) -> None:
    source: Requirement = link.source
    product: Product = source.product
    record(
        actor=actor,
        verb=verb,
        noun="requirement",
        object_id=source.pk,
        label=_label(link),
        product=product.key,
        **details,
    )
