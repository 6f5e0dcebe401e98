"""Waivers: a miss somebody accepts for a while, with the reason."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet, role_of
from capabilities.models import Requirement, Waiver
from capabilities.queries.products import find_version
from capabilities.queries.references import find_requirement
from capabilities.services.waivers import revoke_waiver, waive
from config.api.bodies import Body, Reference, checked
from config.people.requests import person


class WaiverSerializer(serializers.ModelSerializer[Waiver]):
    requirement = serializers.CharField(source="requirement.key", read_only=True)
    criterion = serializers.CharField(source="criterion_key", read_only=True)
    version = serializers.StringRelatedField[Any](source="model_version", allow_null=True)
    approver = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Waiver
        fields = (
            "id",
            "requirement",
            "criterion",
            "version",
            "reason",
            "approver",
            "expires_on",
            "created_at",
            "revoked_at",
        )
        read_only_fields = fields


class WaiverBody(Body):
    requirement = OwnedReference(find_requirement, "requirement", help_text="Key, e.g. VA-12.")
    criterion = serializers.CharField(max_length=10, help_text="Key, e.g. AC-1.")
    reason = serializers.CharField(max_length=20_000)
    expires_on = serializers.DateField()
    version = Reference(
        find_version,
        "version",
        required=False,
        allow_null=True,
        help_text="slug@name; absent for any version.",
    )


class WaiverFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="requirement__product__key")
    requirement = filters.CharFilter(method="of_requirement", label="Key, e.g. VA-12.")
    standing = filters.BooleanFilter(method="that_stand", label="Neither revoked nor expired.")

    class Meta:
        model = Waiver
        fields: tuple[str, ...] = ()

    def of_requirement(self, waivers: QuerySet[Waiver], _name: str, key: str) -> QuerySet[Waiver]:
        return waivers.filter(requirement__in=Requirement.objects.with_key(key))

    def that_stand(self, waivers: QuerySet[Waiver], _name: str, wanted: bool) -> QuerySet[Waiver]:
        standing = {"revoked_at": None, "expires_on__gte": timezone.localdate()}
        return waivers.filter(**standing) if wanted else waivers.exclude(**standing)


class WaiverViewSet(OwnedViewSet[Waiver]):
    """Waivers, newest first."""

    queryset = Waiver.objects.select_related(
        "requirement__product", "model_version__model", "approver"
    ).order_by("-id")
    serializer_class = WaiverSerializer
    filterset_class = WaiverFilter
    lookup_value_converter = "int"
    product_path = "requirement__product"
    scopes = {"create": "write", "revoke": "write"}
    actions = {"create": "approve", "revoke": "approve"}

    def role_for(self, request: Request) -> str | None:
        if self.detail or request.method == "GET":
            return super().role_for(request)
        key = request.data.get("requirement") if isinstance(request.data, dict) else None
        requirement = find_requirement(person(request), key) if isinstance(key, str) else None
        return role_of(request, requirement.product if requirement else None)

    @extend_schema(request=WaiverBody, responses={201: WaiverSerializer})
    def create(self, request: Request) -> Response:
        """Accept that a criterion is not met until a date. Needs the approver mark."""
        given = checked(WaiverBody, request)
        made = waive(
            actor=person(request),
            requirement=given["requirement"],
            criterion_key=given["criterion"],
            reason=given["reason"],
            expires_on=given["expires_on"],
            model_version=given.get("version"),
        )
        shown = WaiverSerializer(self.get_queryset().get(pk=made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=WaiverSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: int) -> Response:
        """End a waiver before it expires."""
        return Response(WaiverSerializer(revoke_waiver(actor=person(request), waiver=self.row)).data)
