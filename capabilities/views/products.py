"""Products: what requirements are written for, who works on them, and who they are held against."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.products import (
    MembershipForm,
    ProductForm,
    RivalSetForm,
    SettingsForm,
    VersionsForm,
)
from capabilities.middleware import use_product
from capabilities.models import Product
from capabilities.queries.products import may_in, role_in, visible_products
from capabilities.services.products import (
    change_product,
    create_product,
    create_rival_set,
    set_member,
    set_versions,
)
from capabilities.views.access import act_and_return, demand_in
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import RANK, may, requires, site_role
from config.people.models import Role, User
from config.people.requests import person
from config.web import page_of, safe_next

DETAIL = "capabilities/product_detail.html"


@require_safe
@requires("read")
def products(request: HttpRequest) -> HttpResponse:
    live = Q(requirements__lifecycle__in=["draft", "in_review", "approved", "deferred"])
    rows = (
        Product.objects.filter(pk__in=visible_products(person(request)).values("pk"))
        .select_related("candidate_version__model", "released_version__model")
        .order_by("key")
        .annotate(
            requirement_count=Count("requirements", filter=live, distinct=True),
            member_count=Count("memberships", distinct=True),
        )
    )
    context = {"page": page_of(request, rows), "may_write": may(person(request), "write_requirements")}
    return render(request, "capabilities/product_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_requirements")
def product_new(request: HttpRequest) -> HttpResponse:
    form = ProductForm(request.POST or None)
    if form.is_valid():
        fields = dict(form.cleaned_data)
        subjects = fields.pop("subject_models")
        try:
            product = create_product(actor=person(request), **fields)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            product.subject_models.set(subjects)
            use_product(request, product)
            messages.success(request, f"{product.name} is there. Write what its models must do.")
            return redirect("capabilities:product-detail", product.key)
    status = 422 if form.errors else 200
    return render(request, "capabilities/product_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def product_detail(request: HttpRequest, key: str) -> HttpResponse:
    product = _product(request, key)
    form = SettingsForm(request.POST or None, instance=product)
    if request.method == "POST":
        demand_in(request, "write_requirements", product)
        if form.is_valid() and _change(request, product, form):
            messages.success(request, "Saved.")
            return redirect("capabilities:product-detail", product.key)
    status = 422 if form.errors else 200
    return render(request, DETAIL, _detail(request, product, form), status=status)


def _change(request: HttpRequest, product: Product, form: SettingsForm) -> bool:
    try:
        change_product(actor=person(request), product=product, **form.cleaned_data)
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _detail(request: HttpRequest, product: Product, form: SettingsForm) -> dict[str, object]:
    # A bound form has changed its instance, perhaps to what may not be; the page speaks of what is stored.
    stored = Product.objects.select_related("candidate_version", "released_version").get(pk=product.pk)
    may_write = may_in(person(request), "write_requirements", stored)
    chosen = {"candidate": stored.candidate_version_id, "released": stored.released_version_id}
    return {
        "product": stored,
        "form": form,
        "may_write": may_write,
        "versions_form": VersionsForm(product=stored, initial=chosen),
        "member_form": MembershipForm(roles=_roles(request, stored)),
        "rival_form": RivalSetForm(),
        "memberships": stored.memberships.select_related("user").order_by("user__username"),
        "rival_sets": stored.rival_sets.prefetch_related("rivals"),
        "requirement_count": stored.requirements.count(),
    }


def _product(request: HttpRequest, key: str) -> Product:
    found = get_object_or_404(visible_products(person(request)), key=key.upper())
    use_product(request, found)
    return found


def _writable(request: HttpRequest, key: str) -> Product:
    product = _product(request, key)
    demand_in(request, "write_requirements", product)
    return product


def _roles(request: HttpRequest, product: Product) -> list[str]:
    """Roles the person may give and take here: none above their own."""
    site = site_role(person(request))
    mine = role_in(person(request), product) or site or Role.VIEWER
    rank = RANK[Role.ADMIN if site == Role.ADMIN else mine]
    return [role for role in RANK if RANK[role] <= rank]


@require_POST
@requires("read")
def product_versions(request: HttpRequest, key: str) -> HttpResponse:
    product = _writable(request, key)
    form = VersionsForm(request.POST, product=product)
    url = reverse("capabilities:product-detail", args=[product.key])
    if not form.is_valid():
        messages.error(request, "Choose versions of the models this product is about.")
        return redirect(url)
    chosen = form.cleaned_data
    return act_and_return(
        request,
        url,
        "Saved. States now speak of the candidate, where there is one.",
        lambda: set_versions(
            actor=person(request), product=product, released=chosen["released"], candidate=chosen["candidate"]
        ),
    )


@require_POST
@requires("read")
def product_member(request: HttpRequest, key: str) -> HttpResponse:
    """Give a role; an empty one takes the person out."""
    product = _writable(request, key)
    roles = _roles(request, product)
    url = reverse("capabilities:product-detail", args=[product.key])
    user = User.objects.filter(pk=_number(request.POST.get("user", ""))).first()
    if user is None:
        messages.error(request, "Choose a person.")
        return redirect(url)
    present = role_in(user, product)
    role = request.POST.get("role", "")
    if (present and present not in roles) or (role and role not in roles):
        raise PermissionDenied("You cannot give or take a role above your own.")
    words = (
        f"{user.username} is {Role(role).label} here." if role else f"{user.username} is no longer a member."
    )
    return act_and_return(
        request,
        url,
        words,
        lambda: set_member(actor=person(request), product=product, user=user, role=role or None),
    )


@require_POST
@requires("read")
def product_rivals(request: HttpRequest, key: str) -> HttpResponse:
    product = _writable(request, key)
    form = RivalSetForm(request.POST)
    url = reverse("capabilities:product-detail", args=[product.key])
    if not form.is_valid():
        messages.error(request, "Tick at least one competitor.")
        return redirect(url)
    return act_and_return(
        request,
        url,
        "The next rival set is there; new criteria take it by default.",
        lambda: create_rival_set(
            actor=person(request),
            product=product,
            models=list(form.cleaned_data["models"]),
            note=form.cleaned_data["note"],
        ),
    )


@require_POST
@requires("read")
def product_switch(request: HttpRequest, key: str) -> HttpResponse:
    """Stand in this product from now on."""
    _product(request, key)
    return redirect(safe_next(request))


def _number(text: str) -> int:
    """The id of a chosen person; 0 is nobody."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


urlpatterns = [
    path("products/", products, name="product-list"),
    path("products/new/", product_new, name="product-new"),
    path("products/<str:key>/", product_detail, name="product-detail"),
    path("products/<str:key>/versions/", product_versions, name="product-versions"),
    path("products/<str:key>/members/", product_member, name="product-member"),
    path("products/<str:key>/rivals/", product_rivals, name="product-rivals"),
    path("products/<str:key>/switch/", product_switch, name="product-switch"),
]
