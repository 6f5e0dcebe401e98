"""What a requirement said before, what is to be mended in what it says now, and two abilities made two requirements."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.api.requirements import shown
from capabilities.api.states import RequirementDetailSerializer, RevisionSerializer
from capabilities.lint import lint_revision
from capabilities.services.restoring import restore_revision
from capabilities.services.revisions import current_revision
from capabilities.services.splitting import split_requirement
from config.people.requests import person

NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="Of the revision.")


class FindingSerializer(serializers.Serializer[Any]):
    """blocks: review is refused until it is mended."""

    code = serializers.CharField()
    field = serializers.CharField()
    sentence = serializers.CharField()
    fix = serializers.CharField()
    blocks = serializers.BooleanField()


class Findings(OfRequirement):
    """What is to be mended in the revision that is written, or in what stands."""

    @extend_schema(parameters=[KEY], responses=FindingSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """Errors first, each with what is wrong and what to do."""
        findings = lint_revision(current_revision(self.requirement))
        return Response(FindingSerializer(findings, many=True).data)


class Split(OfRequirement):
    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(parameters=[KEY], request=None, responses={201: RequirementDetailSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Leave the first ability where it is and draft the second, which is answered."""
        made = split_requirement(actor=person(request), requirement=self.requirement)
        return shown(request, made, status.HTTP_201_CREATED)


class Revisions(OfRequirement):
    """Every revision, the newest first."""

    @extend_schema(parameters=[KEY], responses=RevisionSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """What it said, who wrote it and why, and whether it was loosened after a miss."""
        rows = self.requirement.revisions.select_related("author").order_by("-number")
        return Response(RevisionSerializer(rows, many=True).data)


class RevisionRestore(OfRequirement):
    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(parameters=[KEY, NUMBER], request=None, responses=RequirementDetailSerializer)
    def post(self, request: Request, key: str, number: int) -> Response:
        """Write an old revision into a new draft; an open draft is set aside and stays in the history."""
        restore_revision(actor=person(request), requirement=self.requirement, number=number)
        return shown(request, self.requirement)
