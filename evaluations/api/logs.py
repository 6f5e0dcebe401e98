"""Logs of other evaluation tools over the API: sent as they are, looked at or taken in at once."""

from tempfile import TemporaryFile
from typing import Any, cast

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, asked
from config.api.lines import body_pieces
from config.api.paging import KeysetPages
from config.errors import Refused
from config.people.access import demand
from config.people.requests import person
from evaluations.importers import NotALog
from evaluations.models import Dataset, ImportedLog, Kind, LogUpload, Side
from evaluations.queries.logs import as_told, imported_logs, look_at
from evaluations.queries.references import find_model_version
from evaluations.services.log_imports import TakenAs, import_log
from evaluations.services.log_uploads import keep_upload
from evaluations.services.log_work import AT_ONCE, LOOKED_AT, queue_import


class LogQuery(Body):
    name = serializers.CharField(max_length=200, required=False, default="log", help_text="Of the file.")
    look = serializers.BooleanField(
        required=False, default=False, help_text="Only say what is in it; nothing is made."
    )
    version = Reference(
        find_model_version,
        "model version",
        required=False,
        help_text="slug@name, or its id: whose log it is.",
    )
    model = serializers.SlugField(
        max_length=50, required=False, default="", help_text="Slug; else by the log."
    )
    version_name = serializers.CharField(max_length=120, required=False, default="")
    side = serializers.ChoiceField(choices=Side.choices, required=False, default=Side.COMPETITOR.value)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False, default=Kind.LLM.value)
    dataset = serializers.SlugField(
        max_length=50,
        required=False,
        default="",
        help_text="Slug for cases and evaluation; else by the task.",
    )
    purpose = serializers.ChoiceField(
        choices=Dataset.Purpose.choices, required=False, default=Dataset.Purpose.DEV.value
    )
    overlap_reason = serializers.CharField(max_length=1_000, required=False, default="")


class LogScorerSerializer(serializers.Serializer[Any]):
    """mean: over the rows that have a score. missing: rows that have none."""

    name = serializers.CharField()
    slug = serializers.CharField(help_text="Of the scorer here.")
    n = serializers.IntegerField()
    missing = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)


class LogFigureSerializer(serializers.Serializer[Any]):
    """As the log reports it. here: what its rows make of it; null where there is nothing to make it of."""

    metric = serializers.CharField()
    scorer = serializers.CharField()
    value = serializers.FloatField(allow_null=True, help_text="Null where the log has no number.")
    said = serializers.CharField(help_text="What it has instead, e.g. inf.")
    standard_error = serializers.FloatField(allow_null=True, help_text="Null where unknown, or 0 in the log.")
    n = serializers.IntegerField(allow_null=True)
    lower_is_better = serializers.BooleanField(allow_null=True)
    unit = serializers.CharField()
    here = serializers.FloatField(allow_null=True)


class LogTaskSerializer(serializers.Serializer[Any]):
    """One task of a log. rows: cases × tries that are in it; errors: rows without a result; again: it was here already."""

    tool = serializers.CharField()
    task = serializers.CharField()
    model = serializers.CharField()
    rows = serializers.IntegerField()
    cases = serializers.IntegerField()
    epochs = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    unscored = serializers.IntegerField()
    absent = serializers.IntegerField()
    scorers = LogScorerSerializer(many=True)
    figures = LogFigureSerializer(many=True)
    reported = serializers.IntegerField(help_text="Figures kept as reported; no verdict counts them.")
    notes = serializers.ListField(child=serializers.CharField())
    whole = serializers.BooleanField(help_text="False where only the first rows were looked at.")
    again = serializers.BooleanField()
    log = serializers.IntegerField(allow_null=True, help_text="Its id, once it is taken in.")
    run = serializers.IntegerField(allow_null=True)
    version = serializers.CharField(allow_null=True)


class LogReplySerializer(serializers.Serializer[Any]):
    tasks = LogTaskSerializer(many=True)


