"""Runs: started or opened for pushed results, followed, read sample by sample."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import IDEMPOTENCY_KEY, Body, Reference, asked, checked, idempotency
from config.api.lines import NDJSON, LinesRenderer, LinesView, body_lines, lines_reply
from config.api.paging import KeysetPages
from config.people.access import demand
from config.people.models import Token
from config.people.requests import person
from evaluations.api.datasets import may_read_content
from evaluations.api.samples import SampleSerializer, SamplesQuery, sample_lines, wanted_samples
from evaluations.models import Cap, ModelVersion, Origin, Round, Run, RunAggregate
from evaluations.queries.references import find_evaluation_version, find_model_version
from evaluations.queries.samples import count_samples
from evaluations.services.results import push_results
from evaluations.services.runs import (
    cancel_run,
    finish_push_run,
    open_push_run,
    rescore_run,
    resume_run,
    retry_run,
    start_run,
)

RELATED = (
    "evaluation_version__evaluation",
    "evaluation_version__dataset_version__dataset",
    "model_version__model",
    "prompt_version__prompt",
    "created_by",
)


class RunSerializer(serializers.ModelSerializer[Run]):
    evaluation_version = serializers.StringRelatedField[Any](help_text="slug@number")
    model_version = serializers.StringRelatedField[Any](help_text="slug@name")
    prompt_version = serializers.StringRelatedField[Any](allow_null=True)
    created_by = serializers.StringRelatedField[Any](allow_null=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "round",
            "evaluation_version",
            "model_version",
            "prompt_version",
            "state",
            "origin",
            "priority",
            "generation",
            "total",
            "done",
            "failed",
            "paused_reason",
            "paused_since",
            "failure",
            "training_run",
            "cap_unit",
            "cap",
            "settled",
            "reserved",
            "unknown",
            "cost",
            "currency",
            "calls",
            "calls_unknown",
            "resolved_model",
            "mixed_models",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class AggregateSerializer(serializers.ModelSerializer[RunAggregate]):
    scorer = serializers.CharField(source="scorer_version.scorer.slug", read_only=True)

    class Meta:
        model = RunAggregate
        fields = (
            "scorer",
            "slice",
            "value",
            "items",
            "scored",
            "missing",
            "numerator",
            "denominator",
            "passed",
            "flaky",
            "unparsed",
            "truncated",
            "errored",
        )
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    aggregates = serializers.SerializerMethodField(
        help_text="Sums by scorer, and by slice; of the newest scoring."
    )

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "aggregates")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(AggregateSerializer(many=True))
    def get_aggregates(self, run: Run) -> list[dict[str, Any]]:
        rows = run.aggregates.filter(generation=run.generation).select_related("scorer_version__scorer")
        ordered = rows.order_by("scorer_version__scorer__slug", "slice", "value")
        shown: list[dict[str, Any]] = AggregateSerializer(ordered, many=True).data  # type: ignore[assignment]
        return shown


class RunBody(Body):
    evaluation_version = Reference(
        find_evaluation_version, "evaluation", help_text="slug (its newest version), slug@number or an id"
    )
    model_version = Reference(find_model_version, "version", help_text="slug@name or an id")
    origin = serializers.ChoiceField(
        choices=["push", "api"],
        default="api",
        help_text="push: you send the results; api: we call the model.",
    )
    training_run = serializers.CharField(max_length=120, required=False, allow_blank=True)
    cap = serializers.DecimalField(
        max_digits=18,
        decimal_places=8,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="In cap_unit.",
    )
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    priority = serializers.ChoiceField(choices=Round.Priority.choices, required=False)


class CancelBody(Body):
    reason = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class RejectedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class PushReportSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = RejectedSerializer(many=True)


class ScoreLineSerializer(serializers.Serializer[Any]):
    num = serializers.FloatField()
    den = serializers.FloatField(required=False)
    label = serializers.CharField(required=False, max_length=200)  # type: ignore[assignment]
    rationale = serializers.CharField(required=False, max_length=10_000)


class ErrorLineSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        kinds = serializers.ChoiceField(choices=["model", "infrastructure"])
        return {"class": kinds, **super().get_fields()}


class ResultLineSerializer(serializers.Serializer[Any]):
    """One case and repeat on a line. output, scores or error must be there; a score is a number or an object."""

    case = serializers.CharField(max_length=200)
    repeat = serializers.IntegerField(min_value=1, default=1)
    output = serializers.CharField(required=False)
    scores = serializers.DictField(child=ScoreLineSerializer(), required=False)
    error = ErrorLineSerializer(required=False, allow_null=True)
    latency_ms = serializers.FloatField(required=False, allow_null=True)
    usage = serializers.DictField(child=serializers.IntegerField(), required=False)


class RunFilter(filters.FilterSet):
    evaluation = filters.CharFilter(field_name="evaluation_version__evaluation__slug")
    model = filters.CharFilter(field_name="model_version__model__slug")
    version = filters.CharFilter(method="of_version", label="slug@name or an id")
    state = filters.MultipleChoiceFilter(choices=Run.State.choices)
    origin = filters.ChoiceFilter(choices=Origin.choices)
    round = filters.NumberFilter(field_name="round")
    training_run = filters.CharFilter()

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()

    def of_version(self, runs: QuerySet[Run], _name: str, label: str) -> QuerySet[Run]:
        version: ModelVersion | None = find_model_version(label)
        if version is None:
            raise ValidationError({"version": [f"There is no version “{label[:200]}”."]})
        return runs.filter(model_version=version)


def demand_scope(request: Request, scope: str) -> None:
    """Raise PermissionDenied unless the caller's token has this scope beside the one the call itself needs."""
    if isinstance(request.auth, Token) and scope not in request.auth.scopes:
        raise PermissionDenied(f"This token lacks the scope “{scope}”. Issue one that has it.")


