"""Lists kept as views: one's own, and those shared of products one may see."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from capabilities.api.owned import OwnedReference
from capabilities.queries.products import visible_products
from capabilities.queries.references import find_product
from config.api.bodies import Body, checked
from config.people.models import SavedView
from config.people.queries.saved_views import views_for
from config.people.requests import person
from config.people.saved_pages import LONGEST_QUERY, PAGES
from config.people.services.saved_views import (
    change_view,
    delete_view,
    place_view,
    save_view,
)


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    owner = serializers.CharField(source="owner.username", read_only=True)

    class Meta:
        model = SavedView
        fields = ("id", "owner", "page", "product", "name", "query", "shared", "position")
        read_only_fields = fields


class ChangeViewBody(Body):
    name = serializers.CharField(max_length=60, required=False)
    query = serializers.CharField(
        max_length=LONGEST_QUERY, required=False, allow_blank=True, help_text="Parameters as in the address."
    )
    shared = serializers.BooleanField(required=False)
    step = serializers.IntegerField(
        min_value=-100, max_value=100, required=False, help_text="Places later, or earlier when negative."
    )


class ViewBody(Body):
    page = serializers.ChoiceField(choices=list(PAGES))
    product = OwnedReference(find_product, "product", required=False, help_text="Key.")
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=LONGEST_QUERY, allow_blank=True)
    shared = serializers.BooleanField(default=False)


class ViewFilter(filters.FilterSet):
    page = filters.CharFilter()
    product = filters.CharFilter()

    class Meta:
        model = SavedView
        fields: tuple[str, ...] = ()


class SavedViewViewSet(ReadOnlyModelViewSet[SavedView]):
    """Views of lists."""

    queryset = SavedView.objects.select_related("owner").order_by("page", "product", "position", "id")
    serializer_class = SavedViewSerializer
    filterset_class = ViewFilter
    lookup_value_converter = "int"
    scopes = {"create": "write", "partial_update": "write", "destroy": "write"}
    actions = {"create": "read", "partial_update": "read", "destroy": "read"}

    def get_queryset(self) -> QuerySet[SavedView]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        user = person(self.request)
        keys = list(visible_products(user).values_list("key", flat=True))
        return rows.filter(pk__in=views_for(user, keys).values("pk"))

    @extend_schema(request=ViewBody, responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Keep a list; parameters its page does not know are dropped."""
        fields: dict[str, Any] = checked(ViewBody, request)
        product = fields.pop("product", None)
        made = save_view(actor=person(request), product=product.key if product else "", **fields)
        return Response(SavedViewSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChangeViewBody, responses=SavedViewSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Another name, other parameters, shared or not, another place among one's views."""
        fields = checked(ChangeViewBody, request)
        step = fields.pop("step", 0)
        view = change_view(actor=person(request), view=self.get_object(), **fields)
        if step:
            place_view(actor=person(request), view=view, step=step)
            view.refresh_from_db()
        return Response(SavedViewSerializer(view).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Forget it; the list itself stays."""
        delete_view(actor=person(request), view=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
