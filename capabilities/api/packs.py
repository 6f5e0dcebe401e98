"""Templates to start requirements from, and several drafts of a pack at once."""

from dataclasses import asdict
from functools import cached_property
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference, named_product, role_of
from capabilities.models import Product
from capabilities.packs import PACKS, Pack
from capabilities.queries.references import find_product
from capabilities.services.starting import start_pack
from config.api.bodies import Body, checked
from config.people.requests import person

SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="Of the pack, e.g. rag-answers.")


class MeasureSerializer(serializers.Serializer[Any]):
    """A suggested criterion. scorer: the kind of scorer that can measure it."""

    check = serializers.CharField()
    scorer = serializers.CharField()
    target = serializers.CharField()
    statistic = serializers.CharField()
    against = serializers.CharField()
    must = serializers.BooleanField()


class TemplateSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    shall = serializers.CharField()
    rationale = serializers.CharField()
    measures = MeasureSerializer(many=True)


class PackSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField()
    templates = TemplateSerializer(many=True)


class DraftsBody(Body):
    """capability: slug of one there is; else one of the name `new_capability` (the pack's by default) is used or made."""

    product = OwnedReference(find_product, "product", help_text="Key.")
    templates = serializers.ListField(
        child=serializers.SlugField(), max_length=50, help_text="Slugs of the pack's templates."
    )
    capability = serializers.SlugField(required=False, allow_null=True)
    new_capability = serializers.CharField(required=False, allow_blank=True, max_length=120)


class DraftsMade(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.CharField())
    capability = serializers.CharField(allow_null=True)


class Packs(APIView):
    """Packs of templates, by ability and by kind of model."""

    @extend_schema(responses=PackSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every pack with its templates."""
        return Response(PackSerializer([asdict(pack) for pack in PACKS.values()], many=True).data)


class PackDrafts(APIView):
    """Drafts from a pack."""

    required_scope = "write"
    required_action = "write_requirements"

    @cached_property
    def product(self) -> Product:
        return named_product(self.request)

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.product) if request.method == "POST" else None

    @extend_schema(parameters=[SLUG], request=DraftsBody, responses={201: DraftsMade})
    def post(self, request: Request, slug: str) -> Response:
        """A draft of each named template; their criteria wait for a check."""
        pack = PACKS.get(slug)
        if pack is None:
            raise Http404
        made = start_pack(actor=person(request), pack=pack, **_fields(request, pack))
        capability = made[0].capability
        body = {"keys": [one.key for one in made], "capability": capability.slug if capability else None}
        return Response(DraftsMade(body).data, status=status.HTTP_201_CREATED)


def _fields(request: Request, pack: Pack) -> dict[str, Any]:
    given = checked(DraftsBody, request)
    product: Product = given["product"]
    capability = None
    if slug := given.get("capability"):
        capability = product.capabilities.filter(slug=slug).first()
        if capability is None:
            raise ValidationError({"capability": [f"{product.key} has no ability “{slug}”."]})
    name = "" if capability else given.get("new_capability") or pack.name
    return {
        "product": product,
        "slugs": given["templates"],
        "capability": capability,
        "new_capability": name,
    }
