"""What a round changed."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.exporters.round_markdown import round_markdown
from capabilities.queries.round_summaries import as_record, round_summary
from config.people.requests import person
from evaluations.models import Round

ROUND = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Of the round.")


class RoundSummarySerializer(serializers.Serializer[Any]):
    summary = serializers.DictField(
        help_text="headline; verdicts that changed, in products one may see; moves: who gained and lost, with the difference and its "
        "range; taken and expected; changed_under_us; skipped; failed; unjudged: runs whose verdicts are still worked out."
    )
    markdown = serializers.CharField()


class RoundSummaries(APIView):
    """What a round changed."""

    @extend_schema(parameters=[ROUND], responses=RoundSummarySerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Verdicts that changed, who gained and lost, what it took against what was expected, what is missing and why."""
        found = get_object_or_404(Round.objects.select_related("suite"), pk=pk)
        record = as_record(round_summary(person(request), found))
        return Response(RoundSummarySerializer({"summary": record, "markdown": round_markdown(record)}).data)
