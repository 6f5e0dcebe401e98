from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from config.people.access import requires, scopes_of, site_role
from config.people.models import Role, Token
from config.people.requests import person


class WhoAmISerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Token.Scope.choices))
    expires_at = serializers.DateTimeField(allow_null=True)


@extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
@api_view(["GET"])
def index(request: Request) -> Response:
    """Where to start."""
    names = {"me": "api-me", "schema": "api-schema", "docs": "api-docs"}
    return Response({label: reverse(name, request=request) for label, name in names.items()})


@extend_schema(responses=WhoAmISerializer)
@api_view(["GET"])
def me(request: Request) -> Response:
    """Whose token this is and what it can do: its scopes, as far as the role of the person allows them."""
    user = person(request)
    allowed = scopes_of(user)
    held = request.auth.scopes if isinstance(request.auth, Token) else allowed
    shown = {
        "username": user.username,
        "name": user.shown_name,
        "role": site_role(user),
        "scopes": [scope for scope in allowed if scope in held],
        "expires_at": getattr(request.auth, "expires_at", None),
    }
    return Response(WhoAmISerializer(shown).data)


@requires("read")
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from this origin, its script apart from its page, so that the strict CSP holds here too."""
    view = SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api_docs.html")
    return view(request)
