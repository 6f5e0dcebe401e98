"""How requirements and their criteria are shown for a version: fields, axes each by itself, verdicts with their sentences."""

from typing import Any

from rest_framework import serializers

from capabilities.api.verdicts import VerdictSerializer
from capabilities.models import Criterion, Outcome, Requirement, Revision, Trend, Verification
from evaluations.models import Kind

STATEMENT = ("title", "while_part", "when_part", "where_part", "if_part", "shall")
FRESHNESS = ["fresh", "needs_recheck", "out_of_date", ""]
COVERAGE = ["no_criterion", "not_linked", "never_run", "not_measurable", "measured"]


class GapSerializer(serializers.Serializer[Any]):
    """How far ours is from the nearest rival, or without rivals from the target; positive is ours ahead."""

    point = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="As pages show it: within what is possible.")
    high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    against = serializers.CharField()
    supported = serializers.BooleanField()


class RequirementSerializer(serializers.Serializer[Any]):
    """A requirement and where it stands for one version (`version`; null when there is none yet)."""

    key = serializers.CharField(source="requirement.key")
    product = serializers.CharField(source="requirement.product.key")
    title = serializers.CharField(source="revision.title")
    capability = serializers.CharField(source="requirement.capability.slug", default=None, allow_null=True)
    objective = serializers.IntegerField(source="requirement.objective_id", allow_null=True)
    kind = serializers.ChoiceField(source="requirement.kind", choices=Kind.choices)
    priority = serializers.ChoiceField(source="requirement.priority", choices=Requirement.Priority.choices)
    intent = serializers.ChoiceField(source="requirement.intent", choices=Requirement.Intent.choices)
    lifecycle = serializers.ChoiceField(source="requirement.lifecycle", choices=Requirement.Lifecycle.choices)
    lifecycle_reason = serializers.CharField(source="requirement.lifecycle_reason")
    commitment = serializers.ChoiceField(
        source="requirement.commitment", choices=Requirement.Commitment.choices
    )
    commitment_reason = serializers.CharField(source="requirement.commitment_reason")
    commitment_by = serializers.CharField(
        source="requirement.commitment_by.username", default=None, allow_null=True
    )
    commitment_at = serializers.DateTimeField(source="requirement.commitment_at", allow_null=True)
    owner = serializers.CharField(source="requirement.owner.username", default=None, allow_null=True)
    target = serializers.CharField(source="requirement.target")
    tags = serializers.ListField(source="requirement.tags", child=serializers.CharField())
    revision = serializers.IntegerField(source="revision.number", help_text="The one the verdict speaks of.")
    self_agreed = serializers.BooleanField(
        source="revision.self_agreed", help_text="Its author agreed it; nobody else did."
    )
    version = serializers.CharField(source="version.label", default=None, allow_null=True)
    verdict = serializers.ChoiceField(source="outcome", choices=Outcome.choices)
    lean = serializers.ChoiceField(choices=["yes", "no", ""])
    trend = serializers.ChoiceField(choices=[*Trend.values, ""])
    freshness = serializers.ChoiceField(choices=FRESHNESS)
    coverage = serializers.ChoiceField(choices=COVERAGE)
    waived = serializers.BooleanField()
    pending_confirmation = serializers.BooleanField(source="pending")
    gap = GapSerializer(allow_null=True)
    created_at = serializers.DateTimeField(source="requirement.created_at")
    updated_at = serializers.DateTimeField(source="requirement.updated_at")


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    author = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    change_kind = serializers.ChoiceField(choices=[*Revision.ChangeKind.values, ""], read_only=True)

    class Meta:
        model = Revision
        fields = (
            "number",
            "status",
            *STATEMENT,
            "rationale",
            "out_of_scope",
            "examples",
            "author",
            "change_kind",
            "note",
            "fingerprint",
            "self_agreed",
            "loosened_after_miss",
            "edit_count",
            "created_at",
            "approved_at",
            "superseded_at",
        )
        read_only_fields = fields


class EvidenceSerializer(serializers.ModelSerializer[Verification]):
    evaluation_version = serializers.StringRelatedField[Any](help_text="slug@number")

    class Meta:
        model = Verification
        fields = ("id", "evaluation_version", "stamp", "confirmed_at")
        read_only_fields = fields


class CriterionSerializer(serializers.ModelSerializer[Criterion]):
    scorer = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    rival_set = serializers.SlugRelatedField[Any](slug_field="number", read_only=True, allow_null=True)
    slice = serializers.SerializerMethodField(help_text="E.g. lang=de; empty for all cases.")
    evidence = EvidenceSerializer(source="verifications", many=True, read_only=True)

    class Meta:
        model = Criterion
        fields = (
            "key",
            "must",
            "scorer",
            "statistic",
            "against",
            "threshold",
            "limit",
            "margin",
            "equivalence",
            "tolerance",
            "rival_set",
            "quantifier",
            "slice",
            "confidence",
            "min_n",
            "min_repeats",
            "reach",
            "case_keys",
            "tries",
            "not_measurable_reason",
            "fingerprint",
            "evidence",
        )
        read_only_fields = fields

    def get_slice(self, criterion: Criterion) -> str:
        return f"{criterion.slice_name}={criterion.slice_value}" if criterion.slice_name else ""


class CriterionStateSerializer(serializers.Serializer[Any]):
    """A criterion with its newest verdict for the version, and the axes beside it."""

    criterion = CriterionSerializer()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    lean = serializers.ChoiceField(choices=["yes", "no", ""])
    trend = serializers.ChoiceField(choices=Trend.choices)
    freshness = serializers.ChoiceField(choices=FRESHNESS)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why a re-check is needed.")
    coverage = serializers.ChoiceField(choices=COVERAGE)
    waived_until = serializers.DateField(source="waiver.expires_on", default=None, allow_null=True)
    exposures = serializers.SerializerMethodField(help_text="Readings of the content of its test samples.")
    verdict = VerdictSerializer(allow_null=True)

    def get_exposures(self, state: Any) -> int:
        link = state.verification
        counts: dict[int, int] = self.context.get("exposures", {})
        return counts.get(link.evaluation_version.dataset_version_id, 0) if link else 0


class RequirementDetailSerializer(RequirementSerializer):
    """edit_count: what PATCH wants back, so that two editors notice each other."""

    text = RevisionSerializer(source="revision")
    open_revision = RevisionSerializer(
        source="opened", allow_null=True, help_text="The one being edited or reviewed."
    )
    edit_count = serializers.IntegerField()
    criteria = CriterionStateSerializer(many=True)
