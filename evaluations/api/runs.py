"""Runs: started or opened for pushed results, followed, read sample by sample."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import IDEMPOTENCY_KEY, asked, checked, idempotency
from config.api.lines import NDJSON, LinesRenderer, LinesView, body_lines, lines_reply
from config.api.paging import KeysetPages
from config.people.access import demand
from config.people.models import Token
from config.people.requests import person
from evaluations.api.datasets import may_read_content
from evaluations.api.failure_modes import (
    LabelBody,
    LabelledSerializer,
    PromoteBody,
    PromotedSerializer,
    RunFailuresQuery,
    RunFailuresSerializer,
    case_ids_of,
)
from evaluations.api.run_shapes import (
    CancelBody,
    PushReportSerializer,
    RescoreBody,
    ResultLineSerializer,
    RunBody,
    RunDetailSerializer,
    RunSerializer,
)
from evaluations.api.samples import SampleSerializer, SamplesQuery, sample_lines, wanted_samples
from evaluations.models import Dataset, ModelVersion, Origin, Run
from evaluations.queries.failure_modes import failure_rows, run_failures
from evaluations.queries.pairs import beside
from evaluations.queries.references import find_model_version
from evaluations.queries.samples import count_samples
from evaluations.services.failure_modes import label_cases
from evaluations.services.promotion import promote_sample
from evaluations.services.rescoring import score_with
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
        "labels": "write",
        "promote": "write",
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
        if beyond := sorted({"cap", "cap_unit", "priority", "reuse", "until_settled"} & fields.keys()):
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

    @extend_schema(request=RescoreBody, responses={200: RunDetailSerializer, 201: RunDetailSerializer})
    @action(detail=True, methods=["post"])
    def rescore(self, request: Request, pk: int) -> Response:
        """Score a finished run again, or by another version of its evaluation as a run of its own; nobody is called."""
        run, version = self.get_object(), checked(RescoreBody, request).get("evaluation_version")
        if version is None:
            return self._shown(rescore_run(actor=person(request), run=run))
        made = score_with(actor=person(request), run=run, evaluation_version=version)
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(parameters=[RunFailuresQuery], responses=RunFailuresSerializer)
    @action(detail=True, methods=["get"], url_path="failure-modes", filter_backends=[], pagination_class=None)
    def failure_modes(self, request: Request, pk: int) -> Response:
        """What goes wrong in the run: each failure mode over all cases and by slice, beside another run when one is named."""
        run, other = self.get_object(), asked(RunFailuresQuery, request).get("vs")
        if other is not None and not beside(run).filter(pk=other.pk).exists():
            raise ValidationError({"vs": [f"Run {other.pk} is not a finished run on the same cases."]})
        found = run_failures(run, other)
        told = {"labelled": found.labelled, "n": found.n, "failure_modes": list(failure_rows(found))}
        return Response(RunFailuresSerializer(told).data)

    @extend_schema(request=LabelBody, responses=LabelledSerializer)
    @action(detail=True, methods=["post"])
    def labels(self, request: Request, pk: int) -> Response:
        """Label cases of the run with a failure mode, or take the label away. Of test cases needs `read_test` too."""
        run, fields = self.get_object(), checked(LabelBody, request)
        if run.evaluation_version.dataset_version.dataset.purpose == Dataset.Purpose.TEST:
            demand_scope(request, Token.Scope.READ_TEST)
        changed = label_cases(
            actor=person(request),
            run=run,
            mode=fields["mode"],
            case_ids=case_ids_of(run, fields["cases"]),
            remove=fields["remove"],
        )
        return Response({"changed": changed})

    @extend_schema(request=PromoteBody, responses={201: PromotedSerializer})
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: int) -> Response:
        """Copy a case of a development run into the draft of a development dataset."""
        fields = checked(PromoteBody, request)
        made = promote_sample(
            actor=person(request), run=self.get_object(), case_key=fields.pop("case"), **fields
        )
        told = {"dataset": made.version.dataset.slug, "number": made.version.number, "key": made.key}
        return Response(told, status=status.HTTP_201_CREATED)

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
