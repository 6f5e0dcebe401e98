"""A new requirement from a form: pressed twice, it is one requirement."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from capabilities.models import Product, Requirement
from capabilities.services.requirements import create_requirement
from config.people.models import User

SAME_PRESS = timedelta(seconds=60)


@transaction.atomic
def draft_once(
    *, actor: User, product: Product, title: str, shall: str, **fields: Any
) -> tuple[Requirement, bool]:
    """The draft, and whether it is new: the same words from the same person within a minute are the same press.

    Raises ValidationError with the fields at fault.
    """
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    twin = (
        Requirement.objects.filter(
            product=product,
            created_at__gte=timezone.now() - SAME_PRESS,
            revisions__number=1,
            revisions__author=actor,
            revisions__title=title,
            revisions__shall=shall,
        )
        .select_related("product")
        .first()
    )
    if twin is not None:
        return twin, False
    made = create_requirement(actor=actor, product=product, title=title, shall=shall, **fields)
    return made, True
