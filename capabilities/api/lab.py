"""The prompt lab over the API: sheets written, run, scored again and read."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.api.lab_repeats import (
    RepeatBody,
    VariationSerializer,
    passed_of,
    row_number,
    variation_record,
)
from capabilities.api.lab_votes import COLUMNS, VotesSerializer, votes_record
from capabilities.api.owned import OwnedReference
from capabilities.queries.products import visible_products
from capabilities.queries.references import find_product
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.api.rounds import PreviewSerializer
from evaluations.models import Cap, LabSheet
from evaluations.queries.lab import Column, Row, Sheet, answers_of, sheets_for
from evaluations.queries.lab_differences import LabDifference, differences_of
from evaluations.queries.lab_repeats import variation_of
from evaluations.queries.references import find_dataset_version, find_model_version
from evaluations.services.lab import (
    create_sheet,
    delete_sheet,
    preview_sheet,
    run_sheet,
    save_sheet,
    score_sheet,
    stop_sheet,
)
from evaluations.services.lab_plan import MOST_MODELS, MOST_REPEATS, MOST_ROWS, check_problems
from evaluations.services.lab_repeats import repeat_row

LONGEST_TEXT = 50_000


class PromptPart(Body):
    system = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    message = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True)
    schema = serializers.DictField(required=False, allow_null=True, help_text="JSON schema of the answer.")


class RowPart(Body):
    input = serializers.JSONField(help_text="Text, or an object whose fields fill the slots.")
    target = serializers.JSONField(required=False, allow_null=True, help_text="What is right.")


class CheckPart(Body):
    kind = serializers.CharField(max_length=40)
    config = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        found = {"kind": attrs["kind"], "config": attrs.get("config", {})}
        if problems := check_problems(found["kind"], found["config"]):
            raise serializers.ValidationError(problems)
        return found


class ChangeSheetBody(Body):
    """What is not named stays as it is. rows and dataset exclude each other."""

    name = serializers.CharField(max_length=100, required=False)
    product = OwnedReference(find_product, "product", required=False, help_text="Key.")
    prompts = serializers.ListField(child=PromptPart(), max_length=4, required=False)
    rows = serializers.ListField(child=RowPart(), max_length=MOST_ROWS, required=False)
    dataset = Reference(
        find_dataset_version,
        "dataset version",
        required=False,
        help_text="slug or slug@number of a development dataset; its first 20 cases.",
    )
    may_leave = serializers.BooleanField(required=False, help_text="May rows go to a competitor's API?")
    versions = serializers.ListField(
        child=Reference(find_model_version, "version"), max_length=MOST_MODELS, required=False
    )
    checks = serializers.ListField(child=CheckPart(), max_length=20, required=False)
    repeats = serializers.IntegerField(min_value=1, max_value=MOST_REPEATS, required=False)
    max_tokens = serializers.IntegerField(min_value=1, max_value=16_000, required=False)
    cap = serializers.DecimalField(
        max_digits=18, decimal_places=8, min_value=0, required=False, help_text="In cap_unit."
    )
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)


class SheetBody(ChangeSheetBody):
    name = serializers.CharField(max_length=100)


class SheetSerializer(serializers.ModelSerializer[LabSheet]):
    owner = serializers.CharField(source="owner.username", read_only=True)
    dataset = serializers.StringRelatedField[Any](source="dataset_version", allow_null=True)
    versions = serializers.StringRelatedField[Any](many=True, read_only=True)
    runs = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)

    class Meta:
        model = LabSheet
        fields = (
            "id",
            "name",
            "owner",
            "product",
            "prompts",
            "rows_from",
            "rows",
            "dataset",
            "may_leave",
            "versions",
            "checks",
            "repeats",
            "max_tokens",
            "cap",
            "cap_unit",
            "round",
            "runs",
            "created_at",
            "saved_at",
        )
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    repeat = serializers.IntegerField()
    output = serializers.CharField(allow_null=True)
    error_class = serializers.CharField()
    latency_ms = serializers.FloatField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)
    cost = serializers.DecimalField(max_digits=None, decimal_places=8, allow_null=True)
    passed = serializers.DictField(child=serializers.BooleanField(), help_text="By the name of the check.")


class RowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    input = serializers.JSONField()
    target = serializers.JSONField(allow_null=True)
    answers = AnswerSerializer(many=True)


class ColumnSerializer(serializers.Serializer[Any]):
    """difference: to the base, with its range, by the first check; null for the base and before there are scores."""

    key = serializers.CharField()
    prompt = serializers.CharField(help_text="A to D.")
    version = serializers.CharField()
    run = serializers.IntegerField()
    state = serializers.CharField()
    passed = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    varied = serializers.ListField(
        child=serializers.IntegerField(), help_text="Rows whose tries differ, of the rows with several tries."
    )
    difference = serializers.DictField(allow_null=True)
    sentence = serializers.CharField()


class SheetAnswersSerializer(serializers.Serializer[Any]):
    waiting = serializers.BooleanField()
    base = serializers.CharField(allow_null=True)
    columns = ColumnSerializer(many=True)
    rows = RowSerializer(many=True)


class LabSheetViewSet(ReadOnlyModelViewSet[LabSheet]):
    """Sheets of the prompt lab: your own, those of no product, and those of products you may see."""

    queryset = LabSheet.objects.all()
    serializer_class = SheetSerializer
    lookup_value_converter = "int"
    scopes = {
        "create": "write",
        "partial_update": "write",
        "destroy": "write",
        "run": "write",
        "score": "write",
        "stop": "write",
        "preview": "read",
        "repeat": "write",
    }
    actions = dict.fromkeys(scopes, "run")

    def get_queryset(self) -> QuerySet[LabSheet]:
        if getattr(self, "swagger_fake_view", False):
            return LabSheet.objects.none()
        user = person(self.request)
        keys = list(visible_products(user).values_list("key", flat=True))
        return sheets_for(user, keys).prefetch_related("versions__model", "runs")

    def _shown(self, sheet: LabSheet, code: int = status.HTTP_200_OK) -> Response:
        return Response(SheetSerializer(self.get_queryset().get(pk=sheet.pk)).data, status=code)

    @extend_schema(request=SheetBody, responses={201: SheetSerializer})
    def create(self, request: Request) -> Response:
        """A sheet of your own. Nothing is called."""
        made = create_sheet(actor=person(request), **_fields(checked(SheetBody, request)))
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeSheetBody, responses=SheetSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it otherwise; answers that are there stay."""
        fields = _fields(checked(ChangeSheetBody, request))
        return self._shown(save_sheet(actor=person(request), sheet=self.get_object(), **fields))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take the sheet and its marks away; its runs stay."""
        delete_sheet(actor=person(request), sheet=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=PreviewSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def preview(self, request: Request, pk: int) -> Response:
        """Calls, tokens and cost of running it; nothing is started."""
        return Response(PreviewSerializer(preview_sheet(actor=person(request), sheet=self.get_object())).data)

    @extend_schema(request=None, responses=SheetSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def run(self, request: Request, pk: int) -> Response:
        """Ask every model every row with every prompt, within the budget. Refused while answers come in."""
        sheet = self.get_object()
        run_sheet(actor=person(request), sheet=sheet)
        return self._shown(sheet)

    @extend_schema(request=None, responses=SheetSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def score(self, request: Request, pk: int) -> Response:
        """Score the answers there are by the checks as they stand now; nobody is called."""
        sheet = self.get_object()
        score_sheet(actor=person(request), sheet=sheet)
        return self._shown(sheet)

    @extend_schema(request=None, responses=SheetSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def stop(self, request: Request, pk: int) -> Response:
        """No call of it starts from now on; answers that are there stay."""
        sheet = self.get_object()
        stop_sheet(actor=person(request), sheet=sheet)
        return self._shown(sheet)

    @extend_schema(responses=SheetAnswersSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def answers(self, request: Request, pk: int) -> Response:
        """What came so far, row by row, and each column beside the first."""
        found = answers_of(self.get_object(), person(request))
        return Response(SheetAnswersSerializer(_answers(found)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("row", int, description="Its number on the sheet; without it the first.")
        ],
        responses=VariationSerializer,
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def repeats(self, request: Request, pk: int) -> Response:
        """How the answers to one row vary: of the last time it was repeated, else of the sheet's own tries."""
        return self._varied(self.get_object(), row_number(request))

    @extend_schema(parameters=COLUMNS, responses=VotesSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def votes(self, request: Request, pk: int) -> Response:
        """What people preferred of two columns shown without names: each vote, and the preference with its range."""
        given = request.query_params
        record = votes_record(self.get_object(), person(request), given.get("a", ""), given.get("b", ""))
        return Response(VotesSerializer(record).data)

    @extend_schema(request=RepeatBody, responses={201: VariationSerializer})
    @repeats.mapping.post
    def repeat(self, request: Request, pk: int) -> Response:
        """Ask every column of the sheet one row several times, within a budget like the sheet's."""
        sheet, body = self.get_object(), checked(RepeatBody, request)
        repeat_row(actor=person(request), sheet=sheet, number=body["row"], times=body["times"])
        return self._varied(sheet, body["row"], status.HTTP_201_CREATED)

    def _varied(self, sheet: LabSheet, number: int, code: int = status.HTTP_200_OK) -> Response:
        varied = variation_of(sheet, person(self.request), number)
        if varied is None:
            raise NotFound(f"There is no row {number} on the sheet.")
        return Response(VariationSerializer(variation_record(varied)).data, status=code)


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The body as `save_sheet` takes it. Raises ValidationError."""
    fields = dict(given)
    if "rows" in fields and "dataset" in fields:
        raise Invalid({"dataset": "Give rows or a dataset, not both."})
    if "product" in fields:
        fields["product"] = fields["product"].key
    if "prompts" in fields:
        fields["prompts"] = [_prompt(part) for part in fields["prompts"]]
    if "rows" in fields:
        fields["rows"] = "\n".join(_lines(fields["rows"]))
        fields["rows_from"] = LabSheet.From.TYPED
    if "dataset" in fields:
        fields["dataset_version"] = fields.pop("dataset")
        fields["rows_from"] = LabSheet.From.DATASET
    return fields


def _prompt(part: Mapping[str, Any]) -> dict[str, str]:
    schema = part.get("schema")
    return {
        "system": part.get("system", ""),
        "message": part["message"],
        "schema": json.dumps(schema, indent=2) if schema else "",
    }


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (json.dumps(dict(row), ensure_ascii=False) for row in rows)


def _answers(found: Sheet) -> dict[str, Any]:
    told = {one.column.key: one for one in differences_of(found)}
    return {
        "waiting": found.waiting,
        "base": found.base.key if found.base else None,
        "columns": [_column(column, told.get(column.key)) for column in found.columns],
        "rows": [_row(found, row) for row in found.rows],
    }


def _column(column: Column, told: LabDifference | None) -> dict[str, Any]:
    return {
        "key": column.key,
        "prompt": column.letter,
        "version": column.run.model_version.label,
        "run": column.run.pk,
        "state": column.run.state,
        "passed": passed_of(column),
        "varied": list(column.varied),
        "difference": _difference(told) if told else None,
        "sentence": told.sentence if told else "",
    }


def _difference(told: LabDifference) -> dict[str, Any] | None:
    result = told.result
    if result is None or result.point is None:
        return None
    interval = result.interval
    return {
        "point": result.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "confidence": interval.confidence if interval else None,
        "supported": told.supported,
    }


def _row(found: Sheet, row: Row) -> dict[str, Any]:
    return {
        "key": row.case.key,
        "input": row.case.input,
        "target": row.case.target,
        "answers": [
            {
                "column": column.key,
                "repeat": one.response.repeat,
                "output": one.text if one.output and one.output.is_text else None,
                "error_class": one.response.error_class,
                "latency_ms": one.response.latency_ms,
                "output_tokens": one.response.output_tokens,
                "cost": one.response.cost,
                "passed": {score.name: score.passed for score in one.scores.values()},
            }
            for column, cell in zip(found.columns, row.cells, strict=True)
            for one in cell.tries
        ],
    }
