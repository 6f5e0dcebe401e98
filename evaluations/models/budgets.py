from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.models.runs import Cap


class Budget(models.Model):
    """The most that may be spent in a month: by everybody, at a provider, by a schedule or for a product.

    A budget in money has one currency; what it covers and what it counts never change, its amount may.
    """

    class Scope(models.TextChoices):
        SITE = "site", "Everything"
        PROVIDER = "provider", "A provider"
        SCHEDULE = "schedule", "A schedule"
        PRODUCT = "product", "A product"

    scope = models.CharField(max_length=8, choices=Scope)
    provider = models.ForeignKey(
        "evaluations.Provider", models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    schedule = models.ForeignKey(
        "evaluations.Schedule", models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    product = models.CharField(max_length=8, blank=True, help_text="Key of the product.")
    unit = models.CharField(max_length=6, choices=Cap, default=Cap.MONEY)
    currency = models.CharField(max_length=3, default="USD")
    cap = models.DecimalField(max_digits=18, decimal_places=8, help_text="A month, in the unit.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["scope", "product", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "provider", "schedule", "product", "unit"],
                name="budget_once_for_each_unit",
                nulls_distinct=False,
                violation_error_message="There is a budget of this kind already: change its amount.",
            ),
            models.CheckConstraint(condition=Q(cap__gte=0), name="budget_not_negative"),
            models.CheckConstraint(
                condition=Q(scope="site", provider=None, schedule=None, product="")
                | Q(scope="provider", provider__isnull=False, schedule=None, product="")
                | Q(scope="schedule", provider=None, schedule__isnull=False, product="")
                | (Q(scope="product", provider=None, schedule=None) & ~Q(product="")),
                name="budget_names_what_it_covers",
                violation_error_message="Name the provider, schedule or product that this budget is for.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} a month for {self.covers}"

    @property
    def amount(self) -> str:
        """The cap with its unit, e.g. 20 USD."""
        return f"{self.cap.normalize():f} {self.currency if self.unit == Cap.MONEY else self.unit}"

    @property
    def covers(self) -> str:
        """What it is for, in words. Needs provider and schedule loaded."""
        if self.provider is not None:
            return f"the provider {self.provider.name}"
        if self.schedule is not None:
            return f"the schedule {self.schedule.name}"
        return f"the product {self.product}" if self.product else "everything"


class BudgetMonth(models.Model):
    """What a budget's month has taken so far, in its unit: each call is added before it is made. Derived, rebuildable from SpendDay."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="months")
    month = models.DateField(help_text="Its first day, in the zone of PLUMBLINE_SPEND_ZONE.")
    settled = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    reserved = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))
    unknown = models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["budget", "month"], name="budget_month_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def taken(self) -> Decimal:
        return self.settled + self.reserved + self.unknown
