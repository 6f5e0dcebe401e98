"""People's ratings of a run's answers: the figure they make, a template to fill in, and a file looked at before it is taken."""

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import zstandard
from django.contrib import messages
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from config.people.access import may, requires
from config.people.requests import person
from evaluations.exporters import csv_rows
from evaluations.forms.ratings import RatingsForm
from evaluations.importers.ratings import COLUMNS, read_ratings
from evaluations.models import Run, ScorerVersion
from evaluations.queries.ratings import rateable_scorers, rated_of, template_rows
from evaluations.queries.runs import runs_with_related
from evaluations.services.ratings import take_ratings, weigh_ratings
from evaluations.views.deeds import status_of
from evaluations.views.paging import whole_number

A_DAY = 24 * 60 * 60
SHOWN = 20
SHOWN_PROBLEMS = 100


@require_safe
@requires("read")
def run_ratings(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(runs_with_related(), pk=pk)
    scorers = rateable_scorers(run)
    return _page(request, run, RatingsForm(scorers=scorers), scorers)


@require_POST
@requires("write_facts")
def ratings_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """First the file, which is looked at; then the same file as the page carried it, which is taken."""
    run = get_object_or_404(runs_with_related(), pk=pk)
    scorers = rateable_scorers(run)
    if "carried" in request.POST:
        return _take(request, run, scorers)
    form = RatingsForm(request.POST, request.FILES, scorers=scorers)
    if form.is_valid():
        return _preview(request, run, form.cleaned_data["scorer"], form.cleaned_data["file"].read())
    return _page(request, run, form, scorers)


def _page(request: HttpRequest, run: Run, form: RatingsForm, scorers: list[ScorerVersion]) -> HttpResponse:
    context = {
        "run": run,
        "form": form,
        "scorers": scorers,
        "rated": rated_of(run),
        "may_rate": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/run_ratings.html", context, status=status_of(form))


def _preview(
    request: HttpRequest, run: Run, scorer: ScorerVersion, data: bytes, problem: str = ""
) -> HttpResponse:
    weighed = weigh_ratings(run, scorer, read_ratings(BytesIO(data)))
    context: dict[str, Any] = {
        "run": run,
        "scorer": scorer,
        "weighed": weighed,
        "rows": weighed.made[:SHOWN],
        "problems": weighed.problems[:SHOWN_PROBLEMS],
        "problem": problem,
        "carried": _signer(request, run).sign(f"{scorer.pk}.{b64encode(zstandard.compress(data)).decode()}"),
    }
    status = 422 if weighed.problems or problem else 200
    return render(request, "evaluations/rating_preview.html", context, status=status)


def _take(request: HttpRequest, run: Run, scorers: list[ScorerVersion]) -> HttpResponse:
    try:
        text = _signer(request, run).unsign(request.POST["carried"], max_age=A_DAY)
    except BadSignature:
        messages.error(request, "What was looked at is no longer here. Send the file again.")
        return redirect("evaluations:run-ratings", run.pk)
    number, body = text.split(".", 1)
    scorer = next((one for one in scorers if one.pk == whole_number(number)), None)
    data = zstandard.decompress(b64decode(body))
    if scorer is None:
        messages.error(request, "The evaluation no longer has that scorer. Choose one again.")
        return redirect("evaluations:run-ratings", run.pk)
    try:
        found = read_ratings(BytesIO(data))
        weighed = take_ratings(actor=person(request), run=run, scorer=scorer, found=found)
    except Refused as refusal:
        return _preview(request, run, scorer, data, refusal.message)
    messages.success(request, f"{len(weighed.made):,} ratings were taken.")
    return redirect("evaluations:run-ratings", run.pk)


def _signer(request: HttpRequest, run: Run) -> TimestampSigner:
    return TimestampSigner(salt=f"ratings {run.pk} {person(request).pk}")


@require_safe
@requires("read")
def rating_template(request: HttpRequest, pk: int) -> HttpResponse:
    """A row for each answer: raters put in their name, a score and, where they like, a note."""
    run = get_object_or_404(Run, pk=pk)
    headers = {"Content-Disposition": f'attachment; filename="ratings-of-run-{pk}.csv"'}
    body = csv_rows(template_rows(run), COLUMNS)
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


urlpatterns = [
    path("runs/<int:pk>/ratings/", run_ratings, name="run-ratings"),
    path("runs/<int:pk>/ratings/upload/", ratings_upload, name="run-ratings-upload"),
    path("runs/<int:pk>/ratings/template/", rating_template, name="run-ratings-template"),
]
