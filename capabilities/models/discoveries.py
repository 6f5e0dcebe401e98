from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

MARK = "-D"


class DiscoveryQuerySet(models.QuerySet["Discovery"]):
    def with_key(self, key: str) -> Self:
        """The discovery called `VA-D2`; nothing for a malformed key."""
        prefix, _, number = key.upper().rpartition(MARK)
        if not (number.isascii() and number.isdecimal()) or len(number) > 9:
            return self.none()
        return self.filter(product__key=prefix, number=int(number))


class Discovery(models.Model):
    """Something a model was seen to do that nobody had asked for. It becomes a requirement, or is dismissed with the reason."""

    class State(models.TextChoices):
        SPOTTED = "spotted", "Spotted"
        REPRODUCED = "reproduced", "Reproduced"
        CHARACTERISED = "characterised", "Characterised"
        PACKAGED = "packaged", "Packaged"
        DISMISSED = "dismissed", "Dismissed"

    product = models.ForeignKey("capabilities.Product", models.PROTECT, related_name="discoveries")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    statement = models.TextField(blank=True, help_text="What it can do, and what counts as having done it.")
    state = models.CharField(max_length=13, choices=State, default=State.SPOTTED)
    reason = models.TextField(blank=True, help_text="Why it was dismissed.")
    requirement = models.ForeignKey(
        "capabilities.Requirement", models.PROTECT, null=True, blank=True, related_name="discoveries"
    )
    evaluation_version = models.ForeignKey(
        "evaluations.EvaluationVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was dismissed or packaged: what came later is new to it."
    )
    objects = DiscoveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="discovery_number_unique"),
            models.CheckConstraint(
                condition=Q(state="dismissed") & ~Q(reason="") | ~Q(state="dismissed") & Q(reason=""),
                name="discovery_dismissed_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="packaged", requirement__isnull=False, evaluation_version__isnull=False)
                | ~Q(state="packaged") & Q(requirement=None, evaluation_version=None),
                name="discovery_packaged_into_a_requirement",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["dismissed", "packaged"], settled_at__isnull=False)
                | ~Q(state__in=["dismissed", "packaged"]) & Q(settled_at=None),
                name="discovery_settled_when_it_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """`VA-D2`. Needs `product` loaded."""
        return f"{self.product.key}{MARK}{self.number}"


class DiscoveryEvidence(models.Model):
    """What a discovery rests on, step by step. Never changed: the database refuses.

    response: the answer it was spotted in, as it was. part: the slice of a suggested strength (`lang=de`). runs: ids of the runs of this
    step. judge: the check that says whether a try succeeded; None = a person does. target: share of tries wanted, stated beforehand.
    detail: of a finished step what was read of each version; of the first hashes of the input and the answer, which outlive an erasure.
    """

    class Kind(models.TextChoices):
        SPOTTED = "spotted", "Spotted"
        TRIED = "tried", "Tries started"
        REPRODUCED = "reproduced", "Reproduced"
        MEASURED = "measured", "Measures started"
        CHARACTERISED = "characterised", "Characterised"
        PACKAGED = "packaged", "Packaged"
        RETRIED = "retried", "Tried again"
        DISMISSED = "dismissed", "Dismissed"
        REOPENED = "reopened", "Taken up again"
        NOTE = "note", "Note"

    discovery = models.ForeignKey(Discovery, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=13, choices=Kind)
    text = models.TextField(blank=True)
    response = models.ForeignKey(
        "evaluations.Response", models.PROTECT, null=True, blank=True, related_name="discoveries"
    )
    run = models.ForeignKey("evaluations.Run", models.PROTECT, null=True, blank=True, related_name="+")
    part = models.CharField(max_length=210, blank=True)
    round = models.ForeignKey("evaluations.Round", models.PROTECT, null=True, blank=True, related_name="+")
    runs = models.JSONField(default=list, blank=True)
    evaluation_version = models.ForeignKey(
        "evaluations.EvaluationVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    judge = models.ForeignKey(
        "evaluations.ScorerVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.FloatField(null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target=None) | Q(target__gt=0) & Q(target__lt=1),
                name="discovery_target_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.discovery_id}: {self.kind}"


class DiscoveryThumb(models.Model):
    """A person's word on one try: did it do what the discovery says? Never changed; the newest of an answer counts."""

    evidence = models.ForeignKey(DiscoveryEvidence, models.PROTECT, related_name="thumbs")
    response = models.ForeignKey("evaluations.Response", models.PROTECT, related_name="+", db_index=False)
    good = models.BooleanField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["evidence", "response", "-id"], name="discovery_thumb_newest")]

    def __str__(self) -> str:
        return f"{self.response_id}: {'good' if self.good else 'not good'}"
