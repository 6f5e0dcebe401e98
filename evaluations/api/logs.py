"""Logs of other evaluation tools over the API: sent as they are, looked at or taken in at once."""

from dataclasses import asdict
from tempfile import TemporaryFile
from typing import Any, cast

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, asked
from config.api.lines import body_pieces
from config.api.paging import KeysetPages
from config.errors import Refused
from config.people.access import demand
from config.people.requests import person
from evaluations.importers import NotALog
from evaluations.models import Dataset, ImportedLog, Kind, Side
from evaluations.queries.logs import Looked, as_figures, imported_logs, look_at
from evaluations.queries.references import find_model_version
from evaluations.services.log_imports import Taken, TakenAs, import_log


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
    again = serializers.BooleanField()
    log = serializers.IntegerField(allow_null=True, help_text="Its id, once it is taken in.")
    run = serializers.IntegerField(allow_null=True)
    version = serializers.CharField(allow_null=True)


class LogReplySerializer(serializers.Serializer[Any]):
    tasks = LogTaskSerializer(many=True)


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
        responses={200: LogReplySerializer, 201: LogReplySerializer},
    )
    def create(self, request: Request) -> Response:
        """Take in a log: inspect-ai, lm-eval, HELM or Every Eval Ever; of several files send one ZIP. The body is the file.

        `look=yes` answers what is in it and makes nothing. A task with rows becomes cases, an evaluation and a run; figures that no rows
        show are kept as reported, and no verdict counts them. The same log again, in another format too, is 200 and `again`.
        """
        demand(person(request), "write_facts")
        fields = asked(LogQuery, request)
        name, look = fields.pop("name"), fields.pop("look")
        with TemporaryFile() as stream:
            for piece in body_pieces(request, settings.MAX_LOG_BYTES):
                stream.write(piece)
            if look:
                return self._looked(stream, name)
            taken = import_log(
                actor=person(request), stream=cast(Any, stream), name=name, taken_as=TakenAs(**fields)
            )
        told = [_told(one.looked, one) for one in taken]
        new = any(not one.again for one in taken)
        return Response(
            LogReplySerializer({"tasks": told}).data,
            status=status.HTTP_201_CREATED if new else status.HTTP_200_OK,
        )

    def _looked(self, stream: Any, name: str) -> Response:
        try:
            found = look_at(stream, name)
        except NotALog as problem:
            raise Refused(str(problem), code="not_a_log") from None
        return Response(LogReplySerializer({"tasks": [_told(one) for one in found]}).data)


def _told(found: Looked, taken: Taken | None = None) -> dict[str, Any]:
    log = taken.log if taken else found.again
    return {
        "tool": found.tool,
        "task": found.task.name,
        "model": found.task.model,
        **{
            name: getattr(found, name) for name in ("rows", "cases", "epochs", "errors", "unscored", "absent")
        },
        "scorers": [asdict(one) for one in found.scorers],
        "figures": as_figures(found.figures),
        "reported": len(found.reported),
        "notes": [*found.task.notes, *(words for words, _ in found.problems)],
        "again": taken.again if taken else found.again is not None,
        "log": log.pk if log else None,
        "run": log.run_id if log else None,
        "version": log.model_version.label if log else None,
    }
