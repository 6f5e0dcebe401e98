"""Everything under /api/v1/."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config.api import views
from config.people.permissions import ScopePermission


def _routes(app: str) -> list[URLPattern | URLResolver]:
    if find_spec(f"{app}.api") is None or find_spec(f"{app}.api.urls") is None:
        return []
    return [path("", include(import_module(f"{app}.api.urls").urlpatterns))]


urlpatterns = [
    path("", views.index, name="api-index"),
    path("me/", views.me, name="api-me"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[ScopePermission]), name="api-schema"),
    path("docs/", views.docs, name="api-docs"),
    *_routes("evaluations"),
    *_routes("capabilities"),
]