class LogImportSerializer(serializers.ModelSerializer[LogUpload]):
    """An import by a worker. tasks: what became of each, once it is done; failure: why it was not, and what to do."""

    rows = serializers.IntegerField(read_only=True, help_text="Of this step, so far.")
    tasks = LogTaskSerializer(many=True, source="told", read_only=True)
    address = serializers.HyperlinkedIdentityField(view_name="api-log-import-detail")

    class Meta:
        model = LogUpload
        fields = [
            "id",
            "name",
            "size",
            "state",
            "step",
            "rows",
            "expected",
            "failure",
            "tasks",
            "address",
            "created_at",
        ]
        read_only_fields = fields


class ImportedLogSerializer(serializers.ModelSerializer[ImportedLog]):
    version = serializers.CharField(source="model_version.label", read_only=True)
    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = ImportedLog
        fields = [
            "id",
            "digest",
            "tool",
            "tool_version",
            "task",
            "model_name",
            "log_id",
            "file_name",
            "made_on",
            "version",
            "run",
            "figures",
            "notes",
            "author",
            "created_at",
        ]
        read_only_fields = fields


class AnyParser(BaseParser):
    """Lets any kind of body through; it is read in pieces."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return {}


class LogViewSet(ReadOnlyModelViewSet[ImportedLog]):
    """Logs of other evaluation tools that were taken in, the newest first."""

    queryset = imported_logs()
    serializer_class = ImportedLogSerializer
    pagination_class = KeysetPages
    parser_classes = [AnyParser]
    scopes = {"create": "write"}
    lookup_value_converter = "int"

    @extend_schema(
        parameters=[LogQuery],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: LogReplySerializer, 201: LogReplySerializer, 202: LogImportSerializer},
    )
    def create(self, request: Request) -> Response:
        """Take in a log: inspect-ai, lm-eval, HELM or Every Eval Ever; of several files send one ZIP. The body is the file.

        `look=yes` answers what is in it and makes nothing. A task with rows becomes cases, an evaluation and a run; figures that no rows
        show are kept as reported, and no verdict counts them. The same log again, in another format too, is 200 and `again`.
        A log of more than 1 MB is imported by a worker: 202 and the `address` that says how far it is. `look=yes` then reads its first
        300 rows of a task, and `whole` is false.
        """
        demand(person(request), "write_facts")
        fields = asked(LogQuery, request)
        name, look = fields.pop("name"), fields.pop("look")
        with TemporaryFile() as stream:
            for piece in body_pieces(request, settings.MAX_LOG_BYTES):
                stream.write(piece)
            large = stream.tell() > AT_ONCE
            if look:
                return self._looked(stream, name, large)
            if large:
                return self._waits(request, stream, name, TakenAs(**fields))
            taken = import_log(
                actor=person(request), stream=cast(Any, stream), name=name, taken_as=TakenAs(**fields)
            )
        told = [as_told(one.looked, one.log, again=one.again) for one in taken]
        new = any(not one.again for one in taken)
        return Response(
            LogReplySerializer({"tasks": told}).data,
            status=status.HTTP_201_CREATED if new else status.HTTP_200_OK,
        )

    def _waits(self, request: Request, stream: Any, name: str, taken_as: TakenAs) -> Response:
        stream.seek(0)
        upload = keep_upload(actor=person(request), files=[(name, stream)])
        upload = queue_import(actor=person(request), upload=upload, taken_as=taken_as)
        told = LogImportSerializer(upload, context={"request": request}).data
        return Response(told, status=status.HTTP_202_ACCEPTED, headers={"Location": told["address"]})

    def _looked(self, stream: Any, name: str, large: bool) -> Response:
        try:
            found = look_at(stream, name, most=LOOKED_AT if large else None)
        except NotALog as problem:
            raise Refused(str(problem), code="not_a_log") from None
        told = [as_told(one, one.again, again=one.again is not None) for one in found]
        return Response(LogReplySerializer({"tasks": told}).data)


class LogImportViewSet(RetrieveModelMixin, GenericViewSet[LogUpload]):
    """How far a worker is with a large log."""

    queryset = LogUpload.objects.all()
    serializer_class = LogImportSerializer
    lookup_value_converter = "int"
