from django.conf import settings
from django.db import models
from django.db.models import Q

from config.people.models import Role, User
from evaluations.models import Model


class Product(models.Model):
    """What requirements are written for; its key is their prefix."""

    key = models.CharField(max_length=8, unique=True, help_text="Prefix of its requirements, e.g. VA.")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    next_number = models.PositiveIntegerField(default=1)
    approvals_required = models.PositiveSmallIntegerField(
        default=0, help_text="0: the author agrees, shown as “self-agreed”."
    )
    subject_models = models.ManyToManyField("evaluations.Model", related_name="products", blank=True)
    released_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    candidate_version = models.ForeignKey(
        "evaluations.ModelVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    evidence_max_age_days = models.PositiveIntegerField(default=30)
    restricted = models.BooleanField(default=False, help_text="Only members (and administrators) may see it.")
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="products"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(key__regex=r"^[A-Z][A-Z0-9]{0,7}$"),
                name="product_key_is_capitals",
                violation_error_message="A key is 1 to 8 capital letters or digits and starts with a letter.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in one product; it replaces the site role there."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class RivalSet(models.Model):
    """The competitors a product agreed to be held against; immutable, numbered, the newest is the default of new criteria."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="rival_sets")
    number = models.PositiveIntegerField()
    rivals: "models.ManyToManyField[Model, RivalSetModel]" = models.ManyToManyField(
        "evaluations.Model", through="RivalSetModel", related_name="rival_sets"
    )
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["product__key", "-number"]
        constraints = [models.UniqueConstraint(fields=["product", "number"], name="rival_set_number_unique")]

    def __str__(self) -> str:
        return f"Set {self.number}"


class RivalSetModel(models.Model):
    rival_set = models.ForeignKey(RivalSet, models.CASCADE, related_name="entries")
    model = models.ForeignKey("evaluations.Model", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rival_set", "model"], name="rival_once_in_set")]

    def __str__(self) -> str:
        return str(self.model_id)
