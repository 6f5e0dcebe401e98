from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A list as somebody left it: its address under a name, for its owner alone or for everybody who may see the product.

    product: key; empty for lists that belong to no product. query: the address's parameters without page and format.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=20)
    product = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "product", "name"],
                name="saved_view_name_once",
                violation_error_message="You have a view of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
