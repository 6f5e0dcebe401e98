"""Baselines: what a release or a training run is held to, and what must be run for one."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, QueryDict
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.api.releases import (
    BaselineComparisonSerializer,
    CompareQuery,
    ReleaseQuery,
    ReleaseSerializer,
)
from capabilities.models import Baseline, BaselineItem, Product, Requirement
from capabilities.queries.baseline_choice import choice_of, held_by
from capabilities.queries.baseline_compare import compare, comparison_record, other_side, side_of
from capabilities.queries.baseline_page import version_for
from capabilities.queries.baselines import plan
from capabilities.queries.products import find_version, judged_versions
from capabilities.queries.references import find_baseline, find_product, find_requirement
from capabilities.queries.release_records import release_record
from capabilities.queries.releases import release
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.gate import gate_preview
from capabilities.services.standings import catch_up
from config.api.bodies import Body, Reference, asked, checked
from config.errors import Refused
from config.people.requests import person

ITEMS = Prefetch(
    "items",
    BaselineItem.objects.select_related("requirement__product", "revision").order_by("requirement__number"),
)


class BaselineItemSerializer(serializers.ModelSerializer[BaselineItem]):
    requirement = serializers.CharField(source="requirement.key", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    title = serializers.CharField(source="revision.title", read_only=True)

    class Meta:
        model = BaselineItem
        fields = ("requirement", "revision", "title")
        read_only_fields = fields


class BaselineSerializer(serializers.ModelSerializer[Baseline]):
    key = serializers.CharField(read_only=True)
    product = serializers.CharField(source="product.key", read_only=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    items = BaselineItemSerializer(many=True, read_only=True)

    class Meta:
        model = Baseline
        fields = ("key", "product", "name", "note", "state", "items", "created_by", "created_at", "closed_at")
        read_only_fields = fields


class BaselineBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key.")
    name = serializers.CharField(max_length=160)
    note = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    requirements = serializers.ListField(
        child=OwnedReference(find_requirement, "requirement"),
        required=False,
        max_length=2_000,
        help_text="Keys; all approved ones when absent.",
    )
    filter = serializers.CharField(
        required=False,
        max_length=2_000,
        help_text="Instead of keys: a query of the list, e.g. priority=must&capability=voice; what cannot be held is left out.",
    )
    copy_of = OwnedReference(
        find_baseline,
        "baseline",
        required=False,
        help_text="Instead of keys: a baseline whose requirements are held in today's revisions; what cannot be held is left out.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len({"requirements", "filter", "copy_of"}.intersection(attrs)) > 1:
            raise serializers.ValidationError("Give one of requirements, filter and copy_of.")
        return attrs


class PlanQuery(serializers.Serializer[Any]):
    version = Reference(find_version, "version", help_text="slug@name or an id.")


class PlannedScorerSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    kind = serializers.CharField()


class PlannedCriterionSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField()
    key = serializers.CharField()
    must = serializers.BooleanField()
    scorer = serializers.CharField(allow_null=True)


class PlannedRunSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField()
    state = serializers.CharField()
    samples = serializers.IntegerField()
    missing = serializers.IntegerField()


class PlanEntrySerializer(serializers.Serializer[Any]):
    """An evaluation version to run. done: the latest finished run that counts; moving: a run on its way."""

    id = serializers.IntegerField()
    evaluation = serializers.CharField(help_text="slug@number")
    dataset = serializers.CharField()
    cases = serializers.IntegerField()
    prompt = serializers.CharField(allow_null=True)
    prompt_policy = serializers.CharField()
    parameters = serializers.DictField()
    repeats = serializers.IntegerField()
    scorers = PlannedScorerSerializer(many=True)
    min_n = serializers.IntegerField()
    min_repeats = serializers.IntegerField()
    criteria = PlannedCriterionSerializer(many=True)
    done = PlannedRunSerializer(allow_null=True)
    moving = serializers.IntegerField(allow_null=True)


class BaselineFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    state = filters.ChoiceFilter(choices=Baseline.State.choices)

    class Meta:
        model = Baseline
        fields: tuple[str, ...] = ()


def _holdable(product: Product, query: str, source: Baseline | None) -> list[Requirement]:
    """What a filter finds, or another baseline of the product holds, of what can be held."""
    if source is None:
        catch_up(product)
        wanted = filter_from(QueryDict(query))
        ids = list(requirement_list(product, judged_versions(product), wanted).ids)
    else:
        ids = held_by(source) if source.product_id == product.pk else []
    choice = choice_of(ids)
    if choice.cut:
        raise Refused(
            "A baseline is made of at most 2,000 requirements at once. Narrow the filter.", code="too_many"
        )
    return [row.requirement for row in choice.rows]


class BaselineViewSet(OwnedViewSet[Baseline]):
    """Baselines, newest first; one by its key, `R2`."""

    queryset = (
        Baseline.objects.select_related("product", "created_by").prefetch_related(ITEMS).order_by("-number")
    )
    serializer_class = BaselineSerializer
    filterset_class = BaselineFilter
    lookup_url_kwarg = "key"
    lookup_field = "key"
    scopes = {"create": "write", "close": "write"}
    actions = {"create": "write_requirements", "close": "write_requirements"}

    def get_object(self) -> Baseline:
        if (found := find_baseline(person(self.request), self.kwargs["key"])) is None:
            raise Http404
        return found

    def _shown(self, baseline: Baseline, code: int = status.HTTP_200_OK) -> Response:
        return Response(BaselineSerializer(self.get_queryset().get(pk=baseline.pk)).data, status=code)

    @extend_schema(responses=BaselineSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A baseline with its requirements, each in the revision it is held to."""
        return self._shown(self.row)

    @extend_schema(request=BaselineBody, responses={201: BaselineSerializer})
    def create(self, request: Request) -> Response:
        """An open baseline of the approved revisions of these requirements."""
        given = checked(BaselineBody, request)
        query, source = given.pop("filter", None), given.pop("copy_of", None)
        if query is not None or source is not None:
            given["requirements"] = _holdable(given["product"], query or "", source)
        made = create_baseline(actor=person(request), **given)
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=BaselineSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, key: str) -> Response:
        """Freeze the baseline; its items can no longer change."""
        return self._shown(close_baseline(actor=person(request), baseline=self.row))

    @extend_schema(parameters=[PlanQuery], responses=PlanEntrySerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def plan(self, request: Request, key: str) -> Response:
        """What must be run on a version before the gate can decide, and what is already done."""
        version = asked(PlanQuery, request)["version"]
        return Response(PlanEntrySerializer(plan(self.row, version), many=True).data)

    @extend_schema(parameters=[CompareQuery], responses=BaselineComparisonSerializer, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def compare(self, request: Request, key: str) -> Response:
        """What differs between this baseline and another one, what is agreed now, or what was agreed on a day."""
        query = asked(CompareQuery, request)
        other = other_side(self.row, request.query_params.get("with", "now")[:40])
        if other is None:
            raise ValidationError({"with": ["Name a baseline of this product, now, or a day that is past."]})
        found = compare(side_of(self.row), other)
        rows = found.shown(query.get("show", []), query.get("change", ""))
        return Response(comparison_record(found, rows))

    @extend_schema(parameters=[ReleaseQuery], responses=ReleaseSerializer, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def release(self, request: Request, key: str) -> Response:
        """Every criterion with its numbers for a version, the gate, and who signed; send its digest back to sign."""
        asked_for = asked(ReleaseQuery, request).get("version")
        version = asked_for or version_for(self.row, "")
        if version is None:
            raise ValidationError({"version": ["The product has no version yet; name one."]})
        return Response(release_record(release(self.row, version), gate_preview(self.row, version)))
