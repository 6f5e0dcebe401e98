"""What the verbs of requirements take in."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from capabilities.api.owned import OwnedReference
from capabilities.api.states import COVERAGE
from capabilities.models import Outcome, Product, Requirement, Revision, Trend
from capabilities.queries.products import find_version
from capabilities.queries.references import find_product
from capabilities.queries.requirements import SORTS
from capabilities.services.revisions import PARTS
from config.api.bodies import Body, Choices, Reference
from evaluations.models import Kind

LONGEST_TEXT = 20_000


def _text(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, **options)


class VersionQuery(serializers.Serializer[Any]):
    version = Reference(
        find_version,
        "version",
        required=False,
        help_text="slug@name or an id; else the product's candidate, released or newest version.",
    )


class RequirementQuery(VersionQuery):
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
    capability = serializers.CharField(required=False, max_length=50, help_text="Slug; those under it too.")
    objective = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1, help_text="Id.")
    owner = serializers.CharField(required=False, max_length=150, help_text="User name.")
    tag = serializers.CharField(required=False, max_length=40)
    q = serializers.CharField(required=False, max_length=200, help_text="Words, or a key.")
    sort = serializers.ChoiceField(
        choices=[*SORTS, *(f"-{name}" for name in SORTS)], required=False, help_text="With - the other way."
    )


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
    examples = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=100, help_text="input, good, bad each"
    )
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


class NeededReasonBody(Body):
    reason = serializers.CharField(max_length=LONGEST_TEXT)


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
