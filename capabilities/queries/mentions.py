"""Who may be named in what is said about a product: whoever may see it."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from capabilities.models import Product
from config.mentions import typed_names
from config.people.models import Role, User

OFFERED = 8


def who_may_see(product: Product) -> QuerySet[User]:
    """Active people who may see the product, by user name."""
    people = User.objects.filter(is_active=True)
    if product.restricted:
        members = product.memberships.values("user")
        people = people.filter(Q(pk__in=members) | Q(role=Role.ADMIN) | Q(is_superuser=True))
    return people.order_by("username")


def people_named(text: str, product: Product) -> list[User]:
    """Those who may see the product among the people a text names with @. One query, none when it names nobody."""
    names = typed_names(text)
    if not names:
        return []
    people = who_may_see(product).annotate(small_name=Lower("username"))
    return list(people.filter(small_name__in=names))


def people_like(beginning: str, product: Product) -> list[User]:
    """A few whose user name or name begins like this, for completing it. One query."""
    people = who_may_see(product)
    if beginning:
        people = people.filter(
            Q(username__istartswith=beginning)
            | Q(first_name__istartswith=beginning)
            | Q(last_name__istartswith=beginning)
        )
    return list(people[:OFFERED])