class RunViewSet(LinesView, ReadOnlyModelViewSet[Run]):
    """Runs, newest first."""

    queryset = Run.objects.select_related(*RELATED)
    serializer_class = RunSerializer
    filterset_class = RunFilter
    pagination_class = KeysetPages
    lookup_value_converter = "int"
    scopes = {
        "create": "push",
        "results": "push",
        "finish": "push",
        "cancel": "write",
        "resume": "write",
        "retry": "write",
        "rescore": "write",
    }
    actions = {"cancel": "run", "resume": "run", "retry": "run", "rescore": "run"}

    def _shown(self, run: Run, code: int = status.HTTP_200_OK) -> Response:
        return Response(RunDetailSerializer(self.get_queryset().get(pk=run.pk)).data, status=code)

    @extend_schema(responses=RunDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A run with the sums of its scores."""
        return self._shown(self.get_object())

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=RunBody,
        responses={200: RunDetailSerializer, 201: RunDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Open a run to push results to (`"origin": "push"`, the header is needed), or start one that calls the model.

        Starting one also needs the scope `write`. The same key and body again answer 200 with the same run.
        """
        fields = checked(RunBody, request)
        if fields.pop("origin") == "push":
            return self._open(request, fields)
        demand_scope(request, Token.Scope.WRITE)
        demand(person(request), "run")
        key = idempotency(request)
        known = (
            key
            and Run.objects.filter(
                created_by=person(request), idempotency_key=key["idempotency_key"]
            ).exists()
        )
        run = start_run(actor=person(request), origin=Origin.API, **fields, **key)
        return self._shown(run, status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def _open(self, request: Request, fields: dict[str, Any]) -> Response:
        if beyond := sorted({"cap", "cap_unit", "priority"} & fields.keys()):
            raise ValidationError(
                {name: ["Nothing is called for pushed results; leave it out."] for name in beyond}
            )
        key = idempotency(request, needed=True)
        run, created = open_push_run(actor=person(request), **fields, **key)
        return self._shown(run, status.HTTP_201_CREATED if created else status.HTTP_200_OK)

    @extend_schema(request={NDJSON: ResultLineSerializer}, responses=PushReportSerializer)
    @action(detail=True, methods=["post"])
    def results(self, request: Request, pk: int) -> Response:
        """Push results, one a line; `Content-Encoding: gzip` is accepted. 64 MB and 200,000 lines at once.

        A line that came before counts as duplicate, one with other content is rejected as a conflict. When a push is cut off,
        send it again: what came through is there.
        """
        run = self.get_object()
        report = push_results(run=run, lines=body_lines(request, settings.MAX_PUSH_BYTES))
        rejected = [{"line": line, "reason": reason} for line, reason in report.rejected]
        told = {"accepted": report.accepted, "duplicate": report.duplicate, "rejected": rejected}
        return Response(PushReportSerializer(told).data)

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: int) -> Response:
        """Close a run of pushed results: what was never pushed is missing. Then it is scored and judged."""
        return self._shown(finish_push_run(actor=person(request), run=self.get_object()))

    @extend_schema(request=CancelBody, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop a run: no call of it starts any more."""
        fields = checked(CancelBody, request)
        return self._shown(cancel_run(actor=person(request), run=self.get_object(), **fields))

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """Call again for what is missing of a partial run."""
        return self._shown(resume_run(actor=person(request), run=self.get_object()))

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Queue a failed run again."""
        return self._shown(retry_run(actor=person(request), run=self.get_object()))

    @extend_schema(request=None, responses=RunDetailSerializer)
    @action(detail=True, methods=["post"])
    def rescore(self, request: Request, pk: int) -> Response:
        """Score a finished run again; nobody is called."""
        return self._shown(rescore_run(actor=person(request), run=self.get_object()))

    @extend_schema(parameters=[SamplesQuery], responses={(200, NDJSON): SampleSerializer})
    @action(
        detail=True,
        methods=["get"],
        renderer_classes=[JSONRenderer, LinesRenderer],
        filter_backends=[],
        pagination_class=None,
    )
    def samples(self, request: Request, pk: int) -> StreamingHttpResponse:
        """The samples of a run, one a line.

        Of test cases hash and scores only, unless the token has `read_test`; each such reading is recorded and counted.
        """
        run = self.get_object()
        wanted = wanted_samples(asked(SamplesQuery, request))
        count = count_samples(run, wanted)
        version = run.evaluation_version.dataset_version
        content = may_read_content(request, version, run, samples=count)
        return lines_reply(sample_lines(run, wanted, content=content))
