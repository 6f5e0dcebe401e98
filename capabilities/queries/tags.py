from django.db.models import Count, Func

from capabilities.models import Product, Requirement

SHOWN = 100


def tags_in_use(product: Product) -> list[str]:
    """The tags of a product's requirements, the most used first. One query."""
    rows = (
        Requirement.objects.filter(product=product)
        .annotate(tag=Func("tags", function="unnest"))
        .order_by()
        .values("tag")
        .annotate(uses=Count("pk"))
        .order_by("-uses", "tag")
    )
    return [row["tag"] for row in rows[:SHOWN]]
