"""People's ratings of a run over the API: the figure they make, and a file of them."""

from io import BytesIO
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Reference, asked
from config.api.lines import body_pieces
from config.people.requests import person
from evaluations.importers.ratings import LIMITS, read_ratings
from evaluations.models import Run
from evaluations.queries.ratings import Rated, rated_of
from evaluations.queries.references import find_scorer_version
from evaluations.services.ratings import bad_lines, take_ratings, weigh_ratings

CSV = "text/csv"


class RatingsQuery(serializers.Serializer[Any]):
    scorer = Reference(
        find_scorer_version, "scorer version", help_text="slug@number of the run’s evaluation."
    )
    preview = serializers.BooleanField(
        default=False, help_text="Say what would be done, by line, and keep nothing."
    )


class RaterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    answers = serializers.IntegerField()
    mean = serializers.FloatField(help_text="On the scale.")


class RatedSerializer(serializers.Serializer[Any]):
    """Everything on the scale from lowest to highest. low, high: the range over raters; null for a single one."""

    scorer = serializers.CharField()
    lowest = serializers.FloatField()
    highest = serializers.FloatField()
    mean = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    method = serializers.CharField(allow_blank=True)
    ratings = serializers.IntegerField()
    answers = serializers.IntegerField()
    raters = RaterSerializer(many=True)


class RatingsReportSerializer(serializers.Serializer[Any]):
    """taken: ratings that are kept by this call (or would be, in a preview), of which corrected say something else than before."""

    taken = serializers.IntegerField()
    corrected = serializers.IntegerField()
    same = serializers.IntegerField(help_text="There already, word for word.")
    blank = serializers.IntegerField(help_text="Rows without a score.")
    preview = serializers.BooleanField()


class RunRatings(APIView):
    """People's ratings of a run's answers."""

    scopes = {"POST": "write"}

    @extend_schema(responses=RatedSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """For each scorer of ratings the mean on its scale, its range over raters, and how each of them rates."""
        run = get_object_or_404(Run, pk=pk)
        return Response(RatedSerializer([_shown(one) for one in rated_of(run)], many=True).data)

    @extend_schema(
        parameters=[RatingsQuery], request={CSV: OpenApiTypes.STR}, responses={200: RatingsReportSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take a CSV file of ratings: rater, case, repeat, score, note. All of it or nothing; bad lines answer 422 with their reasons.

        Raters are named by the file and need no account. The same file again changes nothing; another score of a rater is a correction.
        """
        run, wanted = get_object_or_404(Run, pk=pk), asked(RatingsQuery, request)
        if (request.content_type or "").partition(";")[0].strip().lower() != CSV:
            raise UnsupportedMediaType(request.content_type or "", f"Send {CSV}.")
        found = read_ratings(BytesIO(b"".join(body_pieces(request, LIMITS.file_bytes))))
        if wanted["preview"]:
            weighed = weigh_ratings(run, wanted["scorer"], found)
            if weighed.problems:
                raise bad_lines(weighed.problems)
        else:
            weighed = take_ratings(actor=person(request), run=run, scorer=wanted["scorer"], found=found)
        told = {
            "taken": len(weighed.made),
            "corrected": weighed.corrected,
            "same": weighed.same,
            "blank": weighed.blank,
            "preview": wanted["preview"],
        }
        return Response(RatingsReportSerializer(told).data)


def _shown(one: Rated) -> dict[str, Any]:
    interval = one.found.interval if one.found else None
    return {
        "scorer": str(one.scorer),
        "lowest": one.lowest,
        "highest": one.highest,
        "mean": one.found.point if one.found else None,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "method": one.found.method if one.found else "",
        "ratings": one.ratings,
        "answers": one.answers,
        "raters": [{"name": who.name, "answers": who.answers, "mean": who.mean} for who in one.raters],
    }
