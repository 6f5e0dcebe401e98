"""The life of a discovery. These functions are its only writers; an illegal move is refused with what is allowed."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from capabilities.errors import IllegalMove
from capabilities.models import Discovery, DiscoveryEvidence, Product
from config.errors import Refused
from config.people.access import demand
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Dataset, Response, Run
from evaluations.services.exposures import record_exposure

State, Kind = Discovery.State, DiscoveryEvidence.Kind
MOVES: dict[str, set[str]] = {
    State.SPOTTED: {State.REPRODUCED, State.DISMISSED},
    State.REPRODUCED: {State.CHARACTERISED, State.DISMISSED},
    State.CHARACTERISED: {State.PACKAGED, State.DISMISSED},
    State.PACKAGED: set(),
    State.DISMISSED: {State.SPOTTED},
}


@transaction.atomic
def record_discovery(  # noqa: PLR0913 - each is a part of what was seen
    *,
    actor: User,
    product: Product,
    title: str,
    statement: str = "",
    response: Response | None = None,
    run: Run | None = None,
    part: str = "",
) -> Discovery:
    """A spotted discovery with the answer it was seen in, kept as it was; or with the run and slice of a suggested strength.

    Raises Refused with neither, ValidationError with the fields at fault, PermissionDenied for test samples one may not read.
    """
    source = response.run if response is not None else run
    if source is None:
        raise Refused(
            "A discovery starts from an answer: record it from a sample of a run.", code="no_evidence"
        )
    if response is not None and purpose_of(source) == Dataset.Purpose.TEST:
        demand(actor, "read_test")
        record_exposure(
            user=actor,
            dataset_version=source.evaluation_version.dataset_version,
            run=source,
            samples=1,
            via="discovery",
        )
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    last = product.discoveries.aggregate(last=Max("number"))["last"] or 0
    made = Discovery(
        product=product, number=last + 1, title=title.strip(), statement=statement.strip(), created_by=actor
    )
    made.full_clean()
    made.save()
    add_evidence(
        actor,
        made,
        Kind.SPOTTED,
        response=response,
        run=source,
        part=part,
        evaluation_version=source.evaluation_version,
        detail=_hashes(response) if response is not None else {},
    )
    tell(actor, made, "discovery.recorded", after={"state": made.state, "run": source.pk, "slice": part})
    return made


@transaction.atomic
def add_note(*, actor: User, discovery: Discovery, text: str) -> DiscoveryEvidence:
    """A note in its history, which nobody changes afterwards. Raises Refused without words."""
    if not text.strip():
        raise Refused("Write the note first.", code="text")
    made = add_evidence(actor, discovery, Kind.NOTE, text=text.strip())
    tell(actor, discovery, "discovery.noted")
    return made


@transaction.atomic
def dismiss(*, actor: User, discovery: Discovery, reason: str) -> Discovery:
    """Put it aside with the reason, which is kept and found again. Raises Refused without one."""
    discovery = locked(discovery)
    check_move(discovery, State.DISMISSED)
    if not reason.strip():
        raise Refused(f"Say why {discovery.key} is dismissed.", code="reason", fields={"reason": "Say why."})
    before = {"state": discovery.state}
    discovery.reason = reason.strip()
    move(discovery, State.DISMISSED)
    add_evidence(actor, discovery, Kind.DISMISSED, text=discovery.reason)
    after = {"state": discovery.state, "reason": discovery.reason}
    tell(actor, discovery, "discovery.dismissed", before=before, after=after)
    return discovery


@transaction.atomic
def take_up_again(*, actor: User, discovery: Discovery) -> Discovery:
    """Bring a dismissed one back to spotted; the reason it was dismissed for stays in its history."""
    discovery = locked(discovery)
    check_move(discovery, State.SPOTTED)
    before = {"state": discovery.state, "reason": discovery.reason}
    discovery.reason = ""
    move(discovery, State.SPOTTED)
    add_evidence(actor, discovery, Kind.REOPENED)
    tell(actor, discovery, "discovery.reopened", before=before, after={"state": discovery.state})
    return discovery


def purpose_of(run: Run) -> str:
    return run.evaluation_version.dataset_version.dataset.purpose


def locked(discovery: Discovery) -> Discovery:
    """The discovery as stored, held until the commit."""
    return Discovery.objects.select_for_update(of=("self",)).select_related("product").get(pk=discovery.pk)


def check_move(discovery: Discovery, target: str) -> None:
    """Raise IllegalMove with what is allowed instead."""
    allowed = MOVES[discovery.state]
    if target not in allowed:
        ways = " or ".join(sorted(State(way).label.lower() for way in allowed)) or "nothing else"
        raise IllegalMove(
            f"{discovery.key} is {discovery.get_state_display().lower()}; from there it can become {ways}."
        )


def move(discovery: Discovery, target: str) -> None:
    """Of a discovery that is locked."""
    check_move(discovery, target)
    discovery.state = target
    discovery.settled_at = timezone.now() if target in {State.PACKAGED, State.DISMISSED} else None
    discovery.save(update_fields=["state", "reason", "settled_at", "requirement", "evaluation_version"])


def add_evidence(author: User | None, discovery: Discovery, kind: str, **facts: Any) -> DiscoveryEvidence:
    return DiscoveryEvidence.objects.create(discovery=discovery, kind=kind, author=author, **facts)


def tell(actor: User | None, discovery: Discovery, verb: str, **details: Any) -> None:
    """In the audit trail."""
    record(
        actor=actor,
        verb=verb,
        noun="discovery",
        object_id=discovery.pk,
        label=discovery.key,
        product=discovery.product.key,
        **details,
    )


def _hashes(response: Response) -> dict[str, str]:
    """What is left of the evidence after an erasure."""
    return {"input": response.case.hash, "answer": response.output.sha256 if response.output else ""}
