from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from evaluations.models import Kind


class Capability(models.Model):
    """An ability in a product's tree; requirements hang under it."""

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="capabilities")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    kinds = ArrayField(models.CharField(max_length=10, choices=Kind), default=list, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "capabilities"
        constraints = [
            models.UniqueConstraint(fields=["product", "slug"], name="capability_slug_unique_in_product"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")), name="capability_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Objective(models.Model):
    """Where the product goes: now, next or later."""

    class Horizon(models.TextChoices):
        NOW = "now", "Now"
        NEXT = "next", "Next"
        LATER = "later", "Later"

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="objectives")
    title = models.CharField(max_length=160)
    narrative = models.TextField(blank=True)
    horizon = models.CharField(max_length=5, choices=Horizon, default=Horizon.NOW)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["horizon", "position", "title"]
        constraints = [
            models.UniqueConstraint(fields=["product", "title"], name="objective_title_unique_in_product")
        ]

    def __str__(self) -> str:
        return self.title
