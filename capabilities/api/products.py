"""Products, to read and to make; which of our versions is released and which is the candidate."""

from typing import Any

from django.db import transaction
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedViewSet, role_of
from capabilities.models import Product
from capabilities.services.products import create_product, set_versions
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Model
from evaluations.queries.references import find_model, find_model_version


class ProductSerializer(serializers.ModelSerializer[Product]):
    subject_models = serializers.SlugRelatedField[Model](slug_field="slug", many=True, read_only=True)
    released_version = serializers.StringRelatedField[Any](allow_null=True)
    candidate_version = serializers.StringRelatedField[Any](allow_null=True)

    class Meta:
        model = Product
        fields = (
            "key",
            "name",
            "description",
            "approvals_required",
            "subject_models",
            "released_version",
            "candidate_version",
            "evidence_max_age_days",
            "restricted",
            "created_at",
        )
        read_only_fields = fields


class ProductBody(Body):
    key = serializers.RegexField(
        r"^[A-Za-z][A-Za-z0-9]{0,7}$", help_text="Prefix of its requirements, e.g. VA."
    )
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    approvals_required = serializers.IntegerField(min_value=0, max_value=100, required=False)
    evidence_max_age_days = serializers.IntegerField(min_value=0, max_value=36_500, required=False)
    restricted = serializers.BooleanField(required=False)
    subject_models = serializers.ListField(
        child=Reference(find_model, "model"), required=False, max_length=200, help_text="Slugs of our models."
    )


class VersionsBody(Body):
    released = Reference(
        find_model_version, "version", required=False, allow_null=True, help_text="slug@name"
    )
    candidate = Reference(
        find_model_version, "version", required=False, allow_null=True, help_text="slug@name"
    )


class ProductFilter(filters.FilterSet):
    subject = filters.CharFilter(field_name="subject_models__slug", distinct=True, label="Slug of a model.")
    restricted = filters.BooleanFilter()

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()


class ProductViewSet(OwnedViewSet[Product]):
    """Products one may see."""

    queryset = (
        Product.objects.select_related("released_version__model", "candidate_version__model")
        .prefetch_related("subject_models")
        .order_by("key")
    )
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    lookup_field = "key"
    product_path = "pk"
    scopes = {"create": "write", "versions": "write"}
    actions = {"create": "write_requirements", "versions": "write_requirements"}

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.row if self.detail else None)

    def _shown(self, product: Product, code: int = status.HTTP_200_OK) -> Response:
        return Response(ProductSerializer(self.get_queryset().get(pk=product.pk)).data, status=code)

    @extend_schema(request=ProductBody, responses={201: ProductSerializer})
    def create(self, request: Request) -> Response:
        """A product; whoever makes it becomes a member."""
        fields = checked(ProductBody, request)
        subjects = fields.pop("subject_models", [])
        with transaction.atomic():
            product = create_product(actor=person(request), **fields)
            product.subject_models.set(subjects)
        return self._shown(product, status.HTTP_201_CREATED)

    @extend_schema(request=VersionsBody, responses=ProductSerializer)
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, key: str) -> Response:
        """Say which version is released and which is the candidate; what is absent stays."""
        given = checked(VersionsBody, request)
        released = given.get("released", self.row.released_version)
        candidate = given.get("candidate", self.row.candidate_version)
        set_versions(actor=person(request), product=self.row, released=released, candidate=candidate)
        return self._shown(self.row)
