"""Datasets: drafts take cases from files, publishing freezes them, and the content of test cases is guarded."""

from typing import Any

from django.http import Http404, StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, asked, checked
from config.api.lines import NDJSON, LinesRenderer, LinesView, lines_reply
from config.errors import Refused
from config.people.access import sentence
from config.people.permissions import holds_scope
from config.people.requests import person
from evaluations.api.case_files import case_file, refuse_bad_rows, told
from evaluations.models import Dataset, DatasetVersion
from evaluations.queries.cases import cases_of_version
from evaluations.queries.datasets import archive_of
from evaluations.queries.duplicates import findings_of
from evaluations.queries.references import find_dataset_version
from evaluations.services.case_files import import_cases
from evaluations.services.datasets import (
    change_dataset,
    create_dataset,
    open_draft,
    publish_version,
    retire_version,
)
from evaluations.services.exposures import record_exposure
from evaluations.services.task_takeover import MOST, cases_of_task


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


class TaskCasesBody(Body):
    task = serializers.CharField(max_length=200, help_text="By its name in inspect's registry.")
    arguments = serializers.DictField(required=False, default=dict, help_text="What it is made with.")
    most = serializers.IntegerField(
        min_value=1, max_value=MOST, required=False, default=MOST, help_text="Samples, from the first."
    )


class VersionQuery(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text="Number; the newest published when absent.",
    )


class PublishBody(Body):
    overlap_reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=1_000,
        help_text="Why it may share inputs with a dataset of the other purpose; needed where it does.",
    )


class OverlapSerializer(serializers.Serializer[Any]):
    """A case whose input another dataset has too."""

    key = serializers.CharField()
    other_dataset = serializers.CharField()
    other_key = serializers.CharField()


class NearSerializer(serializers.Serializer[Any]):
    """Two cases whose inputs are nearly the same; other_dataset is empty within the version."""

    key = serializers.CharField()
    other_key = serializers.CharField()
    other_dataset = serializers.CharField()
    likeness = serializers.FloatField(help_text="0 to 1.")


class DoublesSerializer(serializers.Serializer[Any]):
    """At most 200 of each."""

    twice = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Keys of the same input."
    )
    near = NearSerializer(many=True)
    split = OverlapSerializer(many=True, help_text="Inputs of a dataset of the other purpose.")
    near_split = NearSerializer(many=True)
    elsewhere = OverlapSerializer(many=True, help_text="Inputs of another dataset of the same purpose.")
    unread = serializers.IntegerField(help_text="Cases not compared for near doubles: too many.")


class CasesQuery(VersionQuery):
    archive = serializers.ChoiceField(
        choices=["yes", "no"],
        default="no",
        help_text="yes: one ZIP with the attachments, which can be imported again.",
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
    scopes = dict.fromkeys(
        ("create", "partial_update", "import_cases", "task_cases", "draft", "publish", "retire"), "write"
    )

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
        parameters=[CasesQuery],
        responses={(200, NDJSON): CaseSerializer, (200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(
        detail=True,
        methods=["get"],
        renderer_classes=[JSONRenderer, LinesRenderer],
        filter_backends=[],
        pagination_class=None,
    )
    def cases(self, request: Request, slug: str) -> StreamingHttpResponse:
        """The cases of a version, one a line, or as a ZIP. Reading the content of test cases needs `read_test` and is recorded."""
        query = asked(CasesQuery, request)
        number = query.get("version")
        version = find_dataset_version(f"{slug}@{number}" if number else slug)
        if version is None:
            raise Http404
        content = may_read_content(request, version, run=None)
        if query["archive"] == "yes":
            if not content:
                raise PermissionDenied(sentence("read_test"))
            return StreamingHttpResponse(archive_of(version), content_type="application/zip")
        return lines_reply(cases_of_version(version, content=content))

    @extend_schema(
        parameters=[ImportQuery],
        request={
            NDJSON: GivenCaseSerializer,
            "text/csv": OpenApiTypes.STR,
            "application/vnd.apache.parquet": OpenApiTypes.BINARY,
            "application/zip": OpenApiTypes.BINARY,
            "application/json": GivenCaseSerializer(many=True),
        },
        responses={200: ImportReportSerializer},
    )
    @cases.mapping.post
    def import_cases(self, request: Request, slug: str) -> Response:
        """Add cases to the draft, which is opened when there is none.

        JSONL, CSV, Parquet, a JSON list of objects, or a ZIP of a JSONL or CSV and the files its rows name as attachments.
        Bad rows are reported by line and reason with 422 and nothing is imported, unless
        `good_rows=yes`.
        """
        wanted = asked(ImportQuery, request)["good_rows"] == "yes"
        dataset = self.get_object()
        packed = case_file(request)
        found = packed.found
        refuse_bad_rows(found, good_rows=wanted)
        draft = import_cases(actor=person(request), dataset=dataset, rows=found.rows, files=packed.files)
        report = {"imported": len(found.rows), "version": draft.number, "problems": told(found)}
        return Response(ImportReportSerializer(report).data)

    @extend_schema(request=TaskCasesBody, responses=ImportReportSerializer)
    @action(detail=True, methods=["post"], url_path="task-cases")
    def task_cases(self, request: Request, slug: str) -> Response:
        """Add the samples of a task of inspect-ai to the draft, which is opened when there is none; the task has to be installed there."""
        given, dataset = checked(TaskCasesBody, request), self.get_object()
        found = cases_of_task(name=given["task"], arguments=given["arguments"], most=given["most"])
        refuse_bad_rows(found, good_rows=False)
        draft = import_cases(actor=person(request), dataset=dataset, rows=found.rows, files={})
        report = {"imported": len(found.rows), "version": draft.number, "problems": told(found)}
        return Response(ImportReportSerializer(report).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("version", int, description="Number; the newest published when absent.")
        ],
        responses=DoublesSerializer,
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def doubles(self, request: Request, slug: str) -> Response:
        """Inputs that are there twice or nearly so, in this version, and in other datasets. Keys only."""
        number = asked(VersionQuery, request).get("version")
        version = find_dataset_version(f"{slug}@{number}" if number else slug)
        if version is None:
            raise Http404
        return Response(DoublesSerializer(findings_of(version)).data)

    @extend_schema(request=None, responses=DatasetSerializer)
    @action(detail=True, methods=["post"])
    def draft(self, request: Request, slug: str) -> Response:
        """Open a draft as a copy of the newest version; where one is open this changes nothing."""
        dataset = self.get_object()
        open_draft(actor=person(request), dataset=dataset)
        return self._shown(dataset.pk)

    @extend_schema(request=PublishBody, responses=DatasetSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, slug: str) -> Response:
        """Freeze the draft: from now on evaluations may use it.

        Refused (422) where inputs are in a dataset of the other purpose, unless `overlap_reason` says why that may be.
        """
        reason = checked(PublishBody, request).get("overlap_reason", "")
        dataset = self.get_object()
        draft = dataset.versions.filter(frozen_at=None).first()
        if draft is None:
            raise Refused(f"{dataset.slug} has no draft to publish. Add cases first.", code="no_draft")
        publish_version(actor=person(request), version=draft, overlap_reason=reason)
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
