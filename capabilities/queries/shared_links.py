"""Shared links: whether one still opens, and those of a product."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from capabilities.models import Product, SharedLink
from capabilities.queries.products import may_in, visible_products
from config.people.models import User


def links_of(product: Product) -> QuerySet[SharedLink]:
    """Those of a product, the newest first. One query."""
    return SharedLink.objects.filter(product=product).select_related(
        "created_by", "model_version__model", "product"
    )


def usable_link(digest: str, now: datetime) -> SharedLink | None:
    """The link with this digest while it opens: not revoked, not past its end, and not ended by what became of product or maker.

    Up to four queries.
    """
    link = (
        SharedLink.objects.filter(digest=digest, revoked_at=None, expires_at__gt=now)
        .select_related("product", "created_by", "model_version__model")
        .first()
    )
    return (
        link if link is not None and not ended_by(link, still_writes(link.created_by, link.product)) else None
    )


def still_writes(maker: User, product: Product) -> bool:
    """Whether somebody is a product manager of it. Up to two queries."""
    seen = visible_products(maker).filter(pk=product.pk).exists()
    return seen and may_in(maker, "write_requirements", product)


def with_ends(links: Iterable[SharedLink]) -> list[tuple[SharedLink, str]]:
    """Each of a product's links with why it opens no more. Up to two queries for each maker."""
    makers: dict[int, bool] = {}
    found = []
    for link in links:
        if link.created_by_id not in makers:
            makers[link.created_by_id] = still_writes(link.created_by, link.product)
        found.append((link, ended_by(link, makers[link.created_by_id])))
    return found


def ended_by(link: SharedLink, maker_writes: bool) -> str:
    """Why a link that is neither revoked nor past its end opens no more; empty when it does. No query.

    It is the word of its maker: it ends when they may no longer write requirements of the product. One made while everybody could see
    the product ends when the product becomes restricted.
    """
    if link.product.restricted and not link.made_restricted:
        return "the product was restricted to its members"
    if not maker_writes:
        return "whoever made it is no longer a product manager of this product"
    return ""
