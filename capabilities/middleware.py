"""Which product a page stands in, and which version its states speak of."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from capabilities.models import Product
from capabilities.queries.products import judged_version, visible_products
from evaluations.models import ModelVersion

SESSION_KEY = "product"


def product_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets `request.products`, `.product` (?product=KEY, else the one last used) and `.judged_version`, each when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Templates read these; None inside a lazy object is not None, so code asks the functions below.
        request.products = SimpleLazyObject(lambda: _products(request))  # type: ignore[attr-defined]
        request.product = SimpleLazyObject(lambda: current_product(request))  # type: ignore[attr-defined]
        request.judged_version = SimpleLazyObject(lambda: current_version(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def current_product(request: HttpRequest) -> Product | None:
    """The product this page stands in; None when the person may see none. One query, once a request."""
    if not hasattr(request, "_product"):
        request._product = _chosen(request)  # type: ignore[attr-defined]
    product: Product | None = request._product  # type: ignore[attr-defined]
    return product


def current_version(request: HttpRequest) -> ModelVersion | None:
    """The version states speak of: ?version=, else candidate, released, newest of ours."""
    if not hasattr(request, "_judged_version"):
        product = current_product(request)
        request._judged_version = judged_version(product, request.GET.get("version", "")) if product else None  # type: ignore[attr-defined]
    version: ModelVersion | None = request._judged_version  # type: ignore[attr-defined]
    return version


def use_product(request: HttpRequest, product: Product) -> None:
    """Stand in this product from now on; pages of something a product owns call it."""
    request._product = product  # type: ignore[attr-defined]
    if request.session.get(SESSION_KEY) != product.key:
        request.session[SESSION_KEY] = product.key


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
