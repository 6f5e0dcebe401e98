"""The search page with its facets, and the same hits for the palette."""

from collections import defaultdict

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product
from capabilities.queries.filters import version_choices
from capabilities.queries.products import visible_products
from capabilities.queries.search import A_PAGE, MOST, Asked, Found, Result, search
from capabilities.queries.search_sources import SOURCES
from config.people.access import requires
from config.people.queries.saved_views import views_named
from config.people.requests import person
from config.web import page_or_partial
from evaluations.models import DatasetVersion
from evaluations.services.exposures import record_exposure

PAGE, RESULTS = "capabilities/search.html", "capabilities/search_results.html"
PALETTE = 10
VIEWS = 4
LAST_PAGE = MOST * len(SOURCES) // A_PAGE


@require_safe
@requires("read")
def search_page(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    result = search(asked)
    _note_readings(request, result)
    kinds = {source.kind: source.label for source in SOURCES}
    context = {
        "words": request.GET.get("q", "").strip(),
        "asked": asked,
        "result": result,
        "facets": _facets(request.GET, kinds, result, asked),
        "products": list(visible_products(person(request))),
        "chosen_product": request.GET.get("in", ""),
        "back": _address(request.GET, page=str(asked.page - 1)) if asked.page > 1 else "",
        "more": _address(request.GET, page=str(asked.page + 1)) if asked.page * A_PAGE < result.total else "",
        "first": (asked.page - 1) * A_PAGE + 1,
        "last": (asked.page - 1) * A_PAGE + len(result.found),
        "literal": _address(request.GET, literal="1"),
        "most": MOST,
    }
    return render(request, page_or_partial(request, PAGE, RESULTS), context)


@require_safe
@requires("read")
def search_json(request: HttpRequest) -> HttpResponse:
    asked = Asked(
        request.GET.get("q", ""), person(request), list(visible_products(person(request))), size=PALETTE
    )
    result = search(asked)
    # Names alone: no text of a case is shown here.
    return JsonResponse(
        {
            "results": [{"kind": one.label, "label": _label(one), "url": one.url} for one in result.found],
            "instead_of": result.instead_of,
            "views": _views(asked),
            "versions": _versions(request),
        }
    )


def _views(asked: Asked) -> list[dict[str, str]]:
    """Saved views of that name, of lists one may see. One query."""
    keys = [product.key for product in asked.products]
    found = views_named(asked.user, keys, asked.text, VIEWS)
    return [
        {
            "label": one.name,
            "kind": f"View of {one.place}" + (f", by {one.owner}" if one.owner else ""),
            "url": one.url,
        }
        for one in found
    ]


def _versions(request: HttpRequest) -> list[dict[str, str]]:
    """Our versions that the present page could judge for, where the words ask for one. Up to three queries."""
    product, typed = current_product(request), request.GET.get("q", "").lower().split()
    if product is None or not typed:
        return []
    choices = version_choices(product)
    said = {version: f"judge version {label}".lower() for version, label in choices.items()}
    return [
        {"version": version, "label": choices[version]}
        for version, text in said.items()
        if all(word in text for word in typed)
    ][:PALETTE]


def _label(one: Found) -> str:
    named = one.kind in ("requirement", "comment", "baseline")
    return f"{one.key} {one.name}" if named else one.name


def _asked(request: HttpRequest) -> Asked:
    query = request.GET
    seen = list(visible_products(person(request)))
    chosen = [product for product in seen if product.key == query.get("in")]
    page = query.get("page", "")
    kind = query.get("kind", "")
    return Asked(
        text=query.get("q", ""),
        user=person(request),
        products=chosen or seen,
        kind=kind if kind in {source.kind for source in SOURCES} else "",
        mine=query.get("mine") == "1",
        old=query.get("old") == "1",
        only_product=bool(chosen),
        page=min(max(1, int(page[:6])), LAST_PAGE) if page.isascii() and page.isdecimal() else 1,
        literal=query.get("literal") == "1",
    )


def _facets(query: QueryDict, kinds: dict[str, str], result: Result, asked: Asked) -> list[dict[str, object]]:
    every: dict[str, object] = {
        "url": _address(query, kind=""),
        "count": sum(result.counts.values()),
        "label": "in all",
        "current": not asked.kind,
    }
    return [
        every,
        *(
            {
                "url": _address(query, kind=kind),
                "count": result.counts.get(kind, 0),
                "label": label.lower(),
                "current": kind == asked.kind,
            }
            for kind, label in kinds.items()
            if result.counts.get(kind) or kind == asked.kind
        ),
    ]


def _address(query: QueryDict, **changes: str) -> str:
    changed = query.copy()
    changed.pop("page", None)
    for name, value in changes.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}"


def _note_readings(request: HttpRequest, result: Result) -> None:
    """A piece of a test case that was shown is a reading of it."""
    shown: dict[int, int] = defaultdict(int)
    for one in result.found:
        if one.kind == "case" and one.detail.get("test") and one.snippet and one.detail.get("version"):
            shown[one.detail["version"]] += 1
    for version in DatasetVersion.objects.filter(pk__in=shown).select_related("dataset") if shown else ():
        record_exposure(
            user=person(request), dataset_version=version, run=None, samples=shown[version.pk], via="page"
        )


urlpatterns = [
    path("search/", search_page, name="search"),
    path("search.json", search_json, name="search-json"),
]
