"""The profile of a version of a model: strengths, limits, what nobody measured, and versions side by side."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.queries.profile_charts import target_chart, trend_chart
from capabilities.services.version_profiles import MOST_EARLIER, version_profile
from capabilities.views.briefs import markdown_file
from capabilities.views.gap_files import MEDIA_TYPES
from capabilities.views.profile_files import profile_markdown
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_or_partial
from evaluations.charts.files import as_file
from evaluations.exporters.csv_rows import csv_rows
from evaluations.models import Model, ModelVersion
from evaluations.queries.models import earlier_by_default, measured_first, ran_among

PAGE, PART = "capabilities/model_profile.html", "capabilities/profile_body.html"
CHARTS = {"target": target_chart, "trend": trend_chart}
SHOWN_OF_EACH = 8
NONE = "none"


@require_safe
@requires("read")
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """?version= (a name, or slug@name) and ?against= for each earlier one, at most four; without it the one before, with `none` no one."""
    model = get_object_or_404(Model, slug=slug)
    versions = list(model.versions.newest_first().select_related("parent__model"))
    version, earlier = _chosen(request, versions)
    if version is None:
        return render(request, PAGE, {"model": model, "profile": None})
    found = version_profile(person(request), version, earlier)
    name = f"{slug}-{version.name}-profile".replace("/", "-").replace('"', "")
    if request.GET.get("format") == "markdown":
        return markdown_file(name, profile_markdown(found))
    if request.GET.get("format") == "json":
        headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
        return JsonResponse(found, headers=headers)
    context = {
        "model": model,
        "profile": found,
        "version": version,
        "versions": [(one, one in earlier) for one in versions],
        "most": MOST_EARLIER,
        "shown": SHOWN_OF_EACH,
        "charts": {name: draw(found) for name, draw in CHARTS.items()},
        "markdown": profile_markdown(found),
        "may_claim": may(request.user, "write_facts"),
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


@require_safe
@requires("read")
def profile_chart(request: HttpRequest, slug: str, chart: str, kind: str) -> HttpResponse:
    """A chart of the profile as the address chooses it; 404 where there is nothing to draw."""
    versions = list(
        ModelVersion.objects.filter(model__slug=slug).newest_first().select_related("model", "parent__model")
    )
    version, earlier = _chosen(request, versions)
    drawn = CHARTS[chart](version_profile(person(request), version, earlier)) if version else None
    if drawn is None:
        raise Http404("There is nothing to draw for this version yet.")
    body: Any = csv_rows(drawn.records) if kind == "csv" else as_file(drawn.svg)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-{chart}.{kind}"'}
    return HttpResponse(body, content_type=MEDIA_TYPES[kind], headers=headers)


def _chosen(
    request: HttpRequest, versions: Sequence[ModelVersion]
) -> tuple[ModelVersion | None, list[ModelVersion]]:
    asked, ran = request.GET.get("version", ""), ran_among(versions)
    version = _named(asked, versions) or measured_first(versions, ran)
    if version is None:
        return None, []
    against = request.GET.getlist("against")
    named = [one for one in versions if one != version and (one.name in against or one.label in against)]
    if named or NONE in against:
        return version, named[:MOST_EARLIER]
    return version, earlier_by_default(version, versions, ran)


def _named(text: str, versions: Sequence[ModelVersion]) -> ModelVersion | None:
    return next((one for one in versions if text in (one.name, one.label)), None)


WHERE = "models/<slug:slug>/profile"
urlpatterns = [
    path(f"{WHERE}/", profile, name="model-profile"),
    *(
        path(
            f"{WHERE}/{chart}.{kind}",
            profile_chart,
            {"chart": chart, "kind": kind},
            name=f"profile-{chart}-{kind}",
        )
        for chart in CHARTS
        for kind in ("svg", "csv")
    ),
]
