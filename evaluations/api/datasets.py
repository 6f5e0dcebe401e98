"""Datasets: drafts take cases from files, publishing freezes them, and the content of test cases is guarded."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import Http404, StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, asked, checked
from config.api.lines import NDJSON, LinesRenderer, LinesView, body_pieces, lines_reply
from config.errors import Refused
from config.people.permissions import holds_scope
from config.people.requests import person
from config.strict_json import BadJSON, strict_json
from evaluations.importers import CaseFile, read_cases
from evaluations.models import Dataset, DatasetVersion
from evaluations.queries.cases import cases_of_version
from evaluations.queries.references import find_dataset_version
from evaluations.services.datasets import (
    add_cases,
    change_dataset,
    create_dataset,
    open_draft,
    publish_version,
    retire_version,
)
from evaluations.services.exposures import record_exposure

FORMATS = {
    "text/csv": "cases.csv",
    "text/tab-separated-values": "cases.tsv",
    NDJSON: "cases.jsonl",
    "application/jsonl": "cases.jsonl",
    "application/json": "list",
}


class DatasetVersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    state = serializers.ChoiceField(choices=["draft", "frozen", "retired"], read_only=True)

    class Meta:
        model = DatasetVersion
        fields = (
            "id",
            "number",
            "state",
            "case_count",
            "hash",
            "note",
            "created_at",
            "frozen_at",
            "retired_at",
            "retired_reason",
        )
        read_only_fields = fields


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    versions = DatasetVersionSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = Dataset
        fields = (
            "slug",
            "name",
            "description",
            "origin",
            "licence",
            "purpose",
            "may_leave",
            "created_at",
            "versions",
        )
        read_only_fields = fields


class DatasetBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    origin = serializers.CharField(max_length=300, required=False, allow_blank=True)
    licence = serializers.CharField(max_length=80, required=False, allow_blank=True)
    purpose = serializers.ChoiceField(choices=Dataset.Purpose.choices, required=False)
    may_leave = serializers.BooleanField(required=False, help_text="May go to a competitor's API.")
    canary = serializers.CharField(max_length=80, required=False, allow_blank=True)


class ChangeDatasetBody(Body):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    origin = serializers.CharField(max_length=300, required=False, allow_blank=True)
    licence = serializers.CharField(max_length=80, required=False, allow_blank=True)
    purpose = serializers.ChoiceField(
        choices=Dataset.Purpose.choices,
        required=False,
        help_text="Refused once a version is published, or test cases are in it.",
    )
    may_leave = serializers.BooleanField(required=False, help_text="Counts for runs started from now on.")


class CaseSerializer(serializers.Serializer[Any]):
    """A case on a line. Of test cases input, target and metadata are there for holders of read_test only."""

    key = serializers.CharField()
    hash = serializers.CharField()
    slices = serializers.DictField(child=serializers.CharField())
    cluster = serializers.CharField()
    input = serializers.JSONField(required=False)
    target = serializers.JSONField(required=False)
    metadata = serializers.DictField(required=False)


class GivenCaseSerializer(serializers.Serializer[Any]):
    """A case as docs/files.md describes a line of JSONL."""

    key = serializers.CharField(required=False)
    input = serializers.JSONField()
    target = serializers.JSONField(required=False)
    slices = serializers.DictField(required=False)
    cluster = serializers.CharField(required=False)
    metadata = serializers.DictField(required=False)


class RowProblemSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="0 speaks of the whole file.")
    reason = serializers.CharField()
    row_kept = serializers.BooleanField()


class ImportReportSerializer(serializers.Serializer[Any]):
    imported = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Number of the draft they are in.")
    problems = RowProblemSerializer(many=True)


class ImportQuery(serializers.Serializer[Any]):
    good_rows = serializers.ChoiceField(
        choices=["yes", "no"], default="no", help_text="yes: import the good rows though others are bad."
    )


class VersionQuery(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Number; the newest published when absent.",
    )


class RetireBody(Body):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    reason = serializers.CharField(max_length=10_000)


class DatasetFilter(filters.FilterSet):
    purpose = filters.ChoiceFilter(choices=Dataset.Purpose.choices)
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Dataset
        fields: tuple[str, ...] = ()


class DatasetViewSet(LinesView, ReadOnlyModelViewSet[Dataset]):
    """Datasets with their versions."""

    queryset = Dataset.objects.prefetch_related("versions").order_by("slug")
    serializer_class = DatasetSerializer
    filterset_class = DatasetFilter
    lookup_field = "slug"
    scopes = dict.fromkeys(("create", "partial_update", "import_cases", "publish", "retire"), "write")

    def _shown(self, dataset_id: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(DatasetSerializer(self.get_queryset().get(pk=dataset_id)).data, status=code)

    @extend_schema(request=DatasetBody, responses={201: DatasetSerializer})
    def create(self, request: Request) -> Response:
        """A dataset with an empty draft as version 1."""
        made = create_dataset(actor=person(request), **checked(DatasetBody, request))
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeDatasetBody, responses=DatasetSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change what it says of itself; its cases are changed in a draft."""
        dataset = self.get_object()
        change_dataset(actor=person(request), dataset=dataset, **checked(ChangeDatasetBody, request))
        return self._shown(dataset.pk)

    @extend_schema(
        parameters=[
            OpenApiParameter("version", int, description="Number; the newest published when absent.")
        ],
        responses={(200, NDJSON): CaseSerializer},
    )
    @action(
        detail=True,
        methods=["get"],
        renderer_classes=[JSONRenderer, LinesRenderer],
        filter_backends=[],
        pagination_class=None,
    )
    def cases(self, request: Request, slug: str) -> StreamingHttpResponse:
        """The cases of a version, one a line. Reading the content of test cases needs `read_test` and is recorded."""
        number = asked(VersionQuery, request).get("version")
        version = find_dataset_version(f"{slug}@{number}" if number else slug)
        if version is None:
            raise Http404
        content = may_read_content(request, version, run=None)
        return lines_reply(cases_of_version(version, content=content))

    @extend_schema(
        parameters=[ImportQuery],
        request={
            NDJSON: GivenCaseSerializer,
            "text/csv": OpenApiTypes.STR,
            "application/json": GivenCaseSerializer(many=True),
        },
        responses={200: ImportReportSerializer},
    )
    @cases.mapping.post
    def import_cases(self, request: Request, slug: str) -> Response:
        """Add cases to the draft, which is opened when there is none.

        JSONL, CSV or a JSON list of objects. Bad rows are reported by line and reason with 422 and nothing is imported, unless
        `good_rows=yes`.
        """
        wanted = asked(ImportQuery, request)["good_rows"] == "yes"
        dataset = self.get_object()
        found = _case_file(request)
        _refuse_bad_rows(found, good_rows=wanted)
        draft = open_draft(actor=person(request), dataset=dataset)
        imported = add_cases(actor=person(request), version=draft, cases=found.rows)
        report = {"imported": imported, "version": draft.number, "problems": _told(found)}
        return Response(ImportReportSerializer(report).data)

    @extend_schema(request=None, responses=DatasetSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, slug: str) -> Response:
        """Freeze the draft: from now on evaluations may use it."""
        dataset = self.get_object()
        draft = dataset.versions.filter(frozen_at=None).first()
        if draft is None:
            raise Refused(f"{dataset.slug} has no draft to publish. Add cases first.", code="no_draft")
        publish_version(actor=person(request), version=draft)
        return self._shown(dataset.pk)

    @extend_schema(request=RetireBody, responses=DatasetSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, slug: str) -> Response:
        """Say that a published version should no longer be used, and why."""
        fields = checked(RetireBody, request)
        version = find_dataset_version(f"{slug}@{fields['version']}")
        if version is None:
            raise Http404
        retire_version(actor=person(request), version=version, reason=fields["reason"])
        return self._shown(version.dataset_id)


