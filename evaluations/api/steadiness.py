"""Whether a version goes on scoring as it did by an evaluation: its control charts as numbers."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Reference, asked
from evaluations.api.models import NAME
from evaluations.models import DriftLook, EvaluationVersion
from evaluations.queries.references import find_evaluation_version, find_model_version
from evaluations.queries.steadiness import Steadiness, course_of, measured_by, steadiness_of
from evaluations.queries.steadiness_words import records_of, sentence_of


class SteadinessQuery(serializers.Serializer[Any]):
    evaluation = Reference(
        find_evaluation_version,
        "evaluation",
        required=False,
        help_text="slug (newest) or slug@number; by default the one the version ran most.",
    )


class ChartedRunSerializer(serializers.Serializer[Any]):
    """A run in order. part: reference, watched, could not be read, confirms an alarm, or before the change; null beside the chart."""

    run = serializers.IntegerField()
    ended_at = serializers.DateTimeField()
    mean = serializers.FloatField(allow_null=True)
    missing = serializers.IntegerField(allow_null=True, help_text="Samples without a score.")
    part = serializers.CharField()
    smoothed = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(
        allow_null=True, help_text="Of the limits, which widen to their final width."
    )
    high = serializers.FloatField(allow_null=True)
    centre = serializers.FloatField(allow_null=True)
    outside = serializers.BooleanField(allow_null=True)
    alarm = serializers.CharField(
        allow_blank=True, help_text="What became of it, where the run lies outside."
    )
    look = serializers.CharField(allow_blank=True, help_text="What it said of the alarm it was ordered for.")
    event = serializers.CharField(allow_blank=True)


class DriftLookSerializer(serializers.ModelSerializer[DriftLook]):
    result = serializers.DictField(
        read_only=True,
        help_text="before, after, difference with low and high at confidence, method, n, clusters, missing; empty before it is decided. "
        "low and high are the whole range, which may reach beyond what is possible.",
    )

    class Meta:
        model = DriftLook
        fields = (
            "number",
            "state",
            "said",
            "alarm_run",
            "confirming_run",
            "reference",
            "result",
            "at",
            "decided_at",
        )
        read_only_fields = fields


class SteadyScorerSerializer(serializers.Serializer[Any]):
    scorer = serializers.CharField(help_text="slug@number")
    unit = serializers.CharField(allow_blank=True)
    needed = serializers.IntegerField(help_text="Runs that are still missing before a change can be noticed.")
    alarm = serializers.BooleanField(
        help_text="Whether the newest run that could be read lies outside and was not found to be a false alarm."
    )
    sentence = serializers.CharField()
    centre = serializers.FloatField(allow_null=True)
    sigma = serializers.FloatField(allow_null=True)
    runs = ChartedRunSerializer(many=True)
    looks = DriftLookSerializer(many=True, help_text="Oldest first.")


class SteadinessSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="slug@name")
    evaluation = serializers.CharField(help_text="slug@number")
    left_out = serializers.IntegerField(help_text="Runs between the first and the newest that are not told.")
    scorers = SteadyScorerSerializer(many=True)


class SteadinessOfVersion(APIView):
    """Whether a version goes on scoring as it did."""

    @extend_schema(parameters=[NAME, SteadinessQuery], responses=SteadinessSerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """Run means over time by check, with their limits, alarms, and what confirming runs said of them."""
        version = find_model_version(f"{slug}@{name}")
        if version is None:
            raise Http404
        evaluation: EvaluationVersion | None = asked(SteadinessQuery, request).get("evaluation")
        if evaluation is None:
            measured = measured_by(version)
            if not measured:
                raise Http404
            evaluation = measured[0].evaluation_version
        course = course_of(version, evaluation)
        told = {
            "version": version.label,
            "evaluation": str(evaluation),
            "left_out": course.left_out,
            "scorers": [_told(found) for found in steadiness_of(course, course.watched)],
        }
        return Response(SteadinessSerializer(told).data)


def _told(found: Steadiness) -> dict[str, Any]:
    return {
        "scorer": str(found.scorer),
        "unit": found.scorer.unit,
        "needed": found.chart.needed,
        "alarm": found.chart.alarm,
        "sentence": sentence_of(found),
        "centre": found.chart.centre,
        "sigma": found.chart.sigma,
        "runs": records_of(found),
        "looks": found.looks,
    }
