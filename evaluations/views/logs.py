"""Logs of other evaluation tools: sent, looked at, and taken in when somebody says so."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from config.web import page_or_partial
from evaluations.forms.logs import LogForm, TakenAsForm
from evaluations.importers import NotALog
from evaluations.models import LogUpload
from evaluations.queries.logs import look_at
from evaluations.services.log_imports import Taken, import_log
from evaluations.services.log_uploads import keep_upload, open_upload
from evaluations.services.log_work import LOOKED_AT, is_large, queue_import
from evaluations.views.deeds import attempt, status_of

SHOWN_FIGURES = 200
CRUMBS = [("evaluations:run-list", "Runs"), ("evaluations:log-import", "Import a log")]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def log_import(request: HttpRequest) -> HttpResponse:
    form = LogForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        files = [(file.name or "log", file) for file in form.cleaned_data["log"]]
        if upload := attempt(form, lambda: keep_upload(actor=person(request), files=files)):
            return redirect("evaluations:log-look", upload.pk)
    context = {
        "form": form,
        "title": "Import a log",
        "intro": "What another evaluation tool wrote down. You see what it holds before anything is made of it.",
        "crumbs": [(reverse(CRUMBS[0][0]), CRUMBS[0][1])],
        "submit": "Look at it first",
        "upload": True,
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def log_look(request: HttpRequest, pk: int) -> HttpResponse:
    """What an upload holds; POST takes it in."""
    upload = get_object_or_404(LogUpload, pk=pk)
    context = {"upload": upload, "crumbs": [(reverse(route), label) for route, label in CRUMBS]}
    if upload.is_moving or upload.state == LogUpload.State.DONE:
        return _how_far(request, context)
    try:
        found = look_at(open_upload(upload), upload.name, most=LOOKED_AT if is_large(upload) else None)
    except NotALog as problem:
        return render(request, "evaluations/log_preview.html", context | {"problem": problem}, status=422)
    form = TakenAsForm(request.POST or None, found=found)
    if form.is_valid() and (done := _begun(request, form, upload)):
        return done
    figures = [(one, figure) for one in found for figure in one.reported]
    context |= {
        "form": form,
        "found": found,
        "new": [one for one in found if not one.again],
        "figures": figures[:SHOWN_FIGURES],
        "figure_count": len(figures),
    }
    return render(request, "evaluations/log_preview.html", context, status=status_of(form))


def _how_far(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """The import by a worker, while it goes on and once it is done."""
    return render(
        request,
        page_or_partial(request, "evaluations/log_progress.html", "evaluations/log_progress_live.html"),
        context,
    )


def _begun(request: HttpRequest, form: TakenAsForm, upload: LogUpload) -> HttpResponse | None:
    """A large log goes to a worker, a small one is taken in; None where it was refused, and the form says why."""
    if not is_large(upload):
        taken = _taken(request, form, upload)
        return _said(request, taken) if taken else None
    queued = attempt(
        form, lambda: queue_import(actor=person(request), upload=upload, taken_as=form.taken_as())
    )
    return redirect("evaluations:log-look", upload.pk) if queued else None


def _taken(request: HttpRequest, form: TakenAsForm, upload: LogUpload) -> list[Taken] | None:
    try:
        taken = import_log(
            actor=person(request), stream=open_upload(upload), name=upload.name, taken_as=form.taken_as()
        )
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return None
    upload.delete()
    return taken


def _said(request: HttpRequest, taken: list[Taken]) -> HttpResponse:
    """On to the run, or to the figures where there is none."""
    new = [one for one in taken if not one.again]
    if not new:
        messages.info(request, "This log was here already, so nothing new was made.")
    else:
        messages.success(request, f"The log is imported: {_counts(new)}.")
    run = next((one.log.run for one in (*new, *taken) if one.log.run), None)
    if run:
        return redirect("evaluations:run-detail", run.pk)
    return redirect(
        f"{reverse('evaluations:claimed-score-list')}?model={taken[0].log.model_version.model.slug}"
    )


def _counts(new: list[Taken]) -> str:
    runs = sum(one.log.run_id is not None for one in new)
    figures = sum(len(one.looked.reported) for one in new)
    words = [f"{runs} run{'' if runs == 1 else 's'}"] if runs else []
    return ", ".join(
        [*words, f"{figures} reported figure{'' if figures == 1 else 's'}"] if figures else words
    )


urlpatterns = [
    path("runs/import/", log_import, name="log-import"),
    path("runs/import/<int:pk>/", log_look, name="log-look"),
]
