"""Problems, what was concluded of them, and the requirements that follow."""

from typing import Any

from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.api.remarks import RemarkBody, RemarkSerializer
from capabilities.models import Assessment, AssessmentEvidence, Problem, ProblemRequirement
from capabilities.queries.problems import find_problem, looked, problem_page, with_conclusion
from capabilities.queries.references import find_product
from capabilities.services.assessing import Draft, Evidence, assess, draft_requirements
from capabilities.services.problems import create_problem, decline, edit_problem, reopen_problem
from capabilities.services.remarks import remark
from capabilities.worksheet import ANSWERS, QUESTIONS
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.api.comparisons import ComparisonSerializer
from evaluations.api.samples import find_run
from evaluations.models import Kind, Scorer

WORDS = ("who", "what", "today", "how_often", "wrong_cost", "silent_cost", "aim", "data", "kind")
CHANGES = ("create", "partial_update", "assess", "decline", "reopen", "drafts")


def find_scorer(slug: str) -> Scorer | None:
    return Scorer.objects.filter(slug=slug).first()


class ProblemSerializer(serializers.ModelSerializer[Problem]):
    """conclusion: of the newest assessment. newer_version: id of a version of its kind that came after it, worth another look."""

    key = serializers.CharField(read_only=True)
    product = serializers.CharField(source="product.key", read_only=True)
    conclusion = serializers.CharField(read_only=True, allow_null=True)
    assessed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    newer_version = serializers.IntegerField(source="newer", read_only=True, allow_null=True)

    class Meta:
        model = Problem
        fields = (
            "key",
            "product",
            "title",
            *WORDS,
            "state",
            "state_reason",
            "conclusion",
            "assessed_at",
            "newer_version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class WorksheetAnswerSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(source="question.slug")
    words = serializers.CharField(source="question.words")
    answer = serializers.CharField()
    note = serializers.CharField()
    points = serializers.CharField(help_text="Which way the answer points.")


class ProblemComparisonSerializer(serializers.Serializer[Any]):
    """comparison: as it stands now, null where the two cannot be compared any more and `sentence` says why."""

    run = serializers.IntegerField(source="evidence.run_id")
    against = serializers.IntegerField(source="evidence.against_id")
    scorer = serializers.CharField(source="evidence.scorer.slug")
    against_is = serializers.CharField(source="evidence.against_is")
    sentence = serializers.CharField(source="words")
    comparison = serializers.SerializerMethodField()

    @extend_schema_field(ComparisonSerializer(allow_null=True))
    def get_comparison(self, reading: Any) -> Any:
        return reading.comparison.as_json() if reading.comparison else None


class AssessmentSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="assessment.number")
    conclusion = serializers.CharField(source="assessment.conclusion")
    reason = serializers.CharField(source="assessment.reason")
    ai_part = serializers.CharField(source="assessment.ai_part")
    rules_part = serializers.CharField(source="assessment.rules_part")
    author = serializers.CharField(source="assessment.author.username", allow_null=True, default=None)
    created_at = serializers.DateTimeField(source="assessment.created_at")
    answers = WorksheetAnswerSerializer(many=True)
    comparisons = ProblemComparisonSerializer(source="evidence", many=True)


class FollowingSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField(source="requirement.key")
    part = serializers.CharField()
    assessment = serializers.IntegerField(source="assessment.number")


class ProblemDetailSerializer(ProblemSerializer):
    """assessment: the newest, with its evidence as that stands now."""

    assessment = AssessmentSerializer(source="page.now", allow_null=True, read_only=True)
    requirements = FollowingSerializer(source="page.links", many=True, read_only=True)
    remarks = RemarkSerializer(source="page.remarks", many=True, read_only=True)

    class Meta(ProblemSerializer.Meta):
        fields = (*ProblemSerializer.Meta.fields, "assessment", "requirements", "remarks")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class ChangeProblemBody(Body):
    title = serializers.CharField(max_length=160, required=False)
    who = serializers.CharField(max_length=20_000, required=False)
    what = serializers.CharField(max_length=20_000, required=False)
    today = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    how_often = serializers.CharField(max_length=300, required=False, allow_blank=True)
    wrong_cost = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    silent_cost = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    aim = serializers.ChoiceField(choices=Problem.Aim.choices, required=False)
    data = serializers.CharField(max_length=20_000, required=False, allow_blank=True)  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)


class ProblemBody(ChangeProblemBody):
    product = OwnedReference(find_product, "product", help_text="Key.")
    title = serializers.CharField(max_length=160)
    who = serializers.CharField(max_length=20_000)
    what = serializers.CharField(max_length=20_000)


class ProblemComparisonBody(Body):
    run = Reference(find_run, "run", help_text="Id of a finished run: the candidate.")
    against = Reference(find_run, "run", help_text="Id of the run it is compared with, on the same cases.")
    scorer = Reference(find_scorer, "scorer", help_text="Slug.")
    against_is = serializers.ChoiceField(
        choices=AssessmentEvidence.Against.choices, default=AssessmentEvidence.Against.CANDIDATE
    )


class WorksheetAnswerBody(Body):
    question = serializers.ChoiceField(choices=[(one.slug, one.words) for one in QUESTIONS])
    answer = serializers.ChoiceField(choices=list(ANSWERS.items()))
    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True, default="")


