"""What changed since a day, a baseline or a release, sorted by what must be acted on."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import versions_for
from capabilities.models import Outcome
from capabilities.queries.change_items import as_record
from capabilities.queries.change_points import since_of
from capabilities.queries.changed import NAMES, changed
from capabilities.queries.references import find_product
from config.api.bodies import asked


class ChangesQuery(VersionQuery):
    product = OwnedReference(find_product, "product", help_text="Key.")
    since = serializers.CharField(required=False, max_length=40, help_text="A day, e.g. 2026-11-01.")
    baseline = serializers.CharField(required=False, max_length=40, help_text="Key of a baseline, e.g. R1.")
    release = serializers.CharField(
        required=False,
        max_length=200,
        help_text="slug@name of a version, or a baseline's key: since it was signed for, or released.",
    )
    group = serializers.ChoiceField(choices=NAMES, required=False)


class ChangeSerializer(serializers.Serializer[Any]):
    group = serializers.ChoiceField(choices=NAMES)
    key = serializers.CharField(allow_null=True)
    criterion = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    objective = serializers.CharField(allow_null=True)
    version = serializers.CharField(allow_null=True)
    before = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)
    after = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)
    lean = serializers.CharField(allow_null=True)
    must = serializers.BooleanField()
    supported = serializers.BooleanField()
    words = serializers.CharField()
    marks = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField(allow_null=True)
    sentence = serializers.CharField()


class ChangesSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    words = serializers.CharField(help_text="What the moment is.")
    version = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By group.")
    changes = ChangeSerializer(many=True)


class Changes(APIView):
    """Changes by what must be acted on."""

    @extend_schema(parameters=[ChangesQuery], responses=ChangesSerializer)
    def get(self, request: Request) -> Response:
        """The verdicts, rivals, models and evidence that stood then against those that stand now; two weeks without a point."""
        query = asked(ChangesQuery, request)
        product, now = query["product"], timezone.now()
        since = since_of(product, query, now)
        if since.refused:
            raise ValidationError({"since": [since.refused.partition(":")[0] + "."]})
        found = changed(product, versions_for(request, product), since, now)
        items = found.of(query["group"]) if "group" in query else found.items
        body = {
            "since": since.moment,
            "words": since.words,
            "version": found.version.label if found.version else None,
            "counts": {name: len(found.of(name)) for name in NAMES},
            "changes": [as_record(item) for item in items],
        }
        return Response(ChangesSerializer(body).data)
