"""Whether a version goes on scoring as it did: its control charts by evaluation, as a page, as pictures and as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from config import words
from config.people.access import may, requires
from evaluations.charts import ControlPoint, Look, Show, Svg, control
from evaluations.charts.files import as_file
from evaluations.exporters import csv_rows
from evaluations.models import DriftLook, Model, ModelVersion
from evaluations.queries.steadiness import Measured, Shown, Steadiness, course_of, measured_by, steadiness_of
from evaluations.queries.steadiness_words import (
    RECORD,
    alarm_of,
    answers_of,
    event_words,
    figures_of,
    part_of,
    records_of,
    sentence_of,
)
from evaluations.views.charts import SHOWN

COLUMNS = ("Run and day", "Score", "What it is", "Smoothed", "Limits", "Alarm or look", "Change")
NARROW = 320.0


@dataclass(frozen=True)
class ChartShown:
    """One scorer's chart as the page shows it. looks: with their figures, the newest first."""

    found: Steadiness
    sentence: str
    svg: Svg
    narrow: Svg
    rows: Sequence[Sequence[str]]
    looks: Sequence[tuple[DriftLook, str]]


@require_safe
@requires("read")
def steadiness(request: HttpRequest, slug: str) -> HttpResponse:
    model = get_object_or_404(Model, slug=slug)
    version = _version(model, request.GET.get("version", ""))
    measured = measured_by(version) if version else []
    chosen = _chosen(measured, request.GET.get("evaluation", ""))
    context: dict[str, Any] = {"model": model, "version": version, "measured": measured, "chosen": chosen}
    if version and chosen:
        course = course_of(version, chosen.evaluation_version)
        charts = steadiness_of(course, course.watched)
        context |= {"course": course, "charts": [_shown(found) for found in charts], "columns": COLUMNS}
    context["may_run"] = may(request.user, "run")
    return render(request, "evaluations/steadiness.html", context)


@require_safe
@requires("read")
def steadiness_file(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One scorer's chart as its picture or its numbers; the first scorer unless the address names one."""
    version = _version(get_object_or_404(Model, slug=slug), request.GET.get("version", ""))
    chosen = _chosen(measured_by(version), request.GET.get("evaluation", "")) if version else None
    if version is None or chosen is None:
        raise Http404("This version has no finished run yet.")
    course = course_of(version, chosen.evaluation_version)
    asked = request.GET.get("scorer", "")
    scorer = next((one for one in course.watched if asked in ("", one.scorer.slug)), None)
    if scorer is None:
        raise Http404("This evaluation has no such check that is watched.")
    [found] = steadiness_of(course, [scorer])
    name = f"{slug}-{version.name}-{chosen.evaluation_version}-{scorer.scorer.slug}".replace(
        "/", "-"
    ).replace('"', "")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        body = csv_rows(records_of(found), RECORD)
        return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)
    return HttpResponse(as_file(_shown(found).svg), content_type="image/svg+xml", headers=headers)


def _version(model: Model, name: str) -> ModelVersion | None:
    """The one the address names, else the newest. 404 for a name there is not. One query."""
    versions = model.versions.newest_first().select_related("model")
    if name:
        return get_object_or_404(versions, name=name)
    return versions.first()


def _chosen(measured: Sequence[Measured], asked: str) -> Measured | None:
    """The evaluation version the address names, else the one that ran most. Raises 404 for another name."""
    found = next((one for one in measured if asked in ("", str(one.evaluation_version))), None)
    if asked and found is None:
        raise Http404("This version has no finished run of that evaluation.")
    return found


def _shown(found: Steadiness) -> ChartShown:
    points = [_point(one) for one in found.shown]
    show = SHOWN.get(found.scorer.unit, Show.NUMBER)
    look = Look(show=show, name=f"Steadiness by {found.scorer.scorer.name}", width=960.0)
    return ChartShown(
        found=found,
        sentence=sentence_of(found),
        svg=control.draw(points, look),
        narrow=control.draw(points, replace(look, width=NARROW)),
        rows=[_row(one, found.unit) for one in found.shown],
        looks=[(look, figures_of(look, found.scorer, found.unit)) for look in reversed(found.looks)],
    )


def _point(one: Shown) -> ControlPoint:
    place = one.place
    return ControlPoint(
        name=f"{one.at:%d %b}",
        mean=one.line.point if one.line else None,
        level=place.level if place else None,
        low=place.low if place else None,
        high=place.high if place else None,
        centre=place.centre if place else None,
        part=", ".join(filter(None, (f"run {one.run.pk}", part_of(one), answers_of(one)))),
        beside=place is None or bool(answers_of(one)),
        alarm=alarm_of(one),
        event=event_words(one.event) if one.event else "",
    )


def _row(one: Shown, unit: str) -> list[str]:
    place = one.place
    return [
        f"run {one.run.pk}, {one.at:%d %b %Y}".replace(" ", words.SPACE),
        words.score(one.line.point if one.line else None, unit),
        part_of(one),
        words.score(place.level if place else None, unit),
        words.range_text(place.low, place.high, unit) if place else words.NOTHING,
        "; ".join(filter(None, (alarm_of(one), answers_of(one)))),
        one.event.get_kind_display() if one.event else "",
    ]


urlpatterns = [
    path("models/<slug:slug>/steadiness/", steadiness, name="model-steadiness"),
    path("models/<slug:slug>/steadiness.csv", steadiness_file, {"kind": "csv"}, name="model-steadiness-csv"),
    path("models/<slug:slug>/steadiness.svg", steadiness_file, {"kind": "svg"}, name="model-steadiness-svg"),
]
