"""What would change our mind, with the day to look again: of requirements and of problems."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.api.owned import role_of
from capabilities.models import Problem, Product, Remark, Requirement
from capabilities.models.remarks import RemarkQuerySet
from capabilities.queries.products import visible_products
from capabilities.queries.remarks import in_products, remarks_of
from capabilities.services.remarks import remark, settle
from config.api.bodies import Body, checked
from config.people.requests import person


class RemarkSerializer(serializers.Serializer[Any]):
    """requirement, problem: key of what it is about, the other is null. found: what looking again showed."""

    id = serializers.IntegerField()
    requirement = serializers.CharField(source="requirement.key", allow_null=True, default=None)
    problem = serializers.CharField(source="problem.key", allow_null=True, default=None)
    text = serializers.CharField()
    remind_on = serializers.DateField(allow_null=True)
    author = serializers.CharField(source="author.username")
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_by = serializers.CharField(source="settled_by.username", allow_null=True, default=None)
    found = serializers.CharField()


class RemarkBody(Body):
    text = serializers.CharField(max_length=20_000)
    remind_on = serializers.DateField(required=False, allow_null=True, help_text="A day after today.")


class DatedRemarkBody(RemarkBody):
    remind_on = serializers.DateField(help_text="A day after today, on which to look again.")


class LookedAgainBody(Body):
    found = serializers.CharField(max_length=20_000, help_text="What looking again showed.")


class RemarksOfRequirement(OfRequirement):
    """What would change our mind about a requirement's intent."""

    scopes = {"POST": "write"}
    actions = {"POST": "read"}

    @extend_schema(parameters=[KEY], responses=RemarkSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """What waits first, by day, then what was looked at again."""
        return Response(RemarkSerializer(remarks_of(self.requirement), many=True).data)

    @extend_schema(parameters=[KEY], request=DatedRemarkBody, responses={201: RemarkSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Note what would change our mind; who owns, watches or works on it is reminded on the day."""
        said = remark(actor=person(request), about=self.requirement, **checked(DatedRemarkBody, request))
        return Response(RemarkSerializer(said).data, status=status.HTTP_201_CREATED)


class RemarkFilter(filters.FilterSet):
    product = filters.CharFilter(method="of_product", label="Key.")
    requirement = filters.CharFilter(method="of_requirement", label="Key, e.g. VA-12.")
    problem = filters.CharFilter(method="of_problem", label="Key, e.g. VA-P3.")
    due = filters.BooleanFilter(method="that_are_due", label="The day has come and nobody looked again.")
    settled = filters.BooleanFilter(field_name="settled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Remark
        fields: tuple[str, ...] = ()

    def of_product(self, rows: QuerySet[Remark], _name: str, key: str) -> QuerySet[Remark]:
        products = Product.objects.filter(key=key)
        return rows.filter(requirement__product__in=products) | rows.filter(problem__product__in=products)

    def of_requirement(self, rows: QuerySet[Remark], _name: str, key: str) -> QuerySet[Remark]:
        return rows.filter(requirement__in=Requirement.objects.with_key(key))

    def of_problem(self, rows: QuerySet[Remark], _name: str, key: str) -> QuerySet[Remark]:
        return rows.filter(problem__in=Problem.objects.with_key(key))

    def that_are_due(self, rows: RemarkQuerySet, _name: str, wanted: bool) -> QuerySet[Remark]:
        due = Remark.objects.due(timezone.localdate())
        return rows.filter(pk__in=due) if wanted else rows.exclude(pk__in=due)


class RemarkViewSet(ReadOnlyModelViewSet[Remark]):
    """Notes with a day on requirements and problems one may see, the next day first."""

    queryset = Remark.objects.all()
    serializer_class = RemarkSerializer
    filterset_class = RemarkFilter
    lookup_value_converter = "int"
    scopes = {"settle": "write"}
    actions = {"settle": "write_requirements"}

    def get_queryset(self) -> RemarkQuerySet:
        if getattr(self, "swagger_fake_view", False):
            return Remark.objects.none()
        return in_products(visible_products(person(self.request)))

    def role_for(self, request: Request) -> str | None:
        if not self.detail:
            return None
        said = self.get_object()
        about = said.requirement or said.problem
        return role_of(request, about.product if about else None)

    @extend_schema(request=LookedAgainBody, responses=RemarkSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: int) -> Response:
        """Somebody looked again and found this: it waits no longer."""
        said = settle(actor=person(request), said=self.get_object(), **checked(LookedAgainBody, request))
        return Response(RemarkSerializer(said).data)
