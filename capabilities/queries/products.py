"""Which products a person may see, and which version a page speaks of."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from capabilities.models import Product
from config.people.access import may, site_role
from config.people.models import Role, User
from evaluations.models import ModelVersion, Side


def visible_products(user: User | AnonymousUser) -> QuerySet[Product]:
    """The one base for everything a product owns: open products, and restricted ones for members and administrators."""
    role = site_role(user)
    if role is None:
        return Product.objects.none()
    if role == Role.ADMIN:
        return Product.objects.all()
    return Product.objects.filter(Q(restricted=False) | Q(memberships__user_id=user.pk)).distinct()


def role_in(user: User, product: Product) -> str | None:
    """The role a membership gives, None when the site role counts. One query."""
    return product.memberships.filter(user=user).values_list("role", flat=True).first()


def may_in(user: User, action: str, product: Product) -> bool:
    """Whether the person may do this in the product. One query."""
    return may(user, action, role_in(user, product))  # type: ignore[arg-type]


def find_version(label: str) -> ModelVersion | None:
    """The version called `slug@name`, or by its id. One query."""
    versions = ModelVersion.objects.select_related("model")
    if label.isdecimal():
        return versions.filter(pk=int(label)).first() if len(label) < 19 else None
    slug, at, name = label.partition("@")
    return versions.filter(model__slug=slug, name=name).first() if at else None


def judged_version(product: Product, asked: str = "") -> ModelVersion | None:
    """The version states speak of: the asked one, else candidate, released, the newest active of ours. Up to three queries."""
    if asked and (version := find_version(asked)):
        return version
    for version_id in (product.candidate_version_id, product.released_version_id):
        if version_id:
            return ModelVersion.objects.select_related("model").get(pk=version_id)
    own = ModelVersion.objects.active().filter(model__side=Side.OWN, model__products=product)
    return own.select_related("model").newest_first().first()
