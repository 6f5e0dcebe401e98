"""What the verbs of requirements take in."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from capabilities.api.owned import OwnedReference
from capabilities.api.states import COVERAGE
from capabilities.models import Outcome, Product, Requirement, Revision, Trend
from capabilities.queries.past import moment_in
from capabilities.queries.products import find_version
from capabilities.queries.references import find_product, find_requirement
from capabilities.queries.requirements import MARKS, SORTS
from capabilities.services.revisions import PARTS
from config.api.bodies import Body, Choices, Reference
from config.people.models import User
from evaluations.models import Kind

LONGEST_TEXT = 20_000


def active_person(name: str) -> User | None:
    """Somebody who can own a requirement, by user name. One query."""
    return User.objects.filter(username=name, is_active=True).first()


def _text(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, **options)


class VersionQuery(serializers.Serializer[Any]):
    version = Reference(
        find_version,
        "version",
        required=False,
        help_text="slug@name or an id; else the product's candidate, released or newest version.",
    )


class AsOfQuery(VersionQuery):
    as_of = serializers.CharField(
        required=False,
        max_length=40,
        help_text="A day (its end by UTC) or a moment that is past: what was agreed and judged then. Other filters do not go with it.",
    )

    def validate_as_of(self, text: str) -> datetime:
        moment = moment_in(text, timezone.now())
        if moment is None:
            raise ValidationError("Give a day or a moment that is past, e.g. 2026-11-01.")
        return moment


class RequirementQuery(AsOfQuery):
    product = OwnedReference(
        find_product, "product", required=False, help_text="Key; may be left out when you see only one."
    )
    verdict = Choices(list(Outcome.values))
    freshness = Choices(["fresh", "needs_recheck", "out_of_date"])
    coverage = Choices(COVERAGE)
    trend = Choices(list(Trend.values))
    lifecycle = Choices(list(Requirement.Lifecycle.values))
    kind = Choices(list(Kind.values))
    priority = Choices(list(Requirement.Priority.values))
    intent = Choices(list(Requirement.Intent.values))
    commitment = Choices(list(Requirement.Commitment.values))
    reviewing = Choices(["draft", "in_review"])
    marked = Choices(list(MARKS))
    waived = Choices(["yes", "no"])
    pending = Choices(["yes", "no"])
    gap = Choices(["ahead", "behind", "level"])
    capability = serializers.CharField(
        required=False, max_length=50, help_text="Slug; those under it too. ~none: without one."
    )
    objective = serializers.RegexField(
        r"^(\d{1,18}|~none)$", required=False, help_text="Id. ~none: without one."
    )
    owner = serializers.CharField(required=False, max_length=150, help_text="User name. ~none: without one.")
    target = serializers.CharField(required=False, max_length=80, help_text="~none: without one.")
    tag = serializers.CharField(required=False, max_length=40)
    q = serializers.CharField(required=False, max_length=200, help_text="Words, or a key.")
    sort = serializers.ChoiceField(
        choices=[*SORTS, *(f"-{name}" for name in SORTS)], required=False, help_text="With - the other way."
    )


class ExampleBody(Body):
    """A contrasting example: its input, and a good answer, a bad one, or both."""

    input = serializers.CharField(max_length=4_000)
    good = serializers.CharField(max_length=4_000, required=False, allow_blank=True, default="")
    bad = serializers.CharField(max_length=4_000, required=False, allow_blank=True, default="")


class ChangeRequirementBody(Body):
    """Fields of the requirement, and the parts of its text; what is absent stays."""

    title = serializers.CharField(max_length=200, required=False)
    while_part = _text()
    when_part = _text()
    where_part = _text()
    if_part = _text()
    shall = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, help_text="What the model shall do."
    )
    rationale = _text()
    out_of_scope = _text()
    examples = serializers.ListField(child=ExampleBody(), required=False, max_length=20)
    change_kind = serializers.ChoiceField(
        choices=Revision.ChangeKind.choices, required=False, allow_blank=True
    )
    note = _text()
    capability = serializers.SlugField(required=False, allow_null=True, help_text="Slug in this product.")
    objective = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**31 - 1, help_text="Id in this product."
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    priority = serializers.ChoiceField(choices=Requirement.Priority.choices, required=False)
    intent = serializers.ChoiceField(choices=Requirement.Intent.choices, required=False)
    owner = Reference(active_person, "person", required=False, allow_null=True, help_text="User name.")
    target = serializers.CharField(max_length=80, required=False, allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=50)
    edit_count = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class RequirementBody(ChangeRequirementBody):
    product = OwnedReference(find_product, "product", help_text="Key.")
    title = serializers.CharField(max_length=200)
    shall = serializers.CharField(max_length=LONGEST_TEXT, help_text="What the model shall do.")
    edit_count = None  # type: ignore[assignment]


class ReasonBody(Body):
    reason = _text(default="")


class SubmitBody(Body):
    reviewers = serializers.ListField(
        child=serializers.CharField(max_length=150),
        required=False,
        max_length=20,
        default=list,
        help_text="User names of those who are asked to review.",
    )


class NeededReasonBody(Body):
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class MoveBody(Body):
    where = serializers.ChoiceField(choices=["before", "after", "top", "bottom", "up", "down"])
    other = OwnedReference(
        find_requirement, "requirement", required=False, help_text="Key, for before and after."
    )


class CommitmentBody(Body):
    commitment = serializers.ChoiceField(choices=Requirement.Commitment.choices)
    reason = _text(default="")


def split_fields(fields: dict[str, Any], product: Product) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the identity (with the product), and the parts of the text. Raises ValidationError."""
    words = {name: value for name, value in fields.items() if name in PARTS}
    identity = {name: value for name, value in fields.items() if name not in PARTS}
    if slug := identity.get("capability"):
        identity["capability"] = product.capabilities.filter(slug=slug).first()
        if identity["capability"] is None:
            raise ValidationError({"capability": [f"{product.key} has no ability “{slug}”."]})
    if number := identity.get("objective"):
        identity["objective"] = product.objectives.filter(pk=number).first()
        if identity["objective"] is None:
            raise ValidationError({"objective": [f"{product.key} has no objective {number}."]})
    return {**identity, "product": product}, words
