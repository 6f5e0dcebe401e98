"""How one row of a lab sheet varies, over the API."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from rest_framework import serializers
from rest_framework.request import Request

from config.api.bodies import Body
from evaluations.queries.lab import Cell, Column
from evaluations.queries.lab_repeats import Variation
from evaluations.services.lab_plan import MOST_ROWS
from evaluations.services.lab_repeats import FEWEST, MOST


class RepeatBody(Body):
    row = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, help_text="Its number on the sheet.")
    times = serializers.IntegerField(min_value=FEWEST, max_value=MOST, help_text="For each column.")


class SayingSerializer(serializers.Serializer[Any]):
    output = serializers.CharField(allow_null=True)
    error_class = serializers.CharField()
    tries = serializers.IntegerField(help_text="How many gave this answer.")


class VariedColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    prompt = serializers.CharField(help_text="A to D.")
    version = serializers.CharField()
    run = serializers.IntegerField()
    state = serializers.CharField()
    tries = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Tries that gave the most frequent answer.")
    different = serializers.IntegerField(help_text="How many different answers there are.")
    passed = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    answers = SayingSerializer(many=True, help_text="The most frequent first.")


class VariationSerializer(serializers.Serializer[Any]):
    """at: when the row was last repeated; null where these are the sheet's own tries."""

    row = serializers.IntegerField()
    key = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.BooleanField()
    columns = VariedColumnSerializer(many=True)


def passed_of(column: Column) -> dict[str, list[int]]:
    return {rate.scorer.scorer.name: [rate.passed, rate.scored] for rate in column.rates}


def variation_record(varied: Variation) -> dict[str, Any]:
    return {
        "row": varied.row.number,
        "key": varied.row.case.key,
        "at": varied.at,
        "waiting": varied.found.waiting,
        "columns": [_varied(column, cell) for column, cell in varied.cells],
    }


def _varied(column: Column, cell: Cell) -> dict[str, Any]:
    return {
        "key": column.key,
        "prompt": column.letter,
        "version": column.run.model_version.label,
        "run": column.run.pk,
        "state": column.run.state,
        "tries": len(cell.tries),
        "same": cell.same,
        "different": cell.different,
        "passed": passed_of(column),
        "answers": [
            {
                "output": one.text if one.output and one.output.is_text else None,
                "error_class": one.response.error_class,
                "tries": times,
            }
            for one, times in cell.sayings
        ],
    }


def row_number(request: Request) -> int:
    number = request.query_params.get("row", "1")
    if not number.isdecimal() or len(number) > 3:
        raise Invalid({"row": "Give the number of the row, from 1 on."})
    return int(number)
