"""Failure modes: the vocabulary, labels on samples, and their counts by slice."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.api.samples import find_run
from evaluations.models import DatasetVersionCase, FailureMode, Run
from evaluations.queries.references import find_dataset, find_failure_mode
from evaluations.services.failure_modes import (
    MOST_CASES,
    change_failure_mode,
    create_failure_mode,
    retire_failure_mode,
)


class FailureModeSerializer(serializers.ModelSerializer[FailureMode]):
    class Meta:
        model = FailureMode
        fields = ("slug", "name", "description", "created_at", "retired_at")
        read_only_fields = fields


class ChangeFailureModeBody(Body):
    name = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    retired = serializers.BooleanField(
        required=False, help_text="true takes it out of use, its labels stay; false takes it back."
    )


class FailureModeBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)


class LabelBody(Body):
    mode = Reference(find_failure_mode, "failure mode", help_text="Its slug.")
    cases = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_CASES, help_text="Keys of cases."
    )
    remove = serializers.BooleanField(required=False, default=False)


class LabelledSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField(help_text="Labels that are new, or gone.")


class PromoteBody(Body):
    case = serializers.CharField(max_length=200, help_text="Key of the case in this run.")
    dataset = Reference(find_dataset, "dataset", help_text="Slug of a development dataset.")
    key = serializers.CharField(
        max_length=120, required=False, help_text="Its key there; the same by default."
    )


class PromotedSerializer(serializers.Serializer[Any]):
    dataset = serializers.CharField()
    number = serializers.IntegerField(help_text="Of the draft it is in.")
    key = serializers.CharField()


class RunFailuresQuery(serializers.Serializer[Any]):
    vs = Reference(find_run, "run", required=False, help_text="A run on the same cases to set beside it.")


class FailureRowSerializer(serializers.Serializer[Any]):
    """One mode over all cases (slice empty) or in one slice. Shares are at least this large: what nobody labelled counts as without."""

    failure_mode = serializers.CharField()
    name = serializers.CharField()
    slice = serializers.CharField()
    cases = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    cases_other = serializers.IntegerField(allow_null=True)
    difference = serializers.FloatField(allow_null=True, help_text="This run less the other.")
    difference_low = serializers.FloatField(allow_null=True)
    difference_high = serializers.FloatField(allow_null=True)
    supported = serializers.BooleanField(allow_null=True)


class RunFailuresSerializer(serializers.Serializer[Any]):
    labelled = serializers.IntegerField()
    n = serializers.IntegerField(help_text="Cases with an answer.")
    failure_modes = FailureRowSerializer(many=True)


def case_ids_of(run: Run, keys: list[str]) -> list[int]:
    """Ids of a run's cases by their keys; -1 for one that is not there. One query."""
    version = run.evaluation_version.dataset_version_id
    found = dict(DatasetVersionCase.objects.filter(version=version, key__in=keys).values_list("key", "case"))
    return [found.get(key, -1) for key in keys]


class FailureModeFilter(filters.FilterSet):
    retired = filters.BooleanFilter(field_name="retired_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = FailureMode
        fields: tuple[str, ...] = ()


class FailureModeViewSet(ReadOnlyModelViewSet[FailureMode]):
    """The words that samples are labelled with."""

    queryset = FailureMode.objects.order_by("name")
    serializer_class = FailureModeSerializer
    filterset_class = FailureModeFilter
    lookup_field = "slug"
    scopes = {"create": "write", "partial_update": "write"}

    @extend_schema(request=FailureModeBody, responses={201: FailureModeSerializer})
    def create(self, request: Request) -> Response:
        """A new word."""
        made = create_failure_mode(actor=person(request), **checked(FailureModeBody, request))
        return Response(FailureModeSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeFailureModeBody, responses=FailureModeSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Rename, describe, retire or take back."""
        mode, fields = self.get_object(), checked(ChangeFailureModeBody, request)
        retired = fields.pop("retired", None)
        if fields:
            mode = change_failure_mode(actor=person(request), mode=mode, **fields)
        if retired is not None:
            mode = retire_failure_mode(actor=person(request), mode=mode, retired=retired)
        return Response(FailureModeSerializer(mode).data)
