"""The day a version is new."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.briefs import NAME, SLUG
from capabilities.exporters.day_markdown import day_markdown
from capabilities.queries.model_days import as_record, model_day
from capabilities.queries.products import find_version
from config.people.requests import person


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DictField(
        help_text="to_try; started: by schedules that wait for new versions; rounds; changes against the version before; rivals; "
        "verdicts of ours that a rival's version changed; unmeasured; tell: owners and their requirements."
    )
    markdown = serializers.CharField()


class ModelDays(APIView):
    """The day a version is new."""

    @extend_schema(parameters=[SLUG, NAME], responses=DaySerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """What to try on it, what was started, what changed against the version before, and whom to tell."""
        version = find_version(f"{slug}@{name}")
        if version is None:
            raise Http404
        record = as_record(model_day(person(request), version))
        return Response(DaySerializer({"day": record, "markdown": day_markdown(record)}).data)
