"""What every page of something a product owns does first: find it among what one may see, and ask what one may do."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from capabilities.middleware import current_product, use_product
from capabilities.models import Baseline, Product, Requirement
from capabilities.queries.products import find_version, role_in, visible_products
from capabilities.queries.references import find_baseline
from config.errors import Refused
from config.people.access import Action, demand
from config.people.requests import person
from evaluations.models import ModelVersion


def product_or_404(request: HttpRequest) -> Product:
    """The product the page stands in; 404 where the person may see none."""
    product = current_product(request)
    if product is None:
        raise Http404("There is no product yet, or none you may see.")
    return product


def requirement_or_404(request: HttpRequest, key: str) -> Requirement:
    """The requirement called `key` among the products one may see; the page stands in its product from now on. Two queries."""
    found = (
        Requirement.objects.filter(product__in=visible_products(person(request)))
        .with_key(key)
        .select_related("product", "capability__parent", "objective", "owner", "commitment_by")
        .first()
    )
    if found is None:
        raise Http404(f"There is no requirement {key}.")
    use_product(request, found.product)
    return found


def baseline_or_404(request: HttpRequest, key: str) -> Baseline:
    """The baseline called `key` among the products one may see; the page stands in its product from now on."""
    found = find_baseline(person(request), key)
    if found is None:
        raise Http404(f"There is no baseline {key}.")
    use_product(request, found.product)
    return found


def posted_version_or_404(request: HttpRequest) -> ModelVersion:
    """The version that a button names. One query."""
    found = find_version(request.POST.get("version", ""))
    if found is None:
        raise Http404("There is no such version.")
    return found


def baseline_page(baseline: Baseline, version: ModelVersion) -> str:
    """The address of a baseline's page for a version."""
    return (
        f"{resolve_url('capabilities:baseline-detail', baseline.key)}?{urlencode({'version': version.label})}"
    )


def demand_in(request: HttpRequest, action: Action, product: Product) -> None:
    """Raise PermissionDenied unless the person may do this in the product. One query."""
    demand(request.user, action, role_in(person(request), product))


def act(request: HttpRequest, done: str, deed: Callable[[], object]) -> bool:
    """Do it and say so, or say what was refused. Answers whether it was done."""
    try:
        deed()
    except Refused as refusal:
        messages.error(request, refusal.message)
        return False
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    messages.success(request, done)
    return True


def act_and_return(request: HttpRequest, url: str, done: str, deed: Callable[[], object]) -> HttpResponse:
    """`act`, then back to a page."""
    act(request, done, deed)
    return redirect(url)


def words_in(request: HttpRequest, name: str, longest: int = 4_000) -> str:
    """A posted text without the NUL that PostgreSQL cannot keep, cut at `longest` characters."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:longest]
