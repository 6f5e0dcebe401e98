"""Lists kept under a name. Only its owner, or an administrator for a shared one, changes a view."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from config.errors import Refused
from config.people.models import SavedView, User
from config.people.queries.saved_views import may_change
from config.people.saved_pages import LONGEST_QUERY, cleaned_query
from config.people.services.audit import record

MOST_VIEWS = 100
_OWNER = re.compile(r"\bowner=[^&]*")
CHANGEABLE = ("name", "query", "shared")


@transaction.atomic
def save_view(
    *, actor: User, page: str, product: str, name: str, query: str, shared: bool = False
) -> SavedView:
    """Keep a list under a name, behind the owner's other views. Raises ValidationError, Refused when there are too many."""
    own = SavedView.objects.filter(owner=actor, page=page, product=product)
    if own.count() >= MOST_VIEWS:
        raise Refused(f"You keep {MOST_VIEWS} views of this list. Delete one first.", code="too_many")
    last = own.order_by("-position").values_list("position", flat=True).first()
    view = SavedView(
        owner=actor,
        page=page,
        product=product,
        name=" ".join(name.split()),
        query=cleaned_query(page, query),
        shared=shared,
        position=0 if last is None else last + 1,
    )
    view.full_clean()
    view.save()
    _record(actor, view, "view.saved", after=_said(view))
    return view


@transaction.atomic
def change_view(*, actor: User, view: SavedView, **fields: Any) -> SavedView:
    """Another name, other filters, shared or not. Raises Refused for somebody else's, ValidationError."""
    view = _locked(actor, view)
    before = _said(view)
    for name in CHANGEABLE:
        if name in fields:
            setattr(view, name, fields[name])
    view.name, view.query = " ".join(view.name.split()), cleaned_query(view.page, view.query)
    view.full_clean()
    view.save()
    _record(actor, view, "view.changed", before=before, after=_said(view))
    return view


@transaction.atomic
def place_view(*, actor: User, view: SavedView, step: int) -> None:
    """Earlier (-1) or later (+1) among the owner's views of the same list."""
    view = _locked(actor, view)
    rows = SavedView.objects.filter(owner=view.owner, page=view.page, product=view.product)
    views = list(rows.select_for_update())
    place = next(index for index, one in enumerate(views) if one.pk == view.pk)
    views.insert(max(0, place + step), views.pop(place))
    for position, one in enumerate(views):
        one.position = position
    SavedView.objects.bulk_update(views, ["position"])


@transaction.atomic
def delete_view(*, actor: User, view: SavedView) -> None:
    view = _locked(actor, view)
    _record(actor, view, "view.deleted", before=_said(view))
    view.delete()


def forget_views(person: User, former: str) -> None:
    """Private views of whoever is erased are deleted, shared ones stay. Filters by their user name (former) ask for the new one."""
    person.saved_views.filter(shared=False).delete()
    for view in SavedView.objects.select_for_update().filter(query__contains="owner="):
        pairs = parse_qsl(view.query)
        if ("owner", former) in pairs:
            rest = [pair for pair in pairs if pair[0] != "owner"]
            renamed = urlencode([*rest, ("owner", person.username)], safe=",")
            view.query = renamed if len(renamed) <= LONGEST_QUERY else urlencode(rest, safe=",")
            view.save(update_fields=["query", "updated_at"])


def _locked(actor: User, view: SavedView) -> SavedView:
    found = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if found is None:
        raise Refused("This view was deleted meanwhile.", code="gone")
    if not may_change(actor, found):
        raise Refused(
            "Only its owner or an administrator changes a shared view. Save one of your own.",
            code="not_yours",
        )
    return found


def _said(view: SavedView) -> dict[str, Any]:
    """What the trail keeps; of a private view not the name, which is nobody else's to read; of a filter by a person not whom."""
    return {"page": view.page, "shared": view.shared} | (
        {"name": view.name, "query": _OWNER.sub("owner=…", view.query)} if view.shared else {}
    )


def _record(actor: User, view: SavedView, verb: str, **details: Any) -> None:
    label = view.name if view.shared else ""
    record(
        actor=actor, verb=verb, noun="view", object_id=view.pk, label=label, product=view.product, **details
    )
