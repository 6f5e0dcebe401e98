"""Intent against evidence: what every requirement claims to be, beside what is measured."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import versions_for
from capabilities.api.states import FRESHNESS
from capabilities.models import Outcome, Requirement
from capabilities.queries.intent_list import claims_of
from capabilities.queries.intent_map import as_record, chosen_rows
from capabilities.queries.intent_readings import SHOWN
from capabilities.queries.intents import intent_rows
from capabilities.queries.references import find_product
from capabilities.services.standings import catch_up
from config.api.bodies import asked


class IntentQuery(VersionQuery):
    product = OwnedReference(find_product, "product", help_text="Key.")
    intent = serializers.ChoiceField(choices=Requirement.Intent.choices, required=False)
    shown = serializers.ChoiceField(choices=SHOWN, required=False)


class IntentSerializer(serializers.Serializer[Any]):
    """A claim beside what is shown of it. gap: ours − theirs in the scorer's unit, positive is ours ahead."""

    key = serializers.CharField()
    title = serializers.CharField()
    lifecycle = serializers.ChoiceField(choices=Requirement.Lifecycle.choices)
    intent = serializers.ChoiceField(choices=Requirement.Intent.choices)
    shown = serializers.ChoiceField(choices=SHOWN)
    words = serializers.CharField(help_text="The same for a reader, e.g. Lead not proven.")
    version = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(choices=Outcome.choices)
    lean = serializers.ChoiceField(choices=["yes", "no", ""])
    waived = serializers.BooleanField()
    freshness = serializers.ChoiceField(choices=FRESHNESS)
    pending_confirmation = serializers.BooleanField()
    criterion = serializers.CharField(allow_null=True)
    against = serializers.CharField(
        allow_null=True, help_text="The rival the claim stands or falls by, or target."
    )
    gap = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    supported = serializers.BooleanField(help_text="False: not distinguishable.")
    run = serializers.IntegerField(allow_null=True)
    against_run = serializers.IntegerField(allow_null=True)
    takes = serializers.CharField(help_text="What it would take, as a sentence.")


class Intents(GenericAPIView[Any]):
    """Claims and what is shown of them."""

    serializer_class = IntentSerializer
    filter_backends: list[Any] = []

    @extend_schema(parameters=[IntentQuery], responses=IntentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every requirement that is pursued, where claim and evidence disagree most first."""
        query = asked(IntentQuery, request)
        product = query["product"]
        catch_up(product)
        versions = versions_for(request, product)
        found: Any = chosen_rows(
            claims_of(product, versions), query.get("intent", ""), query.get("shown", "")
        )
        ids = [claim.requirement_id for claim in self.paginate_queryset(found) or ()]
        page = map(as_record, intent_rows(product, versions, ids))
        return self.get_paginated_response(IntentSerializer(page, many=True).data)
