from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz
from config.styleguide import styleguide


def _pages(app: str) -> list[URLPattern | URLResolver]:
    return [path("", include(import_module(f"{app}.urls")))] if find_spec(f"{app}.urls") else []


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("styleguide/", styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api.urls")),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("", include("config.people.urls")),
    *_pages("evaluations"),
    *_pages("capabilities"),
]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.not_found"
handler500 = "config.pages.server_error"
