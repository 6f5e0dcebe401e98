"""Links that show a product's status page outside of sign-in."""

from datetime import UTC, datetime, time
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.models import SharedLink
from capabilities.queries.past import moment_in
from capabilities.queries.products import find_version
from capabilities.queries.references import find_product
from capabilities.services.shared_links import revoke_link, share_status
from config.api.bodies import Body, Reference, checked
from config.people.requests import person


class SharedLinkSerializer(serializers.ModelSerializer[SharedLink]):
    product = serializers.CharField(source="product.key", read_only=True)
    version = serializers.StringRelatedField[Any](source="model_version", allow_null=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = SharedLink
        fields = (
            "id",
            "product",
            "version",
            "since",
            "as_of",
            "created_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "uses",
        )
        read_only_fields = fields


class NewSharedLinkSerializer(SharedLinkSerializer):
    url = serializers.SerializerMethodField(help_text="Shown this once; it is not kept.")

    def get_field_names(self, declared_fields: Any, info: Any) -> Any:
        return [*SharedLinkSerializer.Meta.fields, "url"]

    def get_url(self, link: SharedLink) -> str:
        return str(self.context["url"])


class SharedLinkBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key.")
    expires_on = serializers.DateField(help_text="The last day it opens, within a year.")
    version = Reference(find_version, "version", required=False, help_text="slug@name or an id.")
    since = serializers.DateField(required=False)
    as_of = serializers.CharField(required=False, max_length=40, help_text="A day or a moment that is past.")

    def validate_as_of(self, text: str) -> datetime:
        moment = moment_in(text, timezone.now())
        if moment is None:
            raise serializers.ValidationError("Give a day or a moment that is past, e.g. 2026-11-01.")
        return moment


class SharedLinkFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")

    class Meta:
        model = SharedLink
        fields: tuple[str, ...] = ()


class SharedLinkViewSet(OwnedViewSet[SharedLink]):
    """Shared links of products, the newest first."""

    queryset = SharedLink.objects.select_related("product", "created_by", "model_version__model").order_by(
        "-id"
    )
    serializer_class = SharedLinkSerializer
    filterset_class = SharedLinkFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "revoke": "write"}
    actions = {"create": "write_requirements", "revoke": "write_requirements"}

    @extend_schema(request=SharedLinkBody, responses={201: NewSharedLinkSerializer})
    def create(self, request: Request) -> Response:
        """A link that shows the status page and nothing else; its address is in this reply only."""
        given = checked(SharedLinkBody, request)
        link, token = share_status(
            actor=person(request),
            product=given["product"],
            expires_at=datetime.combine(given["expires_on"], time.max, UTC),
            model_version=given.get("version"),
            since=given.get("since"),
            as_of=given.get("as_of"),
        )
        url = request.build_absolute_uri(reverse("capabilities:shared-status", args=[token]))
        shown = NewSharedLinkSerializer(self.get_queryset().get(pk=link.pk), context={"url": url})
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=SharedLinkSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: int) -> Response:
        """End it at once."""
        return Response(SharedLinkSerializer(revoke_link(actor=person(request), link=self.row)).data)
