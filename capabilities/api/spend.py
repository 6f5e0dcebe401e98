"""Spending by provider, version, product or schedule, month by month."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.queries.products import visible_products
from config.people.requests import person
from evaluations.queries.spend import WAYS, Spend, SpendRow, spend, this_month

MOST_MONTHS = 36


class SpendQuery(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=WAYS, default="provider")
    months = serializers.IntegerField(
        min_value=1, max_value=MOST_MONTHS, default=6, help_text="Up to and with this one."
    )


class SpentSerializer(serializers.Serializer[Any]):
    """Money in the row's currency. most: settled, and at their highest calls on their way and calls whose outcome was lost."""

    month = serializers.CharField(help_text="YYYY-MM.")
    settled = serializers.DecimalField(max_digits=None, decimal_places=8)
    reserved = serializers.DecimalField(max_digits=None, decimal_places=8)
    unknown = serializers.DecimalField(max_digits=None, decimal_places=8)
    most = serializers.DecimalField(max_digits=None, decimal_places=8)
    tokens = serializers.IntegerField()
    calls = serializers.IntegerField()
    unpriced_calls = serializers.IntegerField()


class SpendRowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    currency = serializers.CharField(allow_blank=True, help_text="Empty where no price was known.")
    months = SpentSerializer(many=True)


class SpendSerializer(serializers.Serializer[Any]):
    zone = serializers.CharField(help_text="Where days and months begin at midnight.")
    by = serializers.ChoiceField(choices=WAYS)
    rows = SpendRowSerializer(many=True)
    totals = SpendRowSerializer(many=True, help_text="One for each currency.")


class Spending(APIView):
    """What calls cost, at the prices of their days. Products one may not see are one row."""

    @extend_schema(parameters=[SpendQuery], responses=SpendSerializer)
    def get(self, request: Request) -> Response:
        """Spending of the last months by provider, version (slug@name), product (its key) or schedule."""
        asked = SpendQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        by = asked.validated_data["by"]
        keys = set(visible_products(person(request)).values_list("key", flat=True))
        found = spend(by, this_month(), asked.validated_data["months"], visible=keys)
        return Response(
            SpendSerializer(
                {
                    "zone": settings.SPEND_ZONE.key,
                    "by": by,
                    "rows": [_record(found, row) for row in found.rows],
                    "totals": [_record(found, row) for row in found.totals],
                }
            ).data
        )


def _record(found: Spend, row: SpendRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "currency": row.currency,
        "months": [
            {
                "month": f"{month:%Y-%m}",
                "settled": spent.settled,
                "reserved": spent.reserved,
                "unknown": spent.unknown,
                "most": spent.most,
                "tokens": spent.tokens,
                "calls": spent.calls,
                "unpriced_calls": spent.unpriced,
            }
            for month, spent in zip(found.months, row.months, strict=True)
        ],
    }
