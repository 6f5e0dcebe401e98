"""The coverage matrix: requirements against versions of ours."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference
from capabilities.api.requirement_bodies import RequirementQuery
from capabilities.api.requirements import versions_for
from capabilities.api.states import COVERAGE, FRESHNESS
from capabilities.models import Outcome, Requirement, Trend
from capabilities.queries.coverage import Matrix, chosen_columns, column_choices
from capabilities.queries.references import find_product
from capabilities.queries.requirements import filter_from
from capabilities.services.standings import catch_up
from config.api.bodies import asked


class CoverageQuery(RequirementQuery):
    product = OwnedReference(find_product, "product", help_text="Key.")
    columns = serializers.CharField(
        required=False,
        max_length=4_000,
        help_text="slug@name of versions, separated by commas; else the newest of ours.",
    )


class CoverageCellSerializer(serializers.Serializer[Any]):
    """What a version's verdicts say of a requirement; no_data where it has none."""

    version = serializers.CharField(source="version.label")
    verdict = serializers.ChoiceField(source="standing.outcome", choices=Outcome.choices, default="no_data")
    lean = serializers.ChoiceField(source="standing.lean", choices=["yes", "no", ""], default="")
    trend = serializers.ChoiceField(source="standing.trend", choices=[*Trend.values, ""], default="")
    freshness = serializers.ChoiceField(source="standing.freshness", choices=FRESHNESS, default="")
    waived = serializers.BooleanField(source="standing.waived", default=False)
    pending_confirmation = serializers.BooleanField(source="standing.pending", default=False)


class CoverageRowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="requirement.key")
    title = serializers.CharField()
    lifecycle = serializers.ChoiceField(source="requirement.lifecycle", choices=Requirement.Lifecycle.choices)
    coverage = serializers.ChoiceField(choices=COVERAGE, help_text="For the version it is judged for.")
    versions = CoverageCellSerializer(source="cells", many=True)


class Coverage(GenericAPIView[Any]):
    """Requirements against versions of ours."""

    serializer_class = CoverageRowSerializer
    filter_backends: list[Any] = []

    @extend_schema(parameters=[CoverageQuery], responses=CoverageRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What is proven of each requirement by each version; freshness= speaks of any of the columns."""
        query = asked(CoverageQuery, request)
        product = query["product"]
        versions = versions_for(request, product)
        choices = column_choices(product)
        named = [label for label in query.get("columns", "").split(",") if label]
        if unknown := set(named) - {version.label for version in choices}:
            raise ValidationError(
                {"columns": [f"{min(unknown)[:80]} is no version of ours in this product."]}
            )
        catch_up(product)
        columns = chosen_columns(choices, versions, named)
        rows: Any = Matrix(product, versions, filter_from(request.query_params), columns)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(CoverageRowSerializer(page, many=True).data)
