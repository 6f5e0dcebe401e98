"""The board: models over the evaluations of a suite, with ranks that are intervals."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Choices, Reference, asked
from evaluations.models import ScorerVersion, Side
from evaluations.queries.boards import Asked, Board, Line, board_of
from evaluations.queries.references import find_suite

STANDS = ["ahead", "behind", "mixed", "level", "unknown"]


class BoardQuery(serializers.Serializer[Any]):
    """One suite, and whom its board shows."""

    suite = Reference(find_suite, "suite", help_text="Slug.")
    versions = serializers.ChoiceField(
        choices=["newest", "every"],
        default="newest",
        help_text="Of each model the newest that ran, or every one.",
    )
    checks = serializers.ChoiceField(
        choices=["main", "every"],
        default="main",
        help_text="Of each evaluation the main check, or every one.",
    )
    side = Choices([*Side.values])


class BoardColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="evaluation.scorer")
    evaluation = serializers.CharField(help_text="slug@number")
    scorer = serializers.CharField(help_text="slug@number")
    unit = serializers.CharField(allow_blank=True)
    direction = serializers.ChoiceField(choices=ScorerVersion.Direction.choices)
    common_cases = serializers.IntegerField(help_text="That every ranked model scored.")
    cases = serializers.IntegerField()
    unchecked = serializers.CharField(
        allow_blank=True,
        help_text="Why the opinion of its judge is not checked by people, and what to do; empty where it is, or no judge is asked.",
    )


class BoardPlaceSerializer(serializers.Serializer[Any]):
    """A model version in a column; point, low and high in the scorer's unit, on the common cases where it is ranked."""

    column = serializers.CharField()
    run = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Cases without a score.")
    best_rank = serializers.IntegerField(allow_null=True)
    worst_rank = serializers.IntegerField(allow_null=True)
    ahead = serializers.IntegerField()
    level = serializers.IntegerField()
    behind = serializers.IntegerField()
    best = serializers.BooleanField(help_text="In the best group, and ahead of somebody.")
    not_ranked_because = serializers.ChoiceField(choices=["", "partial", "mixed", "stopped", "unscored"])


class BoardOverallSerializer(serializers.Serializer[Any]):
    """Over all columns: counts of others, never an average."""

    best_rank = serializers.IntegerField()
    worst_rank = serializers.IntegerField()
    ahead = serializers.IntegerField()
    level = serializers.IntegerField()
    mixed = serializers.IntegerField()
    behind = serializers.IntegerField()
    best = serializers.BooleanField()


class BoardLineSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="slug@name")
    side = serializers.ChoiceField(choices=Side.choices)
    ran = serializers.IntegerField(help_text="Columns it ran.")
    missing = serializers.IntegerField(help_text="Cases without a score, over all it ran.")
    newer = serializers.CharField(allow_null=True, help_text="A later active version that ran none of this.")
    overall = BoardOverallSerializer(allow_null=True, help_text="None while it is partial.")
    places = BoardPlaceSerializer(many=True)


class BoardPairSerializer(serializers.Serializer[Any]):
    """Two ranked versions over all columns, by their keys; corrected over every pair and column."""

    version = serializers.CharField()
    against = serializers.CharField()
    stands = serializers.ChoiceField(choices=STANDS)
    ahead = serializers.ListField(child=serializers.CharField())
    behind = serializers.ListField(child=serializers.CharField())
    level = serializers.ListField(child=serializers.CharField())


class BoardSerializer(serializers.Serializer[Any]):
    suite = serializers.CharField()
    columns = BoardColumnSerializer(many=True)
    lines = BoardLineSerializer(many=True)
    pairs = BoardPairSerializer(many=True)
    without_version = serializers.ListField(child=serializers.CharField())
    left_out = serializers.IntegerField(help_text="Model versions that found no room.")


class BoardOfSuite(APIView):
    """Models side by side over a suite."""

    @extend_schema(parameters=[BoardQuery], responses=BoardSerializer)
    def get(self, request: Request) -> Response:
        """Every model's score with its plausible range and rank interval, and how each pair stands.

        A version that lacks a column, or more than 5 % of the cases of one, has `overall` null and keeps its places.
        """
        query = asked(BoardQuery, request)
        found = board_of(
            query["suite"],
            Asked(
                every_version=query["versions"] == "every",
                every_check=query["checks"] == "every",
                sides=query.get("side", ()),
            ),
        )
        return Response(BoardSerializer(as_record(found)).data)


def as_record(board: Board) -> dict[str, Any]:
    return {
        "suite": board.suite.slug if board.suite else "",
        "columns": [
            {
                "key": column.key,
                "evaluation": str(column.version),
                "scorer": str(column.scorer),
                "unit": column.unit,
                "direction": column.scorer.direction,
                "common_cases": column.ranked.n,
                "cases": column.ranked.cases,
                "unchecked": column.unchecked,
            }
            for column in board.columns
        ],
        "lines": [_line(board, line) for line in board.lines],
        "pairs": list(_pairs(board)),
        "without_version": board.without_version,
        "left_out": board.left_out,
    }


def _line(board: Board, line: Line) -> dict[str, Any]:
    return {
        "version": line.version.label,
        "side": line.version.model.side,
        "ran": line.ran,
        "missing": line.missing,
        "newer": line.newer.label if line.newer else None,
        "overall": None if line.overall is None else {**vars(line.overall), "best": line.overall.best},
        "places": [
            {
                **vars(place),
                "column": column.key,
                "run": column.runs[line.version.pk].pk,
                "level": place.tied,
                "best": place.best,
                "not_ranked_because": place.why,
            }
            for column, place in zip(board.columns, line.places, strict=True)
            if place is not None
        ],
    }


def _pairs(board: Board) -> list[dict[str, Any]]:
    versions = [line.version for line in board.ranked]
    found = []
    for place, one in enumerate(versions):
        for other in versions[place + 1 :]:
            relation = board.relation(one, other)
            found.append(
                {
                    "version": one.label,
                    "against": other.label,
                    "stands": relation.word,
                    "ahead": relation.ahead,
                    "behind": relation.behind,
                    "level": relation.level,
                }
            )
    return found