class AssessBody(Body):
    conclusion = serializers.ChoiceField(choices=Assessment.Conclusion.choices)
    reason = serializers.CharField(max_length=20_000)
    answers = WorksheetAnswerBody(many=True, required=False, help_text="What is left out is not known.")
    comparisons = ProblemComparisonBody(many=True, required=False)
    ai_part = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")
    rules_part = serializers.CharField(max_length=20_000, required=False, allow_blank=True, default="")


class WhyBody(Body):
    reason = serializers.CharField(max_length=4_000)


class PartDraftBody(Body):
    part = serializers.ChoiceField(choices=ProblemRequirement.Part.choices)
    title = serializers.CharField(max_length=200)
    shall = serializers.CharField(max_length=20_000)


class PartDraftsBody(Body):
    drafts = PartDraftBody(many=True, allow_empty=False)


class ProblemFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__key")
    state = filters.ChoiceFilter(choices=Problem.State.choices)
    conclusion = filters.ChoiceFilter(choices=Assessment.Conclusion.choices)
    due = filters.BooleanFilter(
        field_name="newer", lookup_expr="isnull", exclude=True, label="Worth another look."
    )

    class Meta:
        model = Problem
        fields: tuple[str, ...] = ()


class ProblemViewSet(OwnedViewSet[Problem]):
    """Problems of products: is this one for AI?"""

    queryset = with_conclusion(Problem.objects.all()).order_by("product__key", "number")
    serializer_class = ProblemSerializer
    filterset_class = ProblemFilter
    lookup_url_kwarg = "key"
    lookup_field = "key"
    scopes = dict.fromkeys((*CHANGES, "remarks"), "write")
    actions = dict.fromkeys(CHANGES, "write_requirements") | {"remarks": "read"}

    def get_object(self) -> Problem:
        if (found := find_problem(person(self.request), self.kwargs["key"])) is None:
            raise Http404
        return found

    @extend_schema(responses=ProblemDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One problem with what was concluded, on what, and what follows."""
        return self._shown(self.row)

    @extend_schema(request=ProblemBody, responses={201: ProblemDetailSerializer})
    def create(self, request: Request) -> Response:
        """Write a problem down; title, who and what are needed."""
        made = create_problem(actor=person(request), **checked(ProblemBody, request))
        return self._shown(made, status.HTTP_201_CREATED)

    @extend_schema(request=ChangeProblemBody, responses=ProblemDetailSerializer)
    def partial_update(self, request: Request, key: str) -> Response:
        """Put it in other words; the audit keeps the earlier ones."""
        fields = checked(ChangeProblemBody, request)
        return self._shown(edit_problem(actor=person(request), problem=self.row, **fields))

    @extend_schema(request=AssessBody, responses={201: AssessmentSerializer})
    @action(detail=True, methods=["post"])
    def assess(self, request: Request, key: str) -> Response:
        """Conclude, with the reason. It is never changed; a later assessment stands beside it."""
        given = checked(AssessBody, request)
        answers = {one.pop("question"): one for one in given.pop("answers", [])}
        evidence = [Evidence(**one) for one in given.pop("comparisons", [])]
        made = assess(actor=person(request), problem=self.row, answers=answers, evidence=evidence, **given)
        return Response(AssessmentSerializer(looked(made)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=AssessmentSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def assessments(self, request: Request, key: str) -> Response:
        """Every assessment, the newest first, each with its evidence as that stands now."""
        rows = self.row.assessments.select_related("author")[:50]
        return Response(AssessmentSerializer([looked(one) for one in rows], many=True).data)

    @extend_schema(request=WhyBody, responses=ProblemDetailSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, key: str) -> Response:
        """Not with a model, with the reason."""
        reason = checked(WhyBody, request)["reason"]
        return self._shown(decline(actor=person(request), problem=self.row, reason=reason))

    @extend_schema(request=WhyBody, responses=ProblemDetailSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, key: str) -> Response:
        """Take up again what was adopted or declined."""
        reason = checked(WhyBody, request)["reason"]
        return self._shown(reopen_problem(actor=person(request), problem=self.row, reason=reason))

    @extend_schema(request=PartDraftsBody, responses={201: ProblemDetailSerializer})
    @action(detail=True, methods=["post"])
    def drafts(self, request: Request, key: str) -> Response:
        """Draft the requirements that follow from the newest conclusion; of a hybrid each part its own."""
        drafts = [Draft(**one) for one in checked(PartDraftsBody, request)["drafts"]]
        draft_requirements(actor=person(request), problem=self.row, drafts=drafts)
        return self._shown(self.row, status.HTTP_201_CREATED)

    @extend_schema(request=RemarkBody, responses={201: RemarkSerializer})
    @action(detail=True, methods=["post"])
    def remarks(self, request: Request, key: str) -> Response:
        """Say something about it, and be reminded on a day of what would change the conclusion."""
        said = remark(actor=person(request), about=self.row, **checked(RemarkBody, request))
        return Response(RemarkSerializer(said).data, status=status.HTTP_201_CREATED)

    def _shown(self, problem: Problem, code: int = status.HTTP_200_OK) -> Response:
        shown: Any = with_conclusion(Problem.objects.filter(pk=problem.pk)).get()
        shown.page = problem_page(shown)
        return Response(ProblemDetailSerializer(shown).data, status=code)
