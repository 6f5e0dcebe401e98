"""Providers: where versions are called. Only administrators change them; a key is named and never shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.forms.providers import ProviderChangeForm, ProviderForm
from evaluations.models import Provider
from evaluations.providers import adapter_names, get_adapter
from evaluations.queries.models import not_registered
from evaluations.queries.providers import MOST, health_of
from evaluations.services.providers import FIELDS, check_connection, models_listed, save_provider
from evaluations.views.deeds import attempt, status_of
from evaluations.views.words import error_words

MOST_LISTED = 200


@require_safe
@requires("read")
def provider_list(request: HttpRequest) -> HttpResponse:
    context = {
        "page": page_of(request, Provider.objects.order_by("name")),
        "may_manage": may(request.user, "manage"),
    }
    return render(request, "evaluations/provider_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("manage")
def provider_new(request: HttpRequest) -> HttpResponse:
    form = ProviderForm(request.POST or None)
    if form.is_valid():
        provider = attempt(form, lambda: save_provider(actor=person(request), **form.cleaned_data))
        if provider:
            return redirect("evaluations:provider-detail", provider.slug)
    return render(request, "evaluations/provider_form.html", {"form": form}, status=status_of(form))


@require_safe
@requires("read")
def provider_detail(request: HttpRequest, slug: str) -> HttpResponse:
    provider = get_object_or_404(Provider, slug=slug)
    known = provider.adapter in adapter_names()
    health = health_of(provider)
    context = {
        "provider": provider,
        "models": provider.models.all()[:50],
        "health": health,
        "fresh": not_registered(provider, provider.listed)[:MOST_LISTED] if provider.listed else [],
        "failure": error_words(health.last_failure.error_class) if health.last_failure else "",
        "most": MOST,
        "calls_out": known and get_adapter(provider.adapter).needs_http,
        "may_manage": may(request.user, "manage"),
    }
    return render(request, "evaluations/provider_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("manage")
def provider_edit(request: HttpRequest, slug: str) -> HttpResponse:
    provider = get_object_or_404(Provider, slug=slug)
    form = ProviderChangeForm(
        request.POST or None, initial={name: getattr(provider, name) for name in FIELDS}
    )
    if form.is_valid():
        saved = attempt(form, lambda: save_provider(actor=person(request), slug=slug, **form.cleaned_data))
        if saved:
            return redirect("evaluations:provider-detail", slug)
    context = {"form": form, "provider": provider}
    return render(request, "evaluations/provider_form.html", context, status=status_of(form))


@require_POST
@requires("manage")
def provider_test(request: HttpRequest, slug: str) -> HttpResponse:
    provider = get_object_or_404(Provider, slug=slug)
    api_id = request.POST.get("api_id", "").replace("\x00", "").strip()[:300]
    check = check_connection(actor=person(request), provider=provider, api_id=api_id)
    say = messages.success if check.works else messages.error
    say(request, check.sentence)
    return redirect("evaluations:provider-detail", slug)


@require_POST
@requires("manage")
def provider_models(request: HttpRequest, slug: str) -> HttpResponse:
    """Which models it lists, those that no version stands for first."""
    provider = get_object_or_404(Provider, slug=slug)
    listing = models_listed(actor=person(request), provider=provider)
    fresh = not_registered(provider, listing.names)
    context = {
        "provider": provider,
        "problem": listing.sentence,
        "count": len(listing.names),
        "fresh": fresh[:MOST_LISTED],
        "more": max(len(fresh) - MOST_LISTED, 0),
        "models": provider.models.all()[:50],
    }
    return render(request, "evaluations/provider_models.html", context)


urlpatterns = [
    path("providers/", provider_list, name="provider-list"),
    path("providers/new/", provider_new, name="provider-new"),
    path("providers/<slug:slug>/", provider_detail, name="provider-detail"),
    path("providers/<slug:slug>/edit/", provider_edit, name="provider-edit"),
    path("providers/<slug:slug>/test/", provider_test, name="provider-test"),
    path("providers/<slug:slug>/models/", provider_models, name="provider-models"),
]
