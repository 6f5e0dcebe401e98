"""One run against up to seven others: every difference counted among all, ranks, and where it is lost."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import asked
from config.errors import NotComparable
from evaluations.api.comparisons import (
    ComparableSerializer,
    ComparedQuery,
    CountsSerializer,
    DifferenceSerializer,
    MissingSerializer,
    PointsSerializer,
    latest_finished,
)
from evaluations.api.samples import find_run
from evaluations.models import ModelVersion, Run
from evaluations.queries.comparison_json import many_json
from evaluations.queries.comparison_many import MOST_COLUMNS, compare_many
from evaluations.queries.pairs import rival_runs
from evaluations.queries.references import find_model_version
from evaluations.queries.samples import scorer_of

OTHERS = [
    OpenApiParameter("against", int, many=True, description="Ids of other runs, each once."),
    OpenApiParameter(
        "against_version",
        str,
        many=True,
        description="slug@name: the newest run of it on the same evaluation version.",
    ),
]


class ManyQuery(ComparedQuery):
    """The first run and what is told of all; the others stand in `against`, `against_version` and `rivals`, seven at most."""

    rivals = serializers.ChoiceField(
        choices=["all"],
        required=False,
        help_text="The newest run of every competitor on the same evaluation version.",
    )


class EndsSerializer(serializers.Serializer[Any]):
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)


class ColumnValueSerializer(EndsSerializer):
    point = serializers.FloatField()
    method = serializers.CharField()


class RankSerializer(serializers.Serializer[Any]):
    """The ranks it may hold: as many are shown to be better, and as many to be worse."""

    to = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": serializers.IntegerField(), **super().get_fields()}


class NamedSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField()
    run = serializers.IntegerField()
    version = serializers.CharField(help_text="slug@name")


class ComparedColumnSerializer(NamedSerializer):
    side = serializers.CharField()
    value = ColumnValueSerializer(allow_null=True, help_text="On the cases every ranked run scored.")
    rank = RankSerializer(allow_null=True)
    best_group = serializers.BooleanField(help_text="Nobody is shown to be better.")
    missing = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True, help_text="Why it is not ranked.")


class AgainstSerializer(NamedSerializer):
    comparable = ComparableSerializer()
    n = serializers.IntegerField()
    points = PointsSerializer()
    difference = DifferenceSerializer(allow_null=True)
    counts = CountsSerializer(allow_null=True)
    missing = MissingSerializer()
    supported = serializers.BooleanField(help_text="Among all these comparisons.")
    outcome = serializers.CharField(
        help_text="A ahead, A behind, not distinguishable, too much is missing, for display only, not comparable or no data."
    )
    adjusted_p = serializers.FloatField(allow_null=True, help_text="Of no difference, after Holm.")
    corrected = EndsSerializer(
        allow_null=True, help_text="The range at the level divided by the comparisons."
    )
    smallest_gap = serializers.FloatField(allow_null=True, help_text="These cases can show.")
    sentence = serializers.CharField()


class SetClaimSerializer(EndsSerializer):
    outcome = serializers.CharField(help_text="proven, not so, not proven yet or no data.")
    point = serializers.FloatField(allow_null=True)
    rivals = serializers.IntegerField()
    sentence = serializers.CharField()


class SliceAgainstSerializer(EndsSerializer):
    letter = serializers.CharField()
    n = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    adjusted_p = serializers.FloatField(allow_null=True)
    supported = serializers.BooleanField()
    outcome = serializers.CharField()


class SliceOfManySerializer(serializers.Serializer[Any]):
    slice = serializers.CharField()
    against = SliceAgainstSerializer(many=True)


class ManyComparisonSerializer(serializers.Serializer[Any]):
    scorer = serializers.CharField()
    unit = serializers.CharField()
    higher_is_better = serializers.BooleanField()
    n = serializers.IntegerField(help_text="Cases that every ranked run scored.")
    columns = ComparedColumnSerializer(many=True)
    against = AgainstSerializer(many=True)
    every = SetClaimSerializer(allow_null=True, help_text="A is ahead of every one.")
    any = SetClaimSerializer(allow_null=True, help_text="A is ahead of one at least.")
    slices = SliceOfManySerializer(many=True)
    slices_left_out = serializers.IntegerField()


class ComparisonsMany(APIView):
    """How one finished run compares with several."""

    @extend_schema(parameters=[ManyQuery, *OTHERS], responses=ManyComparisonSerializer)
    def get(self, request: Request) -> Response:
        """A − each other with its plausible range, corrected for as many comparisons; rank intervals on the cases all scored; slices.

        `run=41&against=40&against=39`, or `evaluation=reviews&version=aria@7&rivals=all`. A run that cannot be compared keeps its column
        and says why.
        """
        query = asked(ManyQuery, request)
        runs = _runs(query, request)
        if len({run.pk for run in runs}) < len(runs):
            raise ValidationError({"against": ["Name each run once."]})
        for run in runs:
            if run.state not in (Run.State.DONE, Run.State.PARTIAL):
                raise NotComparable(f"Run {run.pk} is not finished.", fields={"run": run.pk})
        scorer = scorer_of(runs[0], query.get("scorer", "")).scorer.slug
        return Response(many_json(compare_many(runs, scorer, query.get("slice"), query["varies"])))


def _runs(query: Mapping[str, Any], request: Request) -> list[Run]:
    """A, then the others in the order they are named. Raises ValidationError, NotComparable."""
    run = _first(query)
    others = [_named(text) for text in request.query_params.getlist("against")[:MOST_COLUMNS]]
    for label in request.query_params.getlist("against_version")[:MOST_COLUMNS]:
        others.append(latest_finished(run.evaluation_version, _version(label)))
    if query.get("rivals"):
        known = {run.pk, *(other.pk for other in others)}
        others += [rival for rival in rival_runs(run) if rival.pk not in known]
    if not 1 <= len(others) < MOST_COLUMNS:
        told = f"Name one to {MOST_COLUMNS - 1} other runs; here are {len(others)}."
        raise ValidationError({"against": [told]})
    return [run, *others]


def _first(query: Mapping[str, Any]) -> Run:
    if "run" in query:
        return query["run"]  # type: ignore[no-any-return]
    lacking = [name for name in ("version", "evaluation") if name not in query]
    if lacking:
        raise ValidationError({name: ["Give run, or version and evaluation."] for name in lacking})
    return latest_finished(query["evaluation"], query["version"])


def _named(text: str) -> Run:
    run = find_run(text)
    if run is None:
        raise ValidationError({"against": [f"There is no run “{text[:40]}”."]})
    return run


def _version(label: str) -> ModelVersion:
    version = find_model_version(label)
    if version is None:
        raise ValidationError(
            {"against_version": [f"There is no version “{label[:80]}”, or you may not see it."]}
        )
    return version
