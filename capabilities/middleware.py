"""Which product a page stands in, and which version its states speak of."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from capabilities.models import Product
from capabilities.queries.products import JudgedVersions, judged_versions, may_in, visible_products
from config.people.access import may

SESSION_KEY = "product"


def product_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets, each when first asked for, `request.products`, `.judged_version`, `.may_write_requirements` and `.product`.

    The product is that of ?product=KEY, else the one last used.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # Templates read these; None inside a lazy object is not None, so code asks the functions below.
        request.products = SimpleLazyObject(lambda: _products(request))  # type: ignore[attr-defined]
        request.product = SimpleLazyObject(lambda: current_product(request))  # type: ignore[attr-defined]
        request.judged_version = SimpleLazyObject(lambda: current_versions(request).main)  # type: ignore[attr-defined]
        request.may_write_requirements = SimpleLazyObject(lambda: _may_write(request))  # type: ignore[attr-defined]
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
