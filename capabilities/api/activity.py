"""What happened in a product."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference
from capabilities.models import Outcome
from capabilities.queries.activity import Event, Wanted, activity
from capabilities.queries.activity_words import GROUPS, NOUNS
from capabilities.queries.references import find_product
from config.api.bodies import asked
from config.api.paging import LARGEST_ID, LARGEST_PAGE, PAGE_SIZE
from config.people.requests import person


class ActivityQuery(serializers.Serializer[Any]):
    product = OwnedReference(find_product, "product", help_text="Key.")
    actor = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="Id of the person who did it."
    )
    noun = serializers.ChoiceField(required=False, choices=list(NOUNS.items()))
    group = serializers.ChoiceField(
        required=False, choices=[(value, label) for value, (label, _) in GROUPS.items()]
    )
    since = serializers.DateTimeField(required=False)
    before = serializers.CharField(
        required=False, max_length=60, help_text="From `next` of the slice before."
    )
    page_size = serializers.IntegerField(
        required=False, default=PAGE_SIZE, min_value=1, max_value=LARGEST_PAGE
    )


class ValueChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class VerdictChangeSerializer(serializers.Serializer[Any]):
    """before: empty for the first one."""

    criterion = serializers.CharField()
    version = serializers.CharField()
    before = serializers.ChoiceField(choices=Outcome.choices, allow_blank=True)
    after = serializers.ChoiceField(choices=Outcome.choices)


class EventSerializer(serializers.Serializer[Event]):
    """A deed, or a verdict that changed. words: what was done, after the actor's name."""

    at = serializers.DateTimeField()
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)
    noun = serializers.CharField()
    verb = serializers.CharField()
    words = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    part = serializers.CharField(source="rest", allow_blank=True, help_text="E.g. a criterion's key.")
    title = serializers.CharField(allow_blank=True)
    comment = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(allow_blank=True, help_text="What was said, as it reads today.")
    verdict = VerdictChangeSerializer(allow_null=True)
    changes = serializers.SerializerMethodField()

    @extend_schema_field(ValueChangeSerializer(many=True))
    def get_changes(self, event: Event) -> list[dict[str, str]]:
        return [{"name": name, "before": before, "after": after} for name, before, after in event.changes]


class ActivityReply(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = EventSerializer(many=True)


class Activity(APIView):
    """Who did what in a product, what was said, and which verdicts changed."""

    @extend_schema(parameters=[ActivityQuery], responses=ActivityReply)
    def get(self, request: Request) -> Response:
        """Newest first, a slice at a time."""
        query = asked(ActivityQuery, request)
        wanted = Wanted(query.get("actor"), query.get("noun", ""), query.get("group", ""), query.get("since"))
        feed = activity(
            query["product"],
            person(request),
            wanted,
            before=query.get("before", ""),
            size=query["page_size"],
        )
        older = replace_query_param(request.build_absolute_uri(), "before", feed.older)
        shown = EventSerializer(list(feed.events), many=True)  # type: ignore[arg-type]
        return Response({"next": older if feed.older else None, "results": shown.data})
