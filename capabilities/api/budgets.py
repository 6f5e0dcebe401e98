"""Budgets of a month."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.queries.products import visible_products
from capabilities.queries.references import find_product
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Budget, Cap, Provider, Schedule
from evaluations.queries.spend import BudgetState, budget_states
from evaluations.services.budgets import remove_budget, save_budget


class BudgetSerializer(serializers.Serializer[Any]):
    """A budget with what this month has taken of it, in its unit."""

    id = serializers.IntegerField(source="budget.pk")
    scope = serializers.ChoiceField(choices=Budget.Scope.choices, source="budget.scope")
    provider = serializers.CharField(source="budget.provider.slug", default=None, allow_null=True)
    schedule = serializers.IntegerField(source="budget.schedule_id", allow_null=True)
    product = serializers.CharField(source="budget.product", allow_blank=True)
    unit = serializers.ChoiceField(choices=Cap.choices, source="budget.unit")
    currency = serializers.CharField(source="budget.currency", help_text="Of a budget in money.")
    cap = serializers.DecimalField(max_digits=18, decimal_places=8, source="budget.cap")
    settled = serializers.DecimalField(max_digits=18, decimal_places=8, source="taken.settled")
    reserved = serializers.DecimalField(max_digits=18, decimal_places=8, source="taken.reserved")
    unknown = serializers.DecimalField(max_digits=18, decimal_places=8, source="taken.unknown")


class BudgetBody(Body):
    scope = serializers.ChoiceField(choices=Budget.Scope.choices)
    provider = Reference(
        lambda slug: Provider.objects.filter(slug=slug).first(), "provider", required=False, help_text="Slug."
    )
    schedule = Reference(
        lambda text: (
            Schedule.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else None
        ),
        "schedule",
        required=False,
        help_text="Its id.",
    )
    product = serializers.CharField(max_length=8, required=False, help_text="Key.")
    unit = serializers.ChoiceField(choices=Cap.choices, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="Three letters; USD without.")
    cap = serializers.DecimalField(max_digits=18, decimal_places=8, min_value=0, help_text="A month.")


class BudgetViewSet(ReadOnlyModelViewSet[Budget]):
    """The most a month may take of everything, a provider, a schedule or a product. Administrators change them."""

    serializer_class = BudgetSerializer
    lookup_value_converter = "int"
    pagination_class = None
    queryset = Budget.objects.order_by("pk")
    scopes = {"create": "admin", "destroy": "admin"}
    actions = {"create": "manage", "destroy": "manage"}

    def get_queryset(self) -> QuerySet[Budget]:
        keys = visible_products(person(self.request)).values("key")
        return Budget.objects.filter(Q(product="") | Q(product__in=keys)).order_by("pk")

    def _state(self, budget: Budget) -> BudgetState:
        return budget_states(Budget.objects.filter(pk=budget.pk))[0]

    @extend_schema(responses=BudgetSerializer(many=True), filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All of them."""
        return Response(BudgetSerializer(budget_states(self.get_queryset()), many=True).data)

    @extend_schema(responses=BudgetSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them."""
        return Response(BudgetSerializer(self._state(self.get_object())).data)

    @extend_schema(request=BudgetBody, responses={201: BudgetSerializer})
    def create(self, request: Request) -> Response:
        """Set the amount of a budget; one of the same thing and unit is changed."""
        given = checked(BudgetBody, request)
        if key := given.pop("product", ""):
            product = find_product(person(request), key)
            if product is None:
                raise serializers.ValidationError({"product": [f"There is no product “{key}”."]})
            given["product"] = product.key
        saved = save_budget(actor=person(request), **given)
        return Response(BudgetSerializer(self._state(saved)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """From now on nothing is held to it."""
        remove_budget(actor=person(request), budget=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
