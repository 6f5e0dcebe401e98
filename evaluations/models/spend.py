from decimal import Decimal

from django.db import models


def _money() -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(max_digits=18, decimal_places=8, default=Decimal(0))


class SpendDay(models.Model):
    """What the calls that a run began on one day took: settled, set aside for calls on their way, and at most for lost ones.

    The prices are those of that day: a price that changes later changes nothing here. Local models that cost nothing have no row.
    """

    run = models.ForeignKey("evaluations.Run", models.CASCADE, related_name="spend_days")
    day = models.DateField(help_text="In the zone of PLUMBLINE_SPEND_ZONE.")
    currency = models.CharField(max_length=3, blank=True, help_text="Empty while no price is known.")
    settled_money = _money()
    reserved_money = _money()
    unknown_money = _money()
    settled_tokens = models.BigIntegerField(default=0)
    reserved_tokens = models.BigIntegerField(default=0)
    unknown_tokens = models.BigIntegerField(default=0)
    settled_calls = models.IntegerField(default=0)
    reserved_calls = models.IntegerField(default=0)
    unknown_calls = models.IntegerField(default=0)
    unpriced_calls = models.IntegerField(default=0, help_text="Settled calls whose price was not known.")

    class Meta:
        ordering = ["day", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "day"], name="spend_day_once")]
        indexes = [models.Index(fields=["day"], name="spend_by_day")]

    def __str__(self) -> str:
        return f"run {self.run_id} on {self.day}"
