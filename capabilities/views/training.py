"""A training run: each criterion over its checkpoints, what changed since the last one, and where the latest stands."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product
from capabilities.models import Criterion
from capabilities.queries.training import (
    Series,
    Training,
    TrainingRun,
    by_trend,
    series_of,
    training_of,
    training_runs,
)
from capabilities.queries.training_charts import RECORD, as_records, step_range, training_chart, trend_words
from capabilities.services.checkpoints import CHECKPOINTS_BACK, since_the_last_checkpoint
from capabilities.views.exports import send
from config.people.access import requires
from config.web import page_of, page_or_partial
from config.words import TRENDS
from evaluations.charts.files import as_file
from evaluations.models import Model

PAGE, PART = "capabilities/training.html", "capabilities/training_body.html"
CHARTS = 4
STILL_WARM = timedelta(minutes=30)


@require_safe
@requires("read")
def training(request: HttpRequest, slug: str) -> HttpResponse:
    """?run=NAME (else the newest), ?requirement=VA-12; ?format=csv or json for every criterion at every step."""
    model = get_object_or_404(Model, slug=slug)
    product = current_product(request)
    runs = training_runs(model)
    name = _asked_run(request, runs)
    context: dict[str, Any] = {"model": model, "product": product, "runs": runs, "name": name}
    if product is None or not any(run.name == name for run in runs):
        return render(request, page_or_partial(request, PAGE, PART), context)
    requirement = request.GET.get("requirement", "").strip().upper()[:40]
    found = training_of(model, name, [product], requirement)
    if (kind := request.GET.get("format")) in {"csv", "json"}:
        records = (record for one in series_of(found, found.criteria) for record in as_records(one))
        return send(kind, product, f"{slug}-training", records, RECORD)
    page = page_of(request, found.criteria, CHARTS)
    latest = since_the_last_checkpoint(series_of(found.last(CHECKPOINTS_BACK), found.criteria))
    counts = by_trend(latest)
    context |= {
        "training": found,
        "requirement": requirement,
        "page": page,
        "charts": [training_chart(one) for one in series_of(found, list(page.object_list))],
        "latest": [
            {
                "series": one,
                "words": trend_words(one.latest.change),
                "range": step_range(one, one.latest),
            }
            for one in latest
        ],
        "counts": [(trend, *TRENDS[trend], count) for trend, count in counts.items()],
        "live": _is_live(found),
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


def _is_live(found: Training) -> bool:
    """Whether more may come soon: runs are under way, or the latest checkpoint is young."""
    latest = found.latest
    return bool(found.moving) or (latest is not None and latest.created_at > timezone.now() - STILL_WARM)


@require_safe
@requires("read")
def training_picture(request: HttpRequest, slug: str) -> HttpResponse:
    """?run=NAME (else the newest), ?criterion=VA-12/AC-1 (else the first). 404 where there is nothing to draw."""
    model = get_object_or_404(Model, slug=slug)
    product = current_product(request)
    key, _, criterion_key = request.GET.get("criterion", "").upper().partition("/")
    name = _asked_run(request, training_runs(model))
    found = training_of(model, name, [product], key) if product and name else None
    wanted = [one for one in found.criteria if criterion_key in {"", one.key}][:1] if found else []
    if found is None or not wanted:
        raise Http404("There is nothing to draw for this criterion yet.")
    named = f"{wanted[0].revision.requirement.key}-{wanted[0].key}"
    return _picture(found, wanted, f"{slug}-{named}-training.svg")


def _asked_run(request: HttpRequest, runs: Sequence[TrainingRun]) -> str:
    """By name, else the newest."""
    asked = request.GET.get("run", "").replace("\x00", "")[:120]
    return asked or (runs[0].name if runs else "")


def _picture(found: Training, wanted: Sequence[Criterion], name: str) -> HttpResponse:
    drawn: Sequence[Series] = series_of(found, wanted)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_file(training_chart(drawn[0]).svg), content_type="image/svg+xml", headers=headers)


urlpatterns = [
    path("models/<slug:slug>/training/", training, name="training"),
    path("models/<slug:slug>/training/chart.svg", training_picture, name="training-svg"),
]
