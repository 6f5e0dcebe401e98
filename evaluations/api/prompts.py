"""Prompts: every change is a new version."""

from typing import Any

from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Prompt, PromptVersion
from evaluations.queries.pins import PinRow, pin_rows
from evaluations.queries.references import find_evaluation
from evaluations.services.pins import Pinned, pin_prompt
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


class PinBody(Body):
    evaluations = serializers.ListField(
        child=Reference(find_evaluation, "evaluation"), min_length=1, max_length=200, help_text="Slugs."
    )
    version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="Number; the newest when absent."
    )
    preview = serializers.BooleanField(default=False, help_text="Only say what would happen.")


class PinnedSerializer(serializers.Serializer[Any]):
    evaluation = serializers.SlugField(source="evaluation.slug")
    version = serializers.IntegerField(
        source="version.number", default=None, allow_null=True, help_text="That asks with it now."
    )
    made = serializers.BooleanField(help_text="Whether it is new; in a preview, would be.")
    problem = serializers.CharField(help_text="Why nothing changed, such as a slot that cases lack.")


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
    scopes = {"create": "write", "pin": "write"}

    @extend_schema(request=PromptBody, responses={201: PromptSerializer})
    def create(self, request: Request) -> Response:
        """The next version of a prompt, which is made when its slug is new. The same content again makes none."""
        fields: dict[str, Any] = checked(PromptBody, request)
        version = create_prompt_version(actor=person(request), **fields)
        shown = PromptSerializer(self.get_queryset().get(pk=version.prompt_id)).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=PinBody, responses=PinnedSerializer(many=True))
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def pin(self, request: Request, slug: str) -> Response:
        """Make the next version of each evaluation, with this prompt and all else the same. Each stands by itself."""
        fields = checked(PinBody, request)
        version = _version(self.get_object(), fields.get("version"))
        if fields["preview"]:
            rows = pin_rows(version, fields["evaluations"])
            told = [_foretold(row) for row in rows]
        else:
            told = pin_prompt(
                actor=person(request), prompt_version=version, evaluations=fields["evaluations"]
            )
        return Response(PinnedSerializer(told, many=True).data)


def _version(prompt: Prompt, number: int | None) -> PromptVersion:
    versions = prompt.versions.order_by("-number")
    found = versions.filter(number=number).first() if number else versions.first()
    if found is None:
        raise Http404
    return found


def _foretold(row: PinRow) -> Pinned:
    return Pinned(row.evaluation, row.current if row.asks else None, made=row.ready, problem=row.problem)
