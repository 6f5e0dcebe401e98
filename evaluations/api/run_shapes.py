"""What the API shows of runs, and what it takes in for them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.bodies import Body, Reference
from evaluations.api.amounts import cap_field, until_settled_field
from evaluations.models import Cap, Round, Run, RunAggregate
from evaluations.queries.every_time import every_time_by_scorer
from evaluations.queries.references import find_evaluation_version, find_model_version
from evaluations.queries.unscored import lacking_by_scorer
from evaluations.services.vectors import keep_lacking_figures
from evaluations.statistics import Kind


class CanarySerializer(serializers.Serializer[Any]):
    """Answers that hold the dataset's canary string though their case does not: the model has seen the cases before."""

    answers = serializers.IntegerField()
    cases = serializers.ListField(child=serializers.CharField(), help_text="Keys of the first ten.")


class RunSerializer(serializers.ModelSerializer[Run]):
    canary_seen = CanarySerializer(
        allow_null=True, read_only=True, help_text="Null where the dataset has no canary string."
    )
    evaluation_version = serializers.StringRelatedField[Any](help_text="slug@number")
    model_version = serializers.StringRelatedField[Any](help_text="slug@name")
    prompt_version = serializers.StringRelatedField[Any](allow_null=True)
    created_by = serializers.StringRelatedField[Any](allow_null=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "round",
            "evaluation_version",
            "model_version",
            "prompt_version",
            "state",
            "origin",
            "priority",
            "generation",
            "total",
            "done",
            "failed",
            "paused_reason",
            "paused_since",
            "failure",
            "training_run",
            "cap_unit",
            "cap",
            "settled",
            "reserved",
            "unknown",
            "cost",
            "currency",
            "calls",
            "calls_unknown",
            "reuse",
            "reused",
            "until_settled",
            "looks",
            "not_needed",
            "saved",
            "scored_from",
            "confirms",
            "resolved_model",
            "mixed_models",
            "canary_seen",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class FigureSerializer(serializers.Serializer[Any]):
    """A figure over all samples with its 95 % range, as it was worked out when the run ended."""

    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(
        required=False, help_text="Absent where no range can be given; reason says why."
    )
    high = serializers.FloatField(required=False)
    n = serializers.IntegerField()
    clusters = serializers.IntegerField()
    method = serializers.CharField()
    seed = serializers.IntegerField(allow_null=True)
    resamples = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(help_text="Why it decides nothing; empty where it may.")


class AggregateSerializer(serializers.ModelSerializer[RunAggregate]):
    """The sums of a scorer. A figure over all samples is no mean of them: it has `figure`, and no numerator or denominator."""

    scorer = serializers.CharField(source="scorer_version.scorer.slug", read_only=True)
    numerator = serializers.SerializerMethodField()
    denominator = serializers.SerializerMethodField()
    figure = serializers.SerializerMethodField()

    class Meta:
        model = RunAggregate
        fields = (
            "scorer",
            "slice",
            "value",
            "items",
            "scored",
            "missing",
            "numerator",
            "denominator",
            "figure",
            "passed",
            "flaky",
            "unparsed",
            "truncated",
            "errored",
        )
        read_only_fields = fields

    def get_numerator(self, row: RunAggregate) -> float | None:
        return None if row.scorer_version.value_kind == Kind.SET else row.numerator

    def get_denominator(self, row: RunAggregate) -> float | None:
        return None if row.scorer_version.value_kind == Kind.SET else row.denominator

    @extend_schema_field(FigureSerializer(allow_null=True))
    def get_figure(self, row: RunAggregate) -> dict[str, Any] | None:
        return dict(FigureSerializer(row.figure).data) if row.figure else None


class UnscoredSerializer(serializers.Serializer[Any]):
    """Answers that a scorer could not judge; they are missing for it. Why stands with each sample, as `unscored`."""

    scorer = serializers.CharField()
    samples = serializers.IntegerField()


class EveryTimeSerializer(serializers.Serializer[Any]):
    """Right every time in so many tries, as a fraction with its 95 % range. flaky: the share of cases right in some tries only."""

    scorer = serializers.CharField()
    tries = serializers.IntegerField()
    n = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    flaky = serializers.FloatField(allow_null=True)


class RunDetailSerializer(RunSerializer):
    aggregates = serializers.SerializerMethodField(
        help_text="Sums by scorer, and by slice; of the newest scoring."
    )
    right_every_time = serializers.SerializerMethodField(
        help_text="With several tries a case: the share of cases whose tries all passed, by scorer."
    )

    unscored = serializers.SerializerMethodField(
        help_text="Scorers that could not judge every answer, and how many."
    )

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "aggregates", "right_every_time", "unscored")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(AggregateSerializer(many=True))
    def get_aggregates(self, run: Run) -> list[dict[str, Any]]:
        keep_lacking_figures(run)
        rows = run.aggregates.filter(generation=run.generation).select_related("scorer_version__scorer")
        ordered = rows.order_by("scorer_version__scorer__slug", "slice", "value")
        shown: list[dict[str, Any]] = AggregateSerializer(ordered, many=True).data  # type: ignore[assignment]
        return shown

    @extend_schema_field(UnscoredSerializer(many=True))
    def get_unscored(self, run: Run) -> list[dict[str, Any]]:
        lacking = lacking_by_scorer(run)
        scorers = run.evaluation_version.scorers.filter(pk__in=lacking).select_related("scorer")
        return [{"scorer": one.scorer.slug, "samples": lacking[one.pk].samples} for one in scorers if lacking]

    @extend_schema_field(EveryTimeSerializer(many=True))
    def get_right_every_time(self, run: Run) -> list[dict[str, Any]]:
        if run.state not in (Run.State.DONE, Run.State.PARTIAL):
            return []
        shown: list[dict[str, Any]] = EveryTimeSerializer(
            [{**vars(one), "scorer": one.slug} for one in every_time_by_scorer(run)], many=True
        ).data  # type: ignore[assignment]
        return shown


