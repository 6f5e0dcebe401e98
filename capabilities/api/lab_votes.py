"""Votes on two columns of a lab sheet, over the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from config.people.models import User
from evaluations.models import LabSheet, LabVote
from evaluations.queries.lab import answers_of
from evaluations.queries.lab_votes import Pair, Preference, columns_named, pairs_of, preference_of

COLUMNS = [
    OpenApiParameter("a", str, description="Key of the first column; without it the sheet's first."),
    OpenApiParameter("b", str, description="Key of the second; without it the next one."),
]


class PreferenceSerializer(serializers.Serializer[Any]):
    """How often the first column was preferred, a tie counting half; each row counts once."""

    first = serializers.IntegerField()
    ties = serializers.IntegerField()
    second = serializers.IntegerField()
    voters = serializers.IntegerField()
    rows = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    sentence = serializers.CharField()


class VoteSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    key = serializers.CharField()
    choice = serializers.ChoiceField(choices=["first", "neither", "second"])
    voter = serializers.CharField()
    at = serializers.DateTimeField()


class VotesSerializer(serializers.Serializer[Any]):
    first = serializers.CharField(
        allow_null=True, help_text="Key of the column; null while the sheet has fewer than two."
    )
    second = serializers.CharField(allow_null=True)
    preference = PreferenceSerializer(allow_null=True)
    votes = VoteSerializer(many=True)


CHOICES = {LabVote.Choice.FIRST: "first", LabVote.Choice.TIE: "neither", LabVote.Choice.SECOND: "second"}


def votes_record(sheet: LabSheet, reader: User, first: str, second: str) -> dict[str, Any]:
    """Two queries more than the answers; nothing but nulls while there are no two columns."""
    found = answers_of(sheet, reader)
    columns = columns_named(found, first, second)
    if columns is None:
        return {"first": None, "second": None, "preference": None, "votes": []}
    pairs = pairs_of(sheet, found, columns, reader)
    preference = preference_of(sheet, pairs)
    return {
        "first": columns[0].key,
        "second": columns[1].key,
        "preference": _preference(preference) if preference else None,
        "votes": _votes(sheet, pairs),
    }


def _preference(found: Preference) -> dict[str, Any]:
    interval = found.result.interval
    return {
        "first": found.first,
        "ties": found.ties,
        "second": found.second,
        "voters": found.voters,
        "rows": found.result.n,
        "point": found.result.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "sentence": found.sentence,
    }


def _votes(sheet: LabSheet, pairs: list[Pair]) -> list[dict[str, Any]]:
    by_ids = {pair.ids: pair.row for pair in pairs}
    rows = LabVote.objects.filter(sheet=sheet).select_related("voter")
    return [
        {
            "row": by_ids[vote.first_id, vote.second_id].number,
            "key": by_ids[vote.first_id, vote.second_id].case.key,
            "choice": CHOICES[LabVote.Choice(vote.choice)],
            "voter": vote.voter.username,
            "at": vote.at,
        }
        for vote in rows
        if (vote.first_id, vote.second_id) in by_ids
    ]
