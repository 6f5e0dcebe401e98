"""The views of a list as its tabs show them. Any list uses this: one function, and partials/saved_views.html."""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from config.people.access import may
from config.people.models import SavedView, User
from config.people.saved_pages import PAGES, cleaned_query


@dataclass(frozen=True)
class Tab:
    """view: None for the whole list."""

    label: str
    url: str
    current: bool
    shared: bool = False
    owner: str = ""


@dataclass(frozen=True)
class SavedViews:
    """page, product: the list. query: the present filters. opened: the view one is in; changed: the filters are no longer its own."""

    page: str
    product: str
    query: str
    tabs: list[Tab]
    opened: SavedView | None
    changed: bool
    may_change: bool

    @property
    def offered(self) -> bool:
        """Whether there is something to save that no tab holds yet."""
        return bool(self.query) and (self.opened is None or self.changed)


def views_for(user: User, products: Collection[str]) -> QuerySet[SavedView]:
    """A person's own views and the shared ones, of products (keys) they may see."""
    return SavedView.objects.filter(Q(product="") | Q(product__in=products)).filter(
        Q(owner=user) | Q(shared=True)
    )


@dataclass(frozen=True)
class Named:
    """A view as one gets to it by its name. place: the list and the product it is of; owner: empty for one's own."""

    name: str
    url: str
    place: str
    owner: str


def views_named(user: User, products: Collection[str], text: str, most: int) -> list[Named]:
    """Views whose name holds every word, one's own first. products: keys of those the person may see. One query."""
    words = text.split()
    if not words:
        return []
    rows = views_for(user, products).select_related("owner")
    for word in words:
        rows = rows.filter(name__icontains=word)
    own_first = rows.annotate(others=~Q(owner=user)).order_by("others", "name", "pk")
    return [_named(view, user) for view in own_first[:most]]


def _named(view: SavedView, user: User) -> Named:
    parts = [f"product={view.product}" if view.product else "", view.query, f"view={view.pk}"]
    url = f"{reverse(PAGES[view.page].url_name)}?{'&'.join(filter(None, parts))}"
    place = f"{view.page}, {view.product}" if view.product else view.page
    return Named(view.name, url, place, "" if view.owner_id == user.pk else view.owner.shown_name)


def may_change(user: User, view: SavedView) -> bool:
    return view.owner_id == user.pk or (view.shared and may(user, "manage"))


def saved_views(user: User, page: str, product: str, present: QueryDict) -> SavedViews:
    """The tabs of a list whose product the caller has shown the person may see. One query.

    The address names the open view by `view=`; without it the one whose filters are exactly the present ones counts as open.
    """
    query = _query(page, present)
    rows = views_for(user, [product]).filter(page=page, product=product).select_related("owner")
    views = sorted(rows, key=lambda view: (view.owner_id != user.pk, view.position, view.pk))
    named = present.get("view", "")
    opened = next((view for view in views if str(view.pk) == named), None)
    opened = opened or next((view for view in views if view.query == query), None)
    home = reverse(PAGES[page].url_name)
    tabs = [Tab("All", home, opened is None and not query)]
    tabs += [_tab(home, view, opened, user) for view in views]
    return SavedViews(
        page,
        product,
        query,
        tabs,
        opened,
        changed=opened is not None and opened.query != query,
        may_change=opened is not None and may_change(user, opened),
    )


def _tab(home: str, view: SavedView, opened: SavedView | None, user: User) -> Tab:
    url = f"{home}?{view.query}{'&' if view.query else ''}view={view.pk}"
    owner = "" if view.owner_id == user.pk else view.owner.shown_name
    return Tab(view.name, url, opened is not None and opened.pk == view.pk, view.shared, owner)


def _query(page: str, present: QueryDict) -> str:
    try:
        return cleaned_query(page, present.urlencode())
    except ValidationError:
        return ""