class RunBody(Body):
    evaluation_version = Reference(
        find_evaluation_version, "evaluation", help_text="slug (its newest version), slug@number or an id"
    )
    model_version = Reference(find_model_version, "version", help_text="slug@name or an id")
    origin = serializers.ChoiceField(
        choices=["push", "api"],
        default="api",
        help_text="push: you send the results; api: we call the model.",
    )
    training_run = serializers.CharField(max_length=120, required=False, allow_blank=True)
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    priority = serializers.ChoiceField(choices=Round.Priority.choices, required=False)
    reuse = serializers.BooleanField(
        required=False,
        help_text="false: call every sample, also where an earlier run of a version that cannot change asked the very same.",
    )

    until_settled = until_settled_field()


class RescoreBody(Body):
    evaluation_version = Reference(
        find_evaluation_version,
        "evaluation",
        required=False,
        help_text="slug@number or an id of a version that asks the same and scores otherwise; this run then stays as it is.",
    )


class CancelBody(Body):
    reason = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class RejectedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class PushReportSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = RejectedSerializer(many=True)


class ScoreLineSerializer(serializers.Serializer[Any]):
    num = serializers.FloatField()
    den = serializers.FloatField(required=False)
    label = serializers.CharField(required=False, max_length=200)  # type: ignore[assignment]
    rationale = serializers.CharField(required=False, max_length=10_000)


class ErrorLineSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        kinds = serializers.ChoiceField(choices=["model", "infrastructure"])
        return {"class": kinds, **super().get_fields()}


class ResultLineSerializer(serializers.Serializer[Any]):
    """One case and repeat on a line. output, scores or error must be there; a score is a number or an object."""

    case = serializers.CharField(max_length=200)
    repeat = serializers.IntegerField(min_value=1, default=1)
    output = serializers.CharField(required=False)
    scores = serializers.DictField(child=ScoreLineSerializer(), required=False)
    error = ErrorLineSerializer(required=False, allow_null=True)
    latency_ms = serializers.FloatField(required=False, allow_null=True)
    usage = serializers.DictField(child=serializers.IntegerField(), required=False)
