"""Prompts: every change is a new version."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, checked
from config.people.requests import person
from evaluations.models import Prompt, PromptVersion
from evaluations.services.prompts import create_prompt_version


class PromptVersionSerializer(serializers.ModelSerializer[PromptVersion]):
    class Meta:
        model = PromptVersion
        fields = ("id", "number", "messages", "output_schema", "note", "fingerprint", "created_at")
        read_only_fields = fields


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    versions = PromptVersionSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = Prompt
        fields = ("slug", "name", "description", "created_at", "versions")
        read_only_fields = fields


class PromptBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120, required=False)
    messages = serializers.ListField(child=serializers.DictField(), max_length=200)
    output_schema = serializers.DictField(required=False, allow_null=True)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class PromptFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Prompt
        fields: tuple[str, ...] = ()


class PromptViewSet(ReadOnlyModelViewSet[Prompt]):
    """Prompts with their versions."""

    queryset = Prompt.objects.prefetch_related("versions").order_by("slug")
    serializer_class = PromptSerializer
    filterset_class = PromptFilter
    lookup_field = "slug"
    scopes = {"create": "write"}

    @extend_schema(request=PromptBody, responses={201: PromptSerializer})
    def create(self, request: Request) -> Response:
        """The next version of a prompt, which is made when its slug is new. The same content again makes none."""
        fields: dict[str, Any] = checked(PromptBody, request)
        version = create_prompt_version(actor=person(request), **fields)
        shown = PromptSerializer(self.get_queryset().get(pk=version.prompt_id)).data
        return Response(shown, status=status.HTTP_201_CREATED)
