from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.queries.products import visible_products
from capabilities.queries.search import Found, search
from config.people.access import requires
from config.people.requests import person

PALETTE = 8


def _found(request: HttpRequest, limit: int) -> list[Found]:
    return search(list(visible_products(person(request))), request.GET.get("q", ""), limit)


@require_safe
@requires("read")
def search_page(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    return render(request, "capabilities/search.html", {"words": words, "found": _found(request, 50)})


@require_safe
@requires("read")
def search_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"results": [asdict(one) for one in _found(request, PALETTE)]})


urlpatterns = [
    path("search/", search_page, name="search"),
    path("search.json", search_json, name="search-json"),
]
