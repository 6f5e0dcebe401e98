"""Which product a page stands in, and which version its states speak of."""

from collections.abc import Callable

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from capabilities.models import Product
from capabilities.queries.products import (
    AgreedRivals,
    JudgedVersions,
    agreed_rivals,
    judged_versions,
    may_in,
    visible_products,
)
from config.people.access import may
from config.people.models import User
from config.people.queries.notices import notices_of, unread_count
from config.people.services.notices import mark_read

SESSION_KEY = "product"
# Who opens one of these has read what they were told of it; pages of requirements do so by their key.
READ_BY_OPENING = {
    "evaluations:model-detail",
    "evaluations:round-detail",
    "capabilities:round-summary",
    "capabilities:baseline-detail",
    "capabilities:release",
}


def product_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets, each when first asked for, `request.products`, `.judged_version`, `.may_write_requirements`, `.agreed_rivals` and `.product`.

    The product is that of ?product=KEY, else the one last used.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # Templates read these; None inside a lazy object is not None, so code asks the functions below.
        request.products = SimpleLazyObject(lambda: _products(request))  # type: ignore[attr-defined]
        request.product = SimpleLazyObject(lambda: current_product(request))  # type: ignore[attr-defined]
        request.judged_version = SimpleLazyObject(lambda: current_versions(request).main)  # type: ignore[attr-defined]
        request.may_write_requirements = SimpleLazyObject(lambda: _may_write(request))  # type: ignore[attr-defined]
        request.agreed_rivals = SimpleLazyObject(lambda: _agreed(request))  # type: ignore[attr-defined]
        refresh_unread(request)
        return get_response(request)

    return middleware


def current_product(request: HttpRequest) -> Product | None:
    """The product this page stands in; None when the person may see none. One query, once a request."""
    if not hasattr(request, "_product"):
        request._product = _chosen(request)  # type: ignore[attr-defined]
    product: Product | None = request._product  # type: ignore[attr-defined]
    return product


def current_versions(request: HttpRequest) -> JudgedVersions:
    """The versions states speak of: ?version=, else candidate, released, newest of ours, for each kind of model."""
    if not hasattr(request, "_judged_versions"):
        product = current_product(request)
        asked = request.GET.get("version", "")
        found = judged_versions(product, asked) if product else JudgedVersions(None, None)
        request._judged_versions = found  # type: ignore[attr-defined]
    versions: JudgedVersions = request._judged_versions  # type: ignore[attr-defined]
    return versions


def use_product(request: HttpRequest, product: Product) -> None:
    """Stand in this product from now on; pages of something a product owns call it."""
    request._product = product  # type: ignore[attr-defined]
    if request.session.get(SESSION_KEY) != product.key:
        request.session[SESSION_KEY] = product.key


def visible_keys(request: HttpRequest) -> list[str]:
    """Keys of the products one may see. One query, once a request."""
    return [product.key for product in request.products]  # type: ignore[attr-defined]


def refresh_unread(request: HttpRequest) -> None:
    """Count the unread notices when a page next asks."""
    request.unread = SimpleLazyObject(lambda: _unread(request))  # type: ignore[attr-defined]


def _unread(request: HttpRequest) -> int:
    """What the bell counts. One query; two more on the page of something one has unread notices of."""
    user = request.user
    if not isinstance(user, User):
        return 0
    keys = visible_keys(request)
    count = unread_count(user, keys)
    page = request.resolver_match
    if count and request.method == "GET" and page and page.view_name in READ_BY_OPENING:
        here = Q(url=request.path) | Q(url__startswith=f"{request.path}?")
        if mark_read(notices_of(user, keys).filter(here)):
            count = unread_count(user, keys)
    return count


def _agreed(request: HttpRequest) -> AgreedRivals:
    product = current_product(request)
    return agreed_rivals(product) if product else AgreedRivals()


def _may_write(request: HttpRequest) -> bool:
    """Whether a new requirement is offered: by the site role, or by a role in the product. One query for others than writers."""
    if may(request.user, "write_requirements"):
        return True
    product = current_product(request)
    return product is not None and may_in(request.user, "write_requirements", product)  # type: ignore[arg-type]


def _products(request: HttpRequest) -> list[Product]:
    return list(visible_products(request.user))


def _chosen(request: HttpRequest) -> Product | None:
    products: list[Product] = list(request.products)  # type: ignore[attr-defined]
    asked = request.GET.get("product") or request.session.get(SESSION_KEY)
    chosen = next(
        (product for product in products if product.key == asked), products[0] if products else None
    )
    if chosen is not None and request.GET.get("product") == chosen.key:
        request.session[SESSION_KEY] = chosen.key
    return chosen
