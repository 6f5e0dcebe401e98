"""What a product owns, named by its key among what a person may see: `VA`, `VA-12`, `R2`."""

from django.db.models import BigIntegerField, F, Value
from django.db.models.functions import Abs

from capabilities.models import Baseline, Product, Requirement
from capabilities.queries.products import visible_products
from config.people.models import User
from evaluations.queries.references import whole_number

MOST = 2**31 - 1
NEAR = 3


def find_product(user: User, key: str) -> Product | None:
    """One query."""
    return visible_products(user).filter(key=key.upper()).first()


def find_requirement(user: User, key: str) -> Requirement | None:
    """With all that a row shows of it. One query."""
    rows = Requirement.objects.filter(product__in=visible_products(user)).with_key(key)
    return rows.select_related("product", "capability", "objective", "owner", "commitment_by").first()


def find_baseline(user: User, key: str) -> Baseline | None:
    """One query."""
    number = baseline_number(key)
    rows = Baseline.objects.filter(product__in=visible_products(user), number=number)
    return rows.select_related("product", "created_by").first() if number is not None else None


def near_baselines(user: User, key: str) -> list[str]:
    """Up to three keys that may have been meant: the nearest by number, or the newest where the text is no key. One query."""
    numbers = Baseline.objects.filter(product__in=visible_products(user)).order_by("-number")
    meant = baseline_number(key)
    if meant is not None:
        numbers = numbers.order_by(Abs(F("number") - Value(meant, BigIntegerField())), "-number")
    return [f"R{number}" for number in numbers.values_list("number", flat=True)[:NEAR]]


def baseline_number(key: str) -> int | None:
    """2 for `R2`; None for what is no key."""
    number = whole_number(key[1:]) if key[:1] in ("R", "r") else None
    return number if number is not None and number <= MOST else None