def may_read_content(request: Request, version: DatasetVersion, run: Any, samples: int | None = None) -> bool:
    """Whether content may be shown to this caller; a reading of test content is recorded at once.

    samples: how many will be shown, all cases of the version when None.
    """
    if version.dataset.purpose == Dataset.Purpose.DEV:
        return True
    if not holds_scope(request, "read_test"):
        return False
    count = version.case_count if samples is None else samples
    record_exposure(user=person(request), dataset_version=version, run=run, samples=count, via="api")
    return True


def _case_file(request: Request) -> CaseFile:
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in FORMATS:
        raise UnsupportedMediaType(kind, f"Send {', '.join(FORMATS)}, not “{kind[:60]}”.")
    body = b"".join(body_pieces(request, settings.MAX_PUSH_BYTES))
    if FORMATS[kind] == "list":
        return read_cases(BytesIO(b"\n".join(_listed(body))), "cases.jsonl")
    return read_cases(BytesIO(body), FORMATS[kind])


def _listed(body: bytes) -> Iterator[bytes]:
    """The entries of a JSON list as lines, so that entry 3 is reported as line 3."""
    try:
        entries = strict_json(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except BadJSON as error:
        raise ParseError(str(error)) from None
    if not isinstance(entries, list):
        raise ParseError("Send a JSON list of cases.")
    for entry in entries:
        yield json.dumps(entry, ensure_ascii=False).encode()


def _refuse_bad_rows(found: CaseFile, *, good_rows: bool) -> None:
    bad = [problem for problem in found.problems if not problem.row_kept]
    if found.rows and not found.stopped and (good_rows or not bad):
        return
    count = f"{len(bad)} row{'' if len(bad) == 1 else 's'} cannot be used"
    raise Refused(
        f"{count}; nothing was imported. Mend them, or ask for the good rows with good_rows=yes.",
        code="bad_rows",
        fields={"rows": _told(found), "good_rows": len(found.rows)},
    )


def _told(found: CaseFile) -> list[Mapping[str, Any]]:
    return [
        {"line": problem.line, "reason": problem.reason, "row_kept": problem.row_kept}
        for problem in found.problems
    ]
