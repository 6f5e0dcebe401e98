"""Evaluations: everything that must be the same for two runs to be compared, in immutable versions."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404, StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from config.api.bodies import Body, Reference, asked, checked
from config.api.lines import NDJSON, LinesRenderer, LinesView, lines_reply
from config.people.requests import person
from evaluations.api.datasets import may_read_content
from evaluations.models import Evaluation, EvaluationVersion, ModelVersion
from evaluations.queries.cases import cases_to_run
from evaluations.queries.references import (
    find_dataset_version,
    find_evaluation_version,
    find_model_version,
    find_prompt_version,
    find_scorer_version,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.guards import prompt_for
from evaluations.services.rescoring import score_latest_with


def evaluation_versions() -> QuerySet[EvaluationVersion]:
    """Versions with all that is shown of them. Two queries."""
    related = ("evaluation", "dataset_version__dataset", "prompt_version__prompt")
    return EvaluationVersion.objects.select_related(*related).prefetch_related("scorers__scorer")


class EvaluationVersionSerializer(serializers.ModelSerializer[EvaluationVersion]):
    label = serializers.CharField(source="__str__", read_only=True, help_text="slug@number")  # type: ignore[assignment]
    evaluation = serializers.CharField(source="evaluation.slug", read_only=True)
    name = serializers.CharField(source="evaluation.name", read_only=True)
    dataset = serializers.CharField(source="dataset_version.dataset.slug", read_only=True)
    dataset_version = serializers.IntegerField(source="dataset_version.number", read_only=True)
    purpose = serializers.CharField(source="dataset_version.dataset.purpose", read_only=True)
    cases = serializers.IntegerField(source="dataset_version.case_count", read_only=True)
    prompt_version = serializers.StringRelatedField[Any](allow_null=True)
    scorers = serializers.StringRelatedField[Any](
        many=True, read_only=True, help_text="slug@number of each scorer"
    )

    class Meta:
        model = EvaluationVersion
        fields = (
            "id",
            "label",
            "evaluation",
            "name",
            "number",
            "dataset",
            "dataset_version",
            "purpose",
            "cases",
            "prompt_version",
            "prompt_policy",
            "scorers",
            "parameters",
            "repeats",
            "fingerprint",
            "created_at",
        )
        read_only_fields = fields


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    versions = EvaluationVersionSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = Evaluation
        fields = ("slug", "name", "description", "created_at", "versions")
        read_only_fields = fields


class EvaluationBody(Body):
    slug = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=120, required=False)
    dataset_version = Reference(
        find_dataset_version, "dataset version", help_text="slug (newest published) or slug@number"
    )
    scorer_versions = serializers.ListField(
        child=Reference(find_scorer_version, "scorer"), max_length=50, help_text="slug or slug@number each"
    )
    prompt_version = Reference(
        find_prompt_version, "prompt", required=False, allow_null=True, help_text="slug or slug@number"
    )
    prompt_policy = serializers.ChoiceField(choices=EvaluationVersion.PromptPolicy.choices, required=False)
    parameters = serializers.DictField(required=False)
    repeats = serializers.IntegerField(min_value=1, max_value=100, required=False)


class CaseToRunSerializer(serializers.Serializer[Any]):
    """A case on a line. input, target and metadata: for development cases, or with the scope read_test."""

    key = serializers.CharField()
    hash = serializers.CharField()
    slices = serializers.DictField(child=serializers.CharField())
    cluster = serializers.CharField()
    messages = serializers.ListField(
        child=serializers.DictField(),
        allow_null=True,
        help_text="As the model is asked; null where the prompt asks for what the case does not have.",
    )
    input = serializers.JSONField(required=False)
    target = serializers.JSONField(required=False)
    metadata = serializers.DictField(required=False)


class RescoredSerializer(serializers.Serializer[Any]):
    """runs: ids of the new runs; problems: a sentence for each run whose answers could not be taken."""

    runs = serializers.ListField(child=serializers.IntegerField())
    problems = serializers.ListField(child=serializers.CharField())


class CasesQuery(serializers.Serializer[Any]):
    version = Reference(
        find_model_version,
        "version",
        required=False,
        help_text="slug@name or an id: whose own prompt is rendered, where each version brings its own.",
    )


class EvaluationFilter(filters.FilterSet):
    dataset = filters.CharFilter(field_name="versions__dataset_version__dataset__slug", distinct=True)
    scorer = filters.CharFilter(field_name="versions__scorers__scorer__slug", distinct=True)
    suite = filters.CharFilter(field_name="suites__slug", distinct=True)
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Evaluation
        fields: tuple[str, ...] = ()


class EvaluationViewSet(LinesView, ReadOnlyModelViewSet[Evaluation]):
    """Evaluations with their versions; one version by `slug` (its newest), `slug@number` or its id."""

    queryset = Evaluation.objects.prefetch_related(
        Prefetch("versions", evaluation_versions().order_by("-number"))
    ).order_by("slug")
    serializer_class = EvaluationSerializer
    filterset_class = EvaluationFilter
    lookup_url_kwarg = "evaluation"
    lookup_field = "slug"
    scopes = {"create": "write", "rescore": "write"}
    actions = {"rescore": "run"}

    def _version(self) -> EvaluationVersion:
        if (found := find_evaluation_version(self.kwargs["evaluation"])) is None:
            raise Http404
        return found

    @extend_schema(responses=EvaluationVersionSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One version of an evaluation."""
        version = evaluation_versions().get(pk=self._version().pk)
        return Response(EvaluationVersionSerializer(version).data)

    @extend_schema(request=EvaluationBody, responses={201: EvaluationVersionSerializer})
    def create(self, request: Request) -> Response:
        """The next version of an evaluation, which is made when its slug is new. The same content again makes none."""
        made = create_evaluation_version(actor=person(request), **checked(EvaluationBody, request))
        shown = EvaluationVersionSerializer(evaluation_versions().get(pk=made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RescoredSerializer)
    @action(detail=True, methods=["post"])
    def rescore(self, request: Request, evaluation: str) -> Response:
        """Score the newest answers of every model version by this version; nobody is called, the old runs stay.

        Taken are runs of earlier versions that asked exactly the same; why others are not is said in `problems`.
        """
        told = score_latest_with(actor=person(request), evaluation_version=self._version())
        return Response({"runs": [run.pk for run in told.runs], "problems": told.problems})

    @extend_schema(parameters=[CasesQuery], responses={(200, NDJSON): CaseToRunSerializer})
    @action(
        detail=True,
        methods=["get"],
        renderer_classes=[JSONRenderer, LinesRenderer],
        filter_backends=[],
        pagination_class=None,
    )
    def cases(self, request: Request, evaluation: str) -> StreamingHttpResponse:
        """What a runner asks the model: every case with its rendered messages, one a line.

        Targets are there for development cases or with the scope `read_test`; reading them on a test set is recorded.
        """
        version = self._version()
        prompt_of: ModelVersion | None = asked(CasesQuery, request).get("version")
        own = version.prompt_policy == EvaluationVersion.PromptPolicy.OWN
        if own and prompt_of is None:
            raise ValidationError(
                {"version": ["Each version brings its own prompt here; name the version you run."]}
            )
        prompt = prompt_for(version, prompt_of) if prompt_of else version.prompt_version
        targets = may_read_content(request, version.dataset_version, run=None)
        return lines_reply(cases_to_run(version, prompt.messages if prompt else [], targets=targets))
