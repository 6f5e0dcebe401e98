"""What every page shares: whole or partial, pages of a list, where to go next, and the frame around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

PAGE_SIZE = 50
TEXTS = ("text/", "application/json", "application/x-ndjson", "application/vnd.oai.openapi", "image/svg+xml")
M = TypeVar("M", bound=Model)


def wants_partial(request: HttpRequest) -> bool:
    """True for htmx swapping a part; false for a browser, a boosted link, and htmx restoring history."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and not (
        headers.get("HX-Boosted") == "true" or headers.get("HX-History-Restore-Request") == "true"
    )


def page_or_partial(request: HttpRequest, whole: str, partial: str) -> str:
    """The template to render: the partial alone for htmx, the whole page for everybody else."""
    return partial if wants_partial(request) else whole


def vary_by_htmx(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: one URL has two bodies, so no cache may give one for the other."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


class PressedText(GZipMiddleware):
    """Text goes pressed to whoever takes it so, its length padded at random; pictures, sounds and parts of files go as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.status_code == HTTPStatus.PARTIAL_CONTENT or not kind.startswith(TEXTS):
            return response
        return super().process_response(request, response)


def page_of(request: HttpRequest, rows: QuerySet[M] | Sequence[Any], size: int = PAGE_SIZE) -> Page[Any]:
    """The page that ?page= asks for; nonsense gives the first page, too far gives the last. Two queries."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


@dataclass(frozen=True)
class Keyset(Generic[M]):
    """A slice of a long list by id. `next_after`: ?after= of the next slice, None at the end."""

    rows: list[M]
    next_after: int | None


def keyset_of(request: HttpRequest, rows: QuerySet[M], size: int = PAGE_SIZE) -> Keyset[M]:
    """Rows after the id in ?after=, ascending: as fast at the end of a million rows as at the start. One query."""
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows.order_by("pk")[: size + 1])
    shown = found[:size]
    return Keyset(rows=shown, next_after=shown[-1].pk if len(found) > size else None)


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """Where ?next= or a posted next leads, when that is a page of this site; else the fallback (path or URL name)."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return resolve_url(fallback)


def address_of(request: HttpRequest) -> str:
    """Where this site is reached, without a slash at the end, for links that leave it: as configured, else as it was asked."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")


def site(request: HttpRequest) -> dict[str, object]:
    """Context of the frame: `request.product`, `.products`, `.judged_version` and `.may_write_requirements` where something set them."""
    return {
        "site_product": getattr(request, "product", None),
        "site_products": getattr(request, "products", ()),
        "site_version": getattr(request, "judged_version", None),
        "site_unread": getattr(request, "unread", 0),
        "site_may_write": getattr(request, "may_write_requirements", False),
    }
