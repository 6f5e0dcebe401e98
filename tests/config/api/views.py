"""Endpoints that do one wrong thing each, to see what the caller is told."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import connection
from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from config.api.paging import KeysetPages
from config.errors import Conflict, NotComparable, Refused, TooLarge
from config.people.models import User
from config.people.services.audit import record
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _twice() -> None:
    for _ in range(2):
        User.objects.create(username="twice")


def _frozen() -> None:
    record(actor=None, verb="thing.changed", noun="thing").delete()


def _raise(error: Exception) -> None:
    raise error


WRONGS = {
    "refused": lambda: _raise(Refused("A rule says no.", "the_rule", {"name": "This one."})),
    "conflict": lambda: _raise(Conflict("Already there.")),
    "not-comparable": lambda: _raise(NotComparable("Other cases.")),
    "too-large": lambda: _raise(TooLarge("Too many lines.")),
    "missing": lambda: _raise(Http404("secret reason")),
    "no-such-row": lambda: User.objects.get(pk=0),
    "denied": lambda: _raise(PermissionDenied("You need the role Administrator.")),
    "suspicious": lambda: _raise(SuspiciousOperation("odd")),
    "invalid": lambda: _raise(ValidationError({"name": ["Too long."]})),
    "invalid-whole": lambda: _raise(ValidationError("Does not add up.")),
    "twice": _twice,
    "frozen": _frozen,
    "too-big-a-number": lambda: _sql("SELECT 99999999999999999999::bigint"),
    "nul": lambda: User.objects.filter(username="a\x00b").exists(),
    "slow": lambda: _sql("SET LOCAL statement_timeout = 10; SELECT pg_sleep(1)"),
    "our-fault": lambda: _raise(RuntimeError("broken")),
}


class Wrong(APIView):
    def get(self, request: Request, what: str) -> Response:
        WRONGS[what]()
        return Response({})


class NameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    size = serializers.FloatField(required=False)
    more = serializers.JSONField(required=False)


class Echo(APIView):
    required_scope = "write"

    def post(self, request: Request) -> Response:
        given = NameSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(given.validated_data)


class Guarded(APIView):
    scopes = {"GET": "read", "POST": "write", "PUT": "push", "PATCH": "admin"}
    actions = {"POST": "write_requirements"}

    def get(self, request: Request) -> Response:
        return Response({})

    post = put = patch = delete = get


class OneAMinute(UserRateThrottle):
    rate = "1/min"


class Throttled(APIView):
    throttle_classes = [OneAMinute]

    def get(self, request: Request) -> Response:
        return Response({})


class People(APIView):
    def get(self, request: Request) -> Response:
        pages = KeysetPages()
        rows = pages.paginate_queryset(User.objects.all(), request, self)
        return pages.get_paginated_response([row.pk for row in rows])


class ProductPeople(Guarded):
    def role_for(self, request: Request) -> str:
        return request.query_params["role"]


urlpatterns = [
    path("api/v1/wrong/<slug:what>/", Wrong.as_view()),
    path("api/v1/echo/", Echo.as_view()),
    path("api/v1/guarded/", Guarded.as_view()),
    path("api/v1/product/", ProductPeople.as_view()),
    path("api/v1/throttled/", Throttled.as_view()),
    path("api/v1/people/", People.as_view()),
    path("", include("config.urls")),
]
