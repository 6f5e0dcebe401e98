"""Models: the list, a new one, its profile, and what is known of its versions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import may, requires
from config.people.navigation import first_url
from config.people.queries.saved_views import saved_views
from config.people.requests import person
from config.web import page_of, page_or_partial
from evaluations.forms.models import ModelForm, PriceForm, StageForm, VersionForm
from evaluations.models import Kind, Model, ModelVersion, Provider, Side
from evaluations.queries.models import events_of, model_rows, models_matching, scores_of_version, version_rows
from evaluations.services.models import NEXT_STAGES, create_model, register_version, set_price, set_stage
from evaluations.views.deeds import act, attempt, status_of
from evaluations.views.exports import list_file, wants_file
from evaluations.views.records import MODEL_COLUMNS, model_values

PREFILLED = ("name", "api_id")
FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@requires("read")
def model_list(request: HttpRequest) -> HttpResponse:
    names = ("kind", "side", "provider", "stage", "q")
    wanted = {name: request.GET.get(name, "") for name in names}
    models = models_matching(wanted)
    if wants_file(request):
        return list_file(request, "models", models, MODEL_COLUMNS, model_values)
    page = page_of(request, models)
    context = {
        "page": page,
        "rows": model_rows(list(page.object_list)),
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "kinds": Kind.choices,
        "sides": Side.choices,
        "stages": ModelVersion.Stage.choices,
        "providers": Provider.objects.values_list("slug", "name"),
        "may_write": may(request.user, "write_facts"),
        "views": saved_views(person(request), "models", "", request.GET),
    }
    template = page_or_partial(request, "evaluations/model_list.html", "evaluations/model_table.html")
    return render(request, template, context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def model_new(request: HttpRequest) -> HttpResponse:
    form = ModelForm(request.POST or None)
    if form.is_valid():
        model = attempt(form, lambda: create_model(actor=person(request), **form.cleaned_data))
        if model:
            return redirect("evaluations:model-version-new", model.slug)
    return render(request, "evaluations/model_form.html", {"form": form}, status=status_of(form))


@require_safe
@requires("read")
def model_detail(request: HttpRequest, slug: str) -> HttpResponse:
    model = get_object_or_404(Model.objects.select_related("provider"), slug=slug)
    rows = version_rows(model)
    asked = request.GET.get("version", "")
    chosen = next((row for row in rows if row.version.name == asked), rows[0] if rows else None)
    context = {
        "model": model,
        "rows": rows,
        "chosen": chosen,
        "lines": scores_of_version(chosen.version) if chosen else [],
        "events": events_of(model),
        "next_stages": sorted(NEXT_STAGES[chosen.version.stage]) if chosen else [],
        "price_form": PriceForm(),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/model_detail.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def version_new(request: HttpRequest, slug: str) -> HttpResponse:
    model = get_object_or_404(Model.objects.select_related("provider"), slug=slug)
    initial = {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}
    form = VersionForm(request.POST or None, model=model, initial=initial)
    if form.is_valid():
        made = attempt(
            form,
            lambda: register_version(
                actor=person(request),
                model=model,
                name=form.cleaned_data["name"],
                identity=form.identity(),
                facts=form.facts(),
            ),
        )
        if made:
            version, _ = made
            url = first_url(("capabilities:model-day", "evaluations:model-detail"), slug, version.name)
            return redirect(url or "evaluations:model-list")
    context = {"form": form, "model": model}
    return render(request, "evaluations/model_version_form.html", context, status=status_of(form))


@require_POST
@requires("write_facts")
def version_stage(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion.objects.select_related("model"), model__slug=slug, pk=pk)
    form = StageForm(request.POST)
    stage = form.cleaned_data["stage"] if form.is_valid() else ""
    act(
        request,
        f"{version.label} is {stage}.",
        lambda: set_stage(actor=person(request), version=version, stage=stage),
    )
    return redirect("evaluations:model-detail", slug)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def version_price(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion.objects.select_related("model"), model__slug=slug, pk=pk)
    form = PriceForm(request.POST or None)
    if form.is_valid():
        price = attempt(form, lambda: set_price(actor=person(request), version=version, **form.cleaned_data))
        if price:
            return redirect("evaluations:model-detail", slug)
    context = {"form": form, "model": version.model, "version": version}
    return render(request, "evaluations/model_price_form.html", context, status=status_of(form))


urlpatterns = [
    path("models/", model_list, name="model-list"),
    path("models/new/", model_new, name="model-new"),
    path("models/<slug:slug>/", model_detail, name="model-detail"),
    path("models/<slug:slug>/versions/new/", version_new, name="model-version-new"),
    path("models/<slug:slug>/versions/<int:pk>/stage/", version_stage, name="model-version-stage"),
    path("models/<slug:slug>/versions/<int:pk>/price/", version_price, name="model-version-price"),
]
