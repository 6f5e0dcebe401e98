"""Two runs side by side: what differs, by how much, and whether the difference is supported."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Reference, asked
from config.errors import NotComparable
from evaluations.api.samples import SliceField, find_run
from evaluations.models import EvaluationVersion, ModelVersion, Run
from evaluations.queries.comparison import compare
from evaluations.queries.references import find_evaluation_version, find_model_version
from evaluations.queries.samples import scorer_of
from evaluations.queries.trade_offs import cost_ratios, traded


class ComparedQuery(serializers.Serializer[Any]):
    """The first run, and what every comparison with it may be asked."""

    run = Reference(find_run, "run", required=False, help_text="A.")
    version = Reference(
        find_model_version, "version", required=False, help_text="A: slug@name or an id, with evaluation."
    )
    evaluation = Reference(
        find_evaluation_version, "evaluation", required=False, help_text="slug or slug@number."
    )
    scorer = serializers.CharField(
        max_length=50, required=False, help_text="Slug; needed when the evaluation has several."
    )
    slice = SliceField()
    varies = serializers.ChoiceField(
        choices=["model", "prompt", "system"], default="model", help_text="What is meant to differ."
    )


class ComparisonQuery(ComparedQuery):
    """Two runs, or two versions and the evaluation that both ran; a difference is A − B."""

    against = Reference(find_run, "run", required=False, help_text="B.")
    against_version = Reference(
        find_model_version, "version", required=False, help_text="B: slug@name or an id."
    )
    same = serializers.FloatField(
        required=False,
        min_value=1e-9,
        help_text="How far apart both may lie and still count as the same, in the scorer's unit; a rate's is a fraction.",
    )


class ComparableSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    differs = serializers.ListField(child=serializers.CharField())


class PointsSerializer(serializers.Serializer[Any]):
    a = serializers.FloatField(allow_null=True)
    b = serializers.FloatField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField()
    method = serializers.CharField()


class CountsSerializer(serializers.Serializer[Any]):
    both = serializers.IntegerField()
    only_a = serializers.IntegerField()
    only_b = serializers.IntegerField()
    neither = serializers.IntegerField()


class MissingSerializer(serializers.Serializer[Any]):
    a = serializers.IntegerField()
    b = serializers.IntegerField()


class ComparedSliceSerializer(serializers.Serializer[Any]):
    slice = serializers.CharField()
    n = serializers.IntegerField()
    points = PointsSerializer()
    difference = DifferenceSerializer(allow_null=True)
    adjusted_p = serializers.FloatField(allow_null=True)
    supported = serializers.BooleanField()


class DatedSerializer(serializers.Serializer[Any]):
    a = serializers.CharField()
    b = serializers.CharField()


class CostRatioSerializer(serializers.Serializer[Any]):
    point = serializers.FloatField(
        help_text="What A cost for each unit of money that B cost, on the same cases."
    )
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    dated = DatedSerializer(
        help_text="`paid` when calls were made, `then` at the price of that day, `now` at the first price after it."
    )
    sentence = serializers.CharField()


class TradeOffSerializer(serializers.Serializer[Any]):
    within = serializers.FloatField()
    outcome = serializers.CharField(
        help_text="`met`: practically equal; `not_met`: proven apart; `inconclusive`; `no_data`."
    )
    sentence = serializers.CharField()


class OneMixSerializer(serializers.Serializer[Any]):
    """A − B on one mix of a slice's values, with its 95 % range."""

    slice = serializers.CharField(help_text="Its name, such as lang.")
    n = serializers.IntegerField()
    point = serializers.FloatField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class EvenSerializer(OneMixSerializer):
    """Every value counted the same, on the cases of both."""

    parts = serializers.IntegerField(help_text="Values counted: those with ten cases.")


class MixSerializer(OneMixSerializer):
    """Of a slice whose values are mixed unlike in the runs' own cases: weighed by the cases of both."""

    plain = serializers.FloatField(help_text="A − B, each on all its own cases.")
    turned = serializers.BooleanField(help_text="The two point to different sides.")
    sentence = serializers.CharField()


class ComparisonSerializer(serializers.Serializer[Any]):
    comparable = ComparableSerializer()
    n = serializers.IntegerField()
    points = PointsSerializer()
    difference = DifferenceSerializer(allow_null=True)
    counts = CountsSerializer(allow_null=True)
    missing = MissingSerializer()
    shared_answers = serializers.IntegerField(
        help_text="Answers of both that came of the very same call: they are not separate draws."
    )
    supported = serializers.BooleanField()
    sentence = serializers.CharField()
    slices = ComparedSliceSerializer(many=True)
    even = EvenSerializer(many=True)
    mixes = MixSerializer(many=True)


class WeighedComparisonSerializer(ComparisonSerializer):
    """With what it cost."""

    cost = CostRatioSerializer(allow_null=True, help_text="Null without prices in one currency.")
    trade_off = TradeOffSerializer(allow_null=True, help_text="Null unless `same` is given.")


class Comparisons(APIView):
    """How two finished runs compare."""

    @extend_schema(parameters=[ComparisonQuery], responses=WeighedComparisonSerializer)
    def get(self, request: Request) -> Response:
        """A − B with its plausible range, in the scorer's unit.

        Give `run` and `against`, or `version`, `against_version` and `evaluation`. What differs beside what is meant to is named in
        `comparable`; then the numbers are for display only and nothing is supported.
        """
        query = asked(ComparisonQuery, request)
        run_a, run_b = _runs(query)
        scorer = scorer_of(run_a, query.get("scorer", "")).scorer.slug
        same = query.get("same")
        found = compare(run_a, run_b, scorer, query.get("slice"), query["varies"], same)
        cost = cost_ratios(found.run_a, [found.run_b], query.get("slice")).get(found.run_b.pk)
        trade = traded(found, same, cost, query["varies"]) if same else None
        told = {"cost": cost and cost.as_json(), "trade_off": trade and trade.as_json()}
        return Response({**found.as_json(), **told})


def _runs(query: Mapping[str, Any]) -> tuple[Run, Run]:
    """Both runs, named or the latest of two versions. Raises ValidationError, NotComparable."""
    if "run" in query and "against" in query:
        return query["run"], query["against"]
    lacking = [name for name in ("version", "against_version", "evaluation") if name not in query]
    if lacking:
        told = "Give run and against, or version, against_version and evaluation."
        raise ValidationError({name: [told] for name in lacking})
    evaluation = query["evaluation"]
    return latest_finished(evaluation, query["version"]), latest_finished(
        evaluation, query["against_version"]
    )


def latest_finished(evaluation: EvaluationVersion, version: ModelVersion) -> Run:
    """The newest finished run of this pair. Raises NotComparable."""
    runs = Run.objects.finished().filter(evaluation_version=evaluation, model_version=version)
    found = runs.select_related("evaluation_version", "model_version__model").last_asked_first().first()
    if found is None:
        raise NotComparable(f"{version.label} has no finished run of {evaluation}. Run it first.")
    return found
