"""States of some requirements then and now, over rows that are read once for both."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from capabilities.models import Product, Requirement, Revision
from capabilities.queries.change_rows import read_rows
from capabilities.queries.past import PUT_ASIDE, text_as_it_was, versions_as_of
from capabilities.queries.past_fields import Trail, trail_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.state_rows import SHORT, speaking
from capabilities.queries.states import RequirementState, states_over

Status = Revision.Status


@dataclass(frozen=True)
class Moments:
    """Two moments and which versions states spoke of at each."""

    then: datetime
    now: datetime
    before: JudgedVersions
    versions: JudgedVersions


@dataclass(frozen=True)
class ThenAndNow:
    """untold: keys of those whose life the audit trail does not reach back to, taken as agreed because their text was."""

    then: Sequence[RequirementState]
    now: Sequence[RequirementState]
    untold: Sequence[str]


def states_then_and_now(
    product: Product, moments: Moments, titles: Mapping[int, str], among: Collection[int]
) -> ThenAndNow:
    """Of what was agreed then and of what is agreed, among requirements (ids): what `states_as_of` and `requirement_states` say of them.

    titles: of the product's objectives, by id. At most fifteen queries, however many requirements.
    """
    written = list(product.requirements.filter(pk__in=among).order_by("number"))
    for requirement in written:
        requirement.product = product
    trail = trail_of(written)
    texts = _texts(written)
    agreed = {pk: text for pk, found in texts.items() if (text := _agreed(found, moments.then))}
    present = [one for one in written if one.lifecycle == Requirement.Lifecycle.APPROVED]
    past, untold = _as_they_were([one for one in written if one.pk in agreed], trail, titles, moments.then)
    there = versions_as_of(moments.before, moments.then)
    rows = read_rows(
        then={one.pk: text_as_it_was(copy(agreed[one.pk])) for one in past},
        now={one.pk: _open(texts[one.pk]) for one in present},
        trail=trail,
        moment=moments.then,
        versions=(there.all, moments.versions.all),
    )
    return ThenAndNow(
        states_over(past, there, rows.then, moments.then),
        states_over(present, moments.versions, rows.now, moments.now),
        untold,
    )


def _texts(requirements: Sequence[Requirement]) -> dict[int, list[Revision]]:
    """By requirement, newest first. One query."""
    rows = Revision.objects.filter(requirement__in=requirements).exclude(status=Status.DISCARDED)
    found: dict[int, list[Revision]] = defaultdict(list)
    for text in rows.order_by("-number").only(*SHORT, "approved_at"):
        found[text.requirement_id].append(text)
    return found


def _open(texts: Sequence[Revision]) -> list[Revision]:
    """What speaks now, before what is being written beside it."""
    found = [text for text in texts if text.status != Status.SUPERSEDED]
    return sorted(found, key=lambda text: text is not speaking(found))


def _agreed(texts: Sequence[Revision], moment: datetime) -> Revision | None:
    return next((text for text in texts if text.approved_at and text.approved_at <= moment), None)


def _as_they_were(
    requirements: Sequence[Requirement], trail: Trail, titles: Mapping[int, str], moment: datetime
) -> tuple[list[Requirement], list[str]]:
    """Those that were there and not put aside, never to be saved, and keys of those of whose life the trail does not tell. No query."""
    found, untold = [], []
    by_title = {title: pk for pk, title in titles.items()}
    for requirement in requirements:
        lifecycle = trail.lifecycle_at(requirement, moment)
        if requirement.created_at > moment or lifecycle in PUT_ASIDE:
            continue
        if lifecycle is None:
            untold.append(requirement.key)
        replaced = trail.replaced_since(requirement, moment)
        was = copy(requirement)
        was.lifecycle = lifecycle or Requirement.Lifecycle.APPROVED
        was.kind = replaced.get("kind", was.kind)
        if "objective" in replaced:
            was.objective_id = by_title.get(replaced["objective"])
        found.append(was)
    return found, untold
