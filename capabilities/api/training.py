"""A training run over its checkpoints, as programs read it."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference
from capabilities.models import Outcome, Trend
from capabilities.queries.products import visible_products
from capabilities.queries.references import find_product, find_requirement
from capabilities.queries.training import Series, by_trend, series_of, training_of
from capabilities.queries.training_charts import as_records, trend_told
from capabilities.services.checkpoints import CHECKPOINTS_BACK, since_the_last_checkpoint
from config.api.bodies import Reference, asked
from config.people.requests import person
from evaluations.queries.references import find_model


class TrainingQuery(serializers.Serializer[Any]):
    model = Reference(find_model, "model", help_text="Slug.")
    run = serializers.CharField(max_length=120, help_text="Name of the training run.")
    product = OwnedReference(find_product, "product", required=False, help_text="Key; else all you may see.")
    requirement = OwnedReference(
        find_requirement, "requirement", required=False, help_text="Key, e.g. VA-12."
    )


class TrainingPointSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    step = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    lean = serializers.CharField()
    run = serializers.IntegerField(allow_null=True)
    evaluation = serializers.CharField()
    event = serializers.CharField(help_text="What of the measure changed here; the line breaks.")
    trend = serializers.CharField(help_text="Since the step before, as judged; empty where it was not.")
    regression_stands = serializers.BooleanField(
        help_text="After correction over the steps of this criterion."
    )


class TrainingChangeSerializer(serializers.Serializer[Any]):
    since = serializers.CharField(help_text="The earlier checkpoint.")
    trend = serializers.ChoiceField(choices=Trend.choices)
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    p_corrected = serializers.FloatField(allow_null=True)
    regression_stands = serializers.BooleanField(
        help_text="After correction over all criteria of the latest."
    )
    why = serializers.CharField(help_text="Why nothing can be said.")


class TrainingSeriesSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField()
    criterion = serializers.CharField()
    words = serializers.CharField()
    unit = serializers.CharField()
    difference = serializers.BooleanField(help_text="Whether the values are ours − theirs.")
    higher_is_better = serializers.BooleanField()
    target = serializers.FloatField(allow_null=True)
    steps = TrainingPointSerializer(many=True)
    latest_change = TrainingChangeSerializer(allow_null=True)


class MovingSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField()
    version = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class TrainingSerializer(serializers.Serializer[Any]):
    model = serializers.CharField()
    run = serializers.CharField()
    latest = serializers.CharField(allow_null=True)
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Criteria by change to the latest."
    )
    moving = MovingSerializer(many=True, help_text="Runs of its checkpoints under way.")
    criteria = TrainingSeriesSerializer(many=True)
    unmeasured = serializers.ListField(child=serializers.CharField(), help_text="VA-12/AC-1")


class Training(APIView):
    """A training run as a series."""

    @extend_schema(parameters=[TrainingQuery], responses=TrainingSerializer)
    def get(self, request: Request) -> Response:
        """Each agreed criterion over the steps, what changed since the checkpoint before the latest, and where that stands."""
        query = asked(TrainingQuery, request)
        product, requirement = query.get("product"), query.get("requirement")
        products = [product] if product else visible_products(person(request))
        found = training_of(query["model"], query["run"], products, requirement.key if requirement else "")
        if not found.versions:
            raise Http404(f"{query['model'].slug} has no training run “{query['run']}”.")
        latest = since_the_last_checkpoint(series_of(found.last(CHECKPOINTS_BACK), found.criteria))
        changes = {one.key: one for one in latest}
        body = {
            "model": query["model"].slug,
            "run": query["run"],
            "latest": found.latest.label if found.latest else None,
            "counts": by_trend(latest),
            "moving": [
                {"run": run.pk, "version": run.model_version.label, "done": run.done, "total": run.total}
                for run in found.moving
            ],
            "criteria": [_told(one, changes[one.key]) for one in series_of(found, found.criteria)],
            "unmeasured": [f"{one.revision.requirement.key}/{one.key}" for one in found.unmeasured],
        }
        return Response(TrainingSerializer(body).data)


def _told(one: Series, latest: Series) -> dict[str, Any]:
    steps = list(as_records(one))
    change = latest.latest.change
    return {
        "requirement": one.criterion.revision.requirement.key,
        "criterion": one.criterion.key,
        "words": one.words,
        "unit": one.unit,
        "difference": one.difference,
        "higher_is_better": one.higher_is_better,
        "target": steps[0]["target"],
        "steps": steps,
        "latest_change": {
            "since": change.since.label,
            "trend": trend_told(change),
            "point": change.point,
            "low": change.low,
            "high": change.high,
            "n": change.n,
            "p_corrected": change.adjusted,
            "regression_stands": change.stands,
            "why": change.why,
        }
        if change
        else None,
    }
