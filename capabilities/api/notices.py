"""What one was told, what one watches, and how one hears of it: always one's own."""

from typing import Any
from zoneinfo import available_timezones

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from capabilities.queries.products import visible_products
from capabilities.queries.watches import find_watchable, watched_by
from config.api.bodies import Body, checked
from config.api.paging import LARGEST_ID, KeysetPages
from config.people.models import Notice, NoticeSettings, Watch
from config.people.queries.notices import notices_of, settings_of
from config.people.requests import person
from config.people.services.notices import USUAL, mark_read, save_settings
from config.people.services.watches import set_watch


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    actor = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = Notice
        fields = ("id", "at", "kind", "actor", "text", "label", "product", "url", "read_at", "mailed_at")
        read_only_fields = fields


class ReadBody(Body):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        max_length=1_000,
        help_text="Absent: all of them.",
    )


class ReadReply(serializers.Serializer[Any]):
    read = serializers.IntegerField()


class NoticeFilter(filters.FilterSet):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()


class NoticeViewSet(ReadOnlyModelViewSet[Notice]):
    """One's own notices, newest first; of what one may see now."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    pagination_class = KeysetPages
    filterset_class = NoticeFilter
    lookup_value_converter = "int"
    scopes = {"read": "write"}
    actions = {"read": "read"}

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        keys = visible_products(person(self.request)).values_list("key", flat=True)
        return notices_of(person(self.request), keys)

    @extend_schema(request=ReadBody, responses=ReadReply, filters=False)
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Mark notices as read."""
        ids = checked(ReadBody, request).get("ids")
        notices = self.get_queryset()
        return Response({"read": mark_read(notices if ids is None else notices.filter(pk__in=ids))})


class WatchedSerializer(serializers.Serializer[Any]):
    noun = serializers.ChoiceField(choices=Watch.Noun.choices)
    id = serializers.IntegerField(source="object_id")
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField()
    own = serializers.BooleanField(help_text="Because it is yours, not by your choice.")


class WatchBody(Body):
    noun = serializers.ChoiceField(choices=Watch.Noun.choices)
    id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    stopped = serializers.BooleanField(default=False)


class WatchViewSet(GenericViewSet[Watch]):
    """What one watches."""

    queryset = Watch.objects.none()
    serializer_class = WatchedSerializer
    pagination_class = None
    filter_backends = ()
    scopes = {"create": "write"}
    actions = {"create": "read"}

    @extend_schema(responses=WatchedSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Everything one hears of."""
        return Response(WatchedSerializer(watched_by(person(request)), many=True).data)

    @extend_schema(request=WatchBody, responses={200: WatchedSerializer(many=True)})
    def create(self, request: Request) -> Response:
        """Watch something, or hear no more of it; answers with everything one watches then."""
        given = checked(WatchBody, request)
        found = find_watchable(person(request), given["noun"], given["id"])
        if found is None:
            raise serializers.ValidationError({"id": ["There is no such thing, or you may not see it."]})
        set_watch(
            person=person(request),
            noun=given["noun"],
            object_id=found[0],
            product=found[1],
            stopped=given["stopped"],
        )
        return self.list(request)


class SettingsBody(Body):
    mail = serializers.BooleanField(required=False)
    auto_watch = serializers.BooleanField(required=False)
    digest_hour = serializers.IntegerField(required=False, min_value=0, max_value=23)
    zone = serializers.CharField(required=False, max_length=60)
    by_kind = serializers.DictField(
        child=serializers.ChoiceField(choices=Notice.Mail.choices), required=False, help_text="Mode by kind."
    )

    def validate_zone(self, zone: str) -> str:
        if zone not in available_timezones():
            raise serializers.ValidationError(f"There is no time zone “{zone}”.")
        return zone

    def validate_by_kind(self, modes: dict[str, str]) -> dict[str, str]:
        if unknown := [kind for kind in modes if kind not in Notice.Kind.values]:
            raise serializers.ValidationError(f"There is no kind “{unknown[0][:40]}”.")
        return modes


class NoticeOptions(APIView):
    """How one hears of things."""

    scopes = {"PATCH": "write"}
    actions = {"PATCH": "read"}

    @extend_schema(responses=SettingsBody)
    def get(self, request: Request) -> Response:
        """The settings, with the mode of every kind."""
        return Response(_shown(settings_of([person(request).pk])[person(request).pk]))

    @extend_schema(request=SettingsBody, responses=SettingsBody)
    def patch(self, request: Request) -> Response:
        """Change some of them."""
        own = settings_of([person(request).pk])[person(request).pk]
        given = checked(SettingsBody, request)
        modes = own.by_kind | given.pop("by_kind", {})
        for name, value in given.items():
            setattr(own, name, value)
        own.by_kind = modes
        return Response(_shown(save_settings(own)))


def _shown(own: NoticeSettings) -> dict[str, Any]:
    return {
        "mail": own.mail,
        "auto_watch": own.auto_watch,
        "digest_hour": own.digest_hour,
        "zone": own.zone,
        "by_kind": USUAL | own.by_kind,
    }
