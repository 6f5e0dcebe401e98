"""Rule sets: checked and tried without storing anything, and taken out as they run."""

import json
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Body, checked
from evaluations.api.models import NAME
from evaluations.models import ModelVersion
from evaluations.providers import rules
from evaluations.providers.rule_checks import findings


class CheckRulesBody(Body):
    rule_set = serializers.JSONField(help_text='{"rows": [{"when": {…}, "then": …}], "default": …}')
    input = serializers.JSONField(
        required=False, help_text="A case to try it on: an object of fields, or a text."
    )
    metadata = serializers.DictField(required=False, help_text="Of that case.")


class RuleFindingSerializer(serializers.Serializer[Any]):
    """kind: unreachable, conflict, never, overlap, or unread where conditions are joined by and, or or not."""

    row = serializers.IntegerField()
    kind = serializers.CharField()
    others = serializers.ListField(child=serializers.IntegerField())
    sentence = serializers.CharField(source="words")


class CheckedRulesSerializer(serializers.Serializer[Any]):
    """answer, row: for the input; row is null when no row holds."""

    problems = serializers.ListField(child=serializers.CharField())
    findings = RuleFindingSerializer(many=True)
    answer = serializers.CharField(allow_null=True)
    row = serializers.IntegerField(allow_null=True)


class RuleSetCheck(APIView):
    """What is wrong or odd in a rule set."""

    scopes = {"POST": "read"}

    @extend_schema(request=CheckRulesBody, responses=CheckedRulesSerializer)
    def post(self, request: Request) -> Response:
        """Whether it can run, which rows never answer, and what it answers to an input. Nothing is stored."""
        given = checked(CheckRulesBody, request)
        rule_set = given["rule_set"]
        found: dict[str, Any] = {
            "problems": rules.validate(rule_set),
            "findings": [],
            "answer": None,
            "row": None,
        }
        if not found["problems"]:
            found["findings"] = findings(rule_set)
            if "input" in given:
                output, found["row"] = rules.decide(rule_set, given["input"], given.get("metadata"))
                found["answer"] = (
                    output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
                )
        return Response(CheckedRulesSerializer(found).data)


class RuleSetOfVersion(APIView):
    """The rules of a version."""

    @extend_schema(parameters=[NAME], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """The rule set of a version, as it runs."""
        versions = ModelVersion.objects.filter(model__slug=slug, name=name, parameters__has_key="rule_set")
        version = versions.first()
        if version is None:
            raise Http404
        return Response(version.parameters["rule_set"])
