"""Expectations: recorded at a criterion before its result, and all of a product beside what was found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from capabilities.forms.expectations import ExpectationForm
from capabilities.middleware import current_product
from capabilities.models import Criterion
from capabilities.queries.calibration import Month, by_person, calibration, over_time
from capabilities.queries.criterion_words import newest_scorers, unit_of_criterion
from capabilities.queries.expectation_records import COLUMNS, as_record
from capabilities.queries.expectations import STANDINGS, Reading, expectations_of
from capabilities.queries.release_rows import is_difference
from capabilities.services.expectations import record_expectation
from capabilities.views.access import act_and_return, posted_version_or_404, requirement_or_404
from capabilities.views.exports import send
from config.people.access import requires
from config.people.requests import person
from config.web import page_of, page_or_partial, safe_next
from config.words import percent, range_text
from evaluations.charts import Look, trend
from evaluations.charts.files import as_file
from evaluations.exporters.csv_rows import csv_rows

PAGE, PART = "capabilities/expectation_list.html", "capabilities/expectation_table.html"


@require_safe
@requires("read")
def expectation_list(request: HttpRequest) -> HttpResponse:
    """?state=inside, ?person=username, ?version=slug@name, ?requirement=VA-12; ?format=csv or json."""
    product = current_product(request)
    if product is None:
        return render(request, PAGE, {"product": None})
    everything = expectations_of(product)
    wanted = {name: request.GET.get(name, "").strip()[:200] for name in ("person", "version", "requirement")}
    state = request.GET.get("state", "")
    state = state if state in STANDINGS else ""
    matching = [one for one in everything if _matches(one, wanted)]
    rows = [one for one in matching if state in {"", one.standing}]
    if (kind := request.GET.get("format")) in {"csv", "json"}:
        return send(kind, product, "expectations", map(as_record, rows), COLUMNS)
    counts = Counter(one.standing for one in matching)
    context = {
        "product": product,
        "page": page_of(request, rows),
        "wanted": wanted,
        "state": state,
        "filtered": bool(state) or any(wanted.values()),
        "states": [(name, glyph, label, counts[name]) for name, (glyph, label) in STANDINGS.items()],
        "total": len(matching),
        "people": by_person(everything),
        "overall": calibration(everything),
        "chart": calibration_chart(over_time(everything), calibration(everything).stated),
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


def _matches(one: Reading, wanted: dict[str, str]) -> bool:
    expectation = one.expectation
    said = {
        "person": expectation.author.username,
        "version": one.version.label if one.version else "",
        "requirement": expectation.criterion.revision.requirement.key,
    }
    return all(not value or said[name].lower() == value.lower() for name, value in wanted.items())


def calibration_chart(months: Sequence[Month], stated: float | None) -> dict[str, Any]:
    """The arguments of partials/chart.html; nothing for less than two months."""
    if len(months) < 2:
        return {}
    look = Look(
        target=stated,
        target_words="stated" if stated else "",
        name="Share of ranges that held",
        bounds=(0.0, 1.0),
    )
    points = [month.point for month in months]
    return {
        "svg": trend.draw(points, look),
        "narrow": trend.draw(points, replace(look, width=340.0)),
        "columns": ["Until the end of", "Held", "Share", "Plausible range"],
        "rows": [_numbers(month) for month in months],
    }


def _numbers(month: Month) -> list[str]:
    point = month.point
    held = f"{month.held.held} of {month.held.n}"
    return [month.name, held, percent(point.point), range_text(point.low, point.high)]


@require_safe
@requires("read")
def calibration_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The share that held, month by month: a picture, or its numbers."""
    product = current_product(request)
    found = expectations_of(product) if product else []
    months = over_time(found)
    chart = calibration_chart(months, calibration(found).stated)
    if product is None or not chart:
        raise Http404("There is nothing to draw yet: it takes two months in which something was measured.")
    numbers = [
        {
            "until": month.name,
            "settled_in_month": month.settled,
            "held": month.held.held,
            "settled": month.held.n,
            "share": month.point.point,
            "low": month.point.low,
            "high": month.point.high,
        }
        for month in months
    ]
    body: Any = csv_rows(numbers) if kind == "csv" else as_file(chart["svg"])
    media = "text/csv; charset=utf-8" if kind == "csv" else "image/svg+xml"
    name = f"{product.key.lower()}-calibration.{kind}"
    return HttpResponse(
        body, content_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_POST
@requires("read")
def expectation_new(request: HttpRequest, key: str, criterion_key: str) -> HttpResponse:
    """Whoever may read a product may say what they expect, under their name."""
    requirement = requirement_or_404(request, key)
    criterion = (
        Criterion.objects.filter(
            revision__requirement=requirement, revision__status="approved", key=criterion_key
        )
        .select_related("revision__requirement__product", "scorer")
        .first()
    )
    if criterion is None:
        raise Http404(f"{requirement.key} has no agreed criterion {criterion_key}.")
    version = posted_version_or_404(request)
    back = safe_next(request, reverse("capabilities:requirement-detail", args=[requirement.key]))
    scorers = newest_scorers([criterion.scorer_id] if criterion.scorer_id else [])
    unit = unit_of_criterion(criterion, scorers.get(criterion.scorer_id or 0))
    form = ExpectationForm(request.POST, unit=unit, compared=is_difference(criterion))
    if not form.is_valid():
        problems = [
            f"{form[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()
        ]
        messages.error(request, f"Nothing was recorded. {' '.join(problems)}")
        return redirect(back)
    given = form.cleaned_data
    which = version if given["of"] == "this" else version.model
    return act_and_return(
        request,
        back,
        f"Recorded what you expect of {version.label if given['of'] == 'this' else f'the next version of {version.model.name}'}.",
        lambda: record_expectation(
            actor=person(request),
            criterion=criterion,
            of=which,
            low=given["low"],
            high=given["high"],
            confidence=given["confidence"],
            note=given["note"],
        ),
    )


urlpatterns = [
    path("expectations/", expectation_list, name="expectation-list"),
    path("expectations/calibration.svg", calibration_file, {"kind": "svg"}, name="calibration-svg"),
    path("expectations/calibration.csv", calibration_file, {"kind": "csv"}, name="calibration-csv"),
    path(
        "requirements/<slug:key>/criteria/<slug:criterion_key>/expectations/",
        expectation_new,
        name="expectation-new",
    ),
]
