"""New-model day: one page for a version that is new, from what to try on it to whom to tell what changed."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.exporters.day_markdown import day_markdown
from capabilities.forms.model_days import DayForm
from capabilities.queries.model_days import as_record, model_day
from capabilities.queries.products import find_version
from capabilities.queries.things_to_try import evaluations_of, things_to_try
from capabilities.views.briefs import markdown_file
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, may, requires
from config.people.requests import person
from config.web import wants_partial
from evaluations.models import ModelVersion, Origin, Round
from evaluations.services.rounds import RoundPreview, preview_round, start_round

PAGE, LIVE, PREVIEW = (
    "capabilities/model_day.html",
    "capabilities/model_day_live.html",
    "evaluations/round_preview.html",
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def model_day_page(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    version = _version_or_404(slug, name)
    if request.method == "POST":
        demand(person(request), "run")
    form = DayForm(request.POST or None, things=things_to_try(person(request), version))
    wanted = form.is_bound and "preview" not in request.POST
    started = _started(request, version, form) if wanted and form.is_valid() else None
    if started is not None:
        messages.success(request, f"“{started.name}” is being measured.")
        return redirect("capabilities:model-day", slug, name)
    return _shown(request, version, form, status=422 if wanted else 200)


def _shown(request: HttpRequest, version: ModelVersion, form: DayForm, status: int) -> HttpResponse:
    day = model_day(person(request), version)
    text = day_markdown(as_record(day))
    if request.GET.get("format") == "markdown":
        return markdown_file(f"{version.label}-day".replace("/", "-").replace('"', ""), text)
    may_run = may(request.user, "run")
    context = {
        "day": day,
        "version": version,
        "form": form,
        "ticked": form.ticked(),
        "may_run": may_run,
        "preview": _preview(version, form) if may_run else None,
        "token": request.POST.get("token", "") or uuid4().hex,
        "markdown": text,
    }
    template = LIVE if wants_partial(request) else PAGE
    return render(request, template, context, status=status)


@require_safe
@requires("run")
def model_day_preview(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """What the ticked lines would take; nothing starts."""
    version = _version_or_404(slug, name)
    form = DayForm(request.GET, things=things_to_try(person(request), version))
    return render(request, PREVIEW, {"preview": _preview(version, form)})


def _preview(version: ModelVersion, form: DayForm) -> RoundPreview | None:
    """None while nothing is ticked."""
    evaluations = evaluations_of(form.chosen())
    if not evaluations:
        return None
    budget = form.budget() if form.is_bound and not _budget_errors(form) else {}
    return preview_round(evaluation_versions=evaluations, model_versions=[version], **budget)


def _budget_errors(form: DayForm) -> bool:
    form.is_valid()
    return "cap" in form.errors or "cap_unit" in form.errors


def _started(request: HttpRequest, version: ModelVersion, form: DayForm) -> Round | None:
    """The round; None with the reason in the form. The same form posted twice is one round."""
    try:
        return start_round(
            actor=person(request),
            name=f"{version.label} is new",
            evaluation_versions=evaluations_of(form.chosen()),
            model_versions=[version],
            origin=Origin.NEW_VERSION,
            idempotency_key=f"day-{version.pk}-{request.POST.get('token', '')[:40]}",
            **form.budget(),
        )
    except Refused as refusal:
        add_refusal(form, refusal)
    return None


def _version_or_404(slug: str, name: str) -> ModelVersion:
    version = find_version(f"{slug}@{name}")
    if version is None:
        raise Http404(f"There is no version {slug}@{name}.")
    return version


urlpatterns = [
    path("models/<slug:slug>/versions/<path:name>/day/preview/", model_day_preview, name="model-day-preview"),
    path("models/<slug:slug>/versions/<path:name>/day/", model_day_page, name="model-day"),
]
