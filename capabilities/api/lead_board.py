"""Where a product leads and trails, by capability and agreed rival."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.requirements import versions_for
from capabilities.queries.lead_board import LeadBoard, lead_board
from capabilities.queries.references import find_product
from capabilities.services.standings import catch_up
from config.people.requests import person

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Of the product, e.g. VA.")
VERSION = OpenApiParameter(
    "version", str, description="slug@name or an id; else the version judged for each kind."
)
STANDS = ["lead", "level", "trail", "mixed", "unknown"]


class LeadSerializer(serializers.Serializer[Any]):
    """One paired comparison, positive where ours is better; low and high corrected for all of them."""

    rival_version = serializers.CharField(source="label", help_text="As the verdict names it.")
    scorer = serializers.CharField()
    slice = serializers.CharField(source="part", help_text="Such as lang=de, or empty.")
    stands = serializers.ChoiceField(choices=STANDS)
    difference = serializers.FloatField(source="point")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    n = serializers.IntegerField()
    run = serializers.IntegerField()
    against_run = serializers.IntegerField(source="against")


class LeadCellSerializer(serializers.Serializer[Any]):
    rival = serializers.CharField()
    stands = serializers.ChoiceField(choices=STANDS)
    comparisons = LeadSerializer(many=True)


class LeadRowSerializer(serializers.Serializer[Any]):
    """A capability with everything under it; null: requirements without a place."""

    capability = serializers.CharField(allow_null=True)
    depth = serializers.IntegerField()
    rivals = LeadCellSerializer(many=True)


class LeadBoardSerializer(serializers.Serializer[Any]):
    product = serializers.CharField()
    rival_set = serializers.IntegerField(allow_null=True)
    comparisons = serializers.IntegerField(help_text="For how many the ranges are corrected.")
    confidence = serializers.FloatField(help_text="Of each range, so that all hold together at 95 %.")
    capabilities = LeadRowSerializer(many=True)


class ProductBoard(APIView):
    """Lead, level or trail of a product for each capability and agreed rival."""

    @extend_schema(parameters=[KEY, VERSION], responses=LeadBoardSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Where the product leads and trails, from the newest verdicts."""
        product = find_product(person(request), key)
        if product is None:
            raise Http404
        catch_up(product)
        found = lead_board(product, versions_for(request, product))
        return Response(LeadBoardSerializer(as_record(found)).data)


def as_record(found: LeadBoard) -> dict[str, Any]:
    return {
        "product": found.product.key,
        "rival_set": found.rival_set.number if found.rival_set else None,
        "comparisons": found.comparisons,
        "confidence": found.confidence,
        "capabilities": [
            {
                "capability": row.capability.slug if row.capability else None,
                "depth": row.depth,
                "rivals": [
                    {"rival": rival.slug, "stands": cell.stands, "comparisons": cell.leads}
                    for cell, rival in zip(row.cells, found.rivals, strict=True)
                ],
            }
            for row in found.rows
        ],
    }
