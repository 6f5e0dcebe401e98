"""Lists kept as views: saved, renamed, brought up to date, shared, placed, deleted."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from capabilities.queries.products import visible_products
from capabilities.views.access import act, act_and_return, words_in
from config.people.access import requires
from config.people.models import SavedView
from config.people.queries.saved_views import views_for
from config.people.requests import person
from config.people.saved_pages import PAGES
from config.people.services.saved_views import change_view, delete_view, place_view, save_view


@require_POST
@requires("read")
def view_save(request: HttpRequest) -> HttpResponse:
    user, product, page = person(request), words_in(request, "product", 12), words_in(request, "page", 20)
    if product and not visible_products(user).filter(key=product).exists():
        raise Http404("There is no such product.")
    made: list[SavedView] = []
    name, query = words_in(request, "name", 200), words_in(request, "query")

    def save() -> None:
        shared = bool(request.POST.get("shared"))
        made.append(save_view(actor=user, page=page, product=product, name=name, query=query, shared=shared))

    done = act(request, f"“{name}” is kept.", save)
    return redirect(_list(made[0]) if done else _back(page, query))


@require_POST
@requires("read")
def view_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What the button pressed says: save its name and who sees it, take the present filters, earlier, later, delete."""
    view, user = view_or_404(request, pk), person(request)
    deed = request.POST.get("deed", "save")
    query = words_in(request, "query")
    if deed in {"earlier", "later"}:
        step = 1 if deed == "later" else -1
        return act_and_return(
            request,
            _back(view.page, query, view),
            f"“{view.name}” stands {deed} now.",
            lambda: place_view(actor=user, view=view, step=step),
        )
    if deed == "delete":
        return act_and_return(
            request,
            _back(view.page, query),
            f"“{view.name}” is deleted. The list keeps its filters.",
            lambda: delete_view(actor=user, view=view),
        )
    fields: dict[str, Any] = (
        {"query": query}
        if deed == "update"
        else {"name": words_in(request, "name", 200), "shared": bool(request.POST.get("shared"))}
    )
    url = _back(view.page, query, view)
    return act_and_return(
        request, url, "The view is saved.", lambda: change_view(actor=user, view=view, **fields)
    )


def view_or_404(request: HttpRequest, pk: int) -> SavedView:
    """A view of one's own or shared, of a product one may see."""
    user = person(request)
    products = visible_products(user).values_list("key", flat=True)
    found = views_for(user, list(products)).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such view.")
    return found


def _list(view: SavedView) -> str:
    return _back(view.page, view.query, view)


def _back(page: str, query: str, view: SavedView | None = None) -> str:
    """The list with these filters, in the view."""
    url = reverse(PAGES[page].url_name) if page in PAGES else reverse("capabilities:requirement-list")
    parts = [part for part in (query.lstrip("?"), f"view={view.pk}" if view else "") if part]
    return f"{url}?{'&'.join(parts)}" if parts else url


urlpatterns = [
    path("views/", view_save, name="saved-view-save"),
    path("views/<int:pk>/", view_change, name="saved-view-change"),
]
