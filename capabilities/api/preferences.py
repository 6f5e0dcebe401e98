"""Preferred answers over the API: ratings from people's votes, and apart from them from a judge's choices."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.queries.preferences import Preferences, preferences_for
from config.people.requests import person
from evaluations.api.pair_judgings import PeopleAgreeSerializer, agreement_record
from evaluations.queries.preferences import METHOD, Preferred, Ranked, Unrated

BY = OpenApiParameter("by", str, description="Key of what a judge was asked, as in `asked`; else the newest.")
SHEET = OpenApiParameter("sheet", int, description="Only votes on this lab sheet.")


class RatedVersionSerializer(serializers.Serializer[Any]):
    """low, high: the 95 % range, null below ten cases. Ranks are open below thirty."""

    version = serializers.CharField()
    rating = serializers.FloatField(
        help_text="1,000 is the mean; 400 more wins ten times as often as it loses."
    )
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    best_rank = serializers.IntegerField()
    worst_rank = serializers.IntegerField()
    games = serializers.IntegerField()
    cases = serializers.IntegerField()


class NotRatedSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    why = serializers.CharField()
    beside = serializers.CharField(
        allow_null=True, help_text="What to compare it with, so that it can be rated."
    )


class PreferredSerializer(serializers.Serializer[Any]):
    ratings = RatedVersionSerializer(many=True)
    not_comparable = NotRatedSerializer(many=True)
    games = serializers.IntegerField()
    cases = serializers.IntegerField()
    method = serializers.CharField()
    seed = serializers.IntegerField(help_text="Of the resamples behind the ranges.")


class PeoplePreferredSerializer(PreferredSerializer):
    votes = serializers.IntegerField()
    voters = serializers.IntegerField()
    sheets = serializers.ListField(child=serializers.IntegerField(), help_text="Whose votes are counted.")
    unvoted = serializers.ListField(
        child=serializers.IntegerField(), help_text="Sheets that count once you have voted there yourself."
    )


class JudgePreferredSerializer(PreferredSerializer):
    key = serializers.CharField()
    evaluation = serializers.CharField()
    judge = serializers.CharField()
    question = serializers.CharField()
    standing = serializers.CharField(help_text="Unchecked, or checked by what of people; never a verdict.")
    agreement = PeopleAgreeSerializer(many=True)
    missing = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Pairs of runs it was not asked about.",
    )


class PreferencesSerializer(serializers.Serializer[Any]):
    people = PeoplePreferredSerializer()
    judge = JudgePreferredSerializer(allow_null=True)
    asked = serializers.ListField(child=serializers.CharField(), help_text="Keys for `by`, newest first.")


class PreferredAnswers(APIView):
    """Model versions ranked by whose answers were preferred."""

    @extend_schema(parameters=[BY, SHEET], responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """Ratings by people and by a judge, never mixed; nothing is decided by either."""
        query = request.query_params
        found = preferences_for(person(request), query.get("by", ""), query.get("sheet", ""))
        if found.notes:
            raise NotFound(" ".join(note.split(". ")[0] + "." for note in found.notes))
        return Response(PreferencesSerializer(as_record(found)).data)


def as_record(found: Preferences) -> dict[str, Any]:
    people = found.people
    return {
        "people": _preferred(people.found)
        | {
            "votes": people.votes,
            "voters": people.voters,
            "sheets": [sheet.pk for sheet in people.sheets if found.sheet in (None, sheet.pk)],
            "unvoted": [sheet.pk for sheet in people.unvoted],
        },
        "judge": _judge(found),
        "asked": [one.key for one in found.series],
    }


def _judge(found: Preferences) -> dict[str, Any] | None:
    series = found.chosen
    if series is None or found.judged is None:
        return None
    return _preferred(found.judged.found) | {
        "key": series.key,
        "evaluation": str(series.evaluation_version),
        "judge": series.judge.label,
        "question": series.question,
        "standing": found.judged.standing,
        "agreement": [agreement_record(one) for one in found.judged.agreements],
        "missing": [[one.pk, two.pk] for one, two in series.missing],
    }


def _preferred(found: Preferred) -> dict[str, Any]:
    return {
        "ratings": [_rated(one) for one in found.ranked],
        "not_comparable": [_unrated(one) for one in found.unrated],
        "games": found.games,
        "cases": found.cases,
        "method": METHOD,
        "seed": found.seed,
    }


def _rated(one: Ranked) -> dict[str, Any]:
    rating, interval = one.rating, one.rating.interval
    return {
        "version": one.version.label,
        "rating": rating.rating,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "best_rank": rating.best_rank,
        "worst_rank": rating.worst_rank,
        "games": rating.games,
        "cases": rating.prompts,
    }


def _unrated(one: Unrated) -> dict[str, Any]:
    return {
        "version": one.version.label,
        "why": one.why,
        "beside": one.beside.label if one.beside else None,
    }
