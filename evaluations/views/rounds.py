"""Rounds: what was started together, a new one with its cost before it starts, and how one goes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Conflict, Refused
from config.forms import add_refusal
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_or_partial
from evaluations.forms.rounds import RoundForm
from evaluations.models import Round, Run, Side
from evaluations.queries.rounds import rounds_with_counts
from evaluations.queries.runs import runs_with_related
from evaluations.queries.scores import headlines
from evaluations.services.endings import MOVING
from evaluations.services.rounds import RoundPreview, cancel_round, preview_round, start_round
from evaluations.views.exports import list_file, wants_file
from evaluations.views.paging import newest_first
from evaluations.views.records import ROUND_COLUMNS, round_values

PREFILLED = ("suite", "cap", "cap_unit", "priority", "name")


@require_safe
@requires("read")
def round_list(request: HttpRequest) -> HttpResponse:
    rounds = rounds_with_counts()
    if wants_file(request):
        return list_file(request, "rounds", rounds.order_by("-pk"), ROUND_COLUMNS, round_values)
    context = {
        "page": newest_first(request, rounds),
        "may_run": may(request.user, "run"),
    }
    template = page_or_partial(request, "evaluations/round_list.html", "evaluations/round_table.html")
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("run")
def round_new(request: HttpRequest) -> HttpResponse:
    form = RoundForm(request.POST) if request.method == "POST" else RoundForm(initial=_initial(request))
    wanted = form.is_bound and "preview" not in request.POST
    started = _started(request, form) if wanted and form.is_valid() else None
    if started is not None:
        return redirect("evaluations:round-detail", pk=started.pk)
    status = 422 if wanted else 200
    return render(request, "evaluations/round_form.html", _form_context(form), status=status)


def _started(request: HttpRequest, form: RoundForm) -> Round | None:
    """The round; None with the reason in the form. The same form posted twice is one round."""
    evaluations = form.evaluation_versions()
    key = form.cleaned_data["key"]
    try:
        return start_round(
            actor=person(request),
            name=form.title(evaluations) if evaluations else "",
            suite=form.cleaned_data["suite"],
            evaluation_versions=evaluations,
            model_versions=form.model_versions(),
            priority=form.cleaned_data["priority"],
            idempotency_key=key,
            idempotency_digest=form.digest() if key else "",
            **form.budget(),
        )
    except Conflict:
        form.add_error(None, "This form has started a round already. Press Run again to start another one.")
        fresh = request.POST.copy()
        fresh["key"] = uuid4().hex
        form.data = fresh
    except Refused as refusal:
        add_refusal(form, refusal)
    return None


def _initial(request: HttpRequest) -> dict[str, Any]:
    given = {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}
    return {
        **given,
        "evaluations": request.GET.getlist("evaluations"),
        "versions": [value for value in request.GET.getlist("versions") if value.isdecimal()],
        "key": uuid4().hex,
    }


def _form_context(form: RoundForm) -> dict[str, Any]:
    return {"form": form, "sides": _by_side(form), "preview": _preview(form) if form.is_bound else None}


def _by_side(form: RoundForm) -> list[tuple[str, list[Any]]]:
    """The tick boxes of versions under ours, competitors and simple alternatives."""
    boxes = sorted(form["versions"].subwidgets, key=lambda box: Side.values.index(_side(box)))
    return [(Side(side).label, list(group)) for side, group in groupby(boxes, key=_side)]


def _side(box: Any) -> str:
    return str(box.data["value"].instance.model.side)


def _preview(form: RoundForm) -> RoundPreview | None:
    """None while nothing is chosen that could run."""
    form.is_valid()
    evaluations, versions = form.evaluation_versions(), form.model_versions()
    if not evaluations or not versions:
        return None
    return preview_round(evaluation_versions=evaluations, model_versions=versions, **form.budget())


@require_safe
@requires("run")
def round_preview(request: HttpRequest) -> HttpResponse:
    preview = _preview(RoundForm(request.GET))
    return render(request, "evaluations/round_preview.html", {"preview": preview})


@require_safe
@requires("read")
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(rounds_with_counts(), pk=pk)
    runs = list(runs_with_related({"round": str(pk)}).order_by("pk"))
    scores = headlines(runs)
    moving = any(run.state in MOVING for run in runs)
    context = {
        "round": found,
        "rows": [(run, scores.get(run.pk)) for run in runs],
        "beside": _beside(runs),
        "spent": found.settled + found.reserved + found.unknown,
        "ended": sum(run.done + run.failed + run.not_needed for run in runs),
        "moving": moving,
        "may_cancel": moving and may(request.user, "run"),
        "may_run": may(request.user, "run"),
    }
    template = page_or_partial(request, "evaluations/round_detail.html", "evaluations/round_live.html")
    return render(request, template, context)


def _beside(runs: Sequence[Run]) -> list[tuple[str, str, str]]:
    """Each evaluation with finished runs of the round, the query that compares them, and what that sets beside each other."""
    finished: dict[str, list[Run]] = {}
    for run in runs:
        if run.state in (Run.State.DONE, Run.State.PARTIAL):
            finished.setdefault(str(run.evaluation_version), []).append(run)
    return [(name, *way) for name, found in finished.items() for way in _comparisons_of(found)]


def _comparisons_of(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """All runs of one evaluation beside each other, and our newest against every rival, whoever ran it."""
    if len(runs) > 1:
        yield urlencode([("selected", run.pk) for run in runs]), f"{len(runs)} versions"
    ours = [run for run in runs if run.model_version.model.side == Side.OWN]
    if ours:
        yield f"run={ours[-1].pk}&rivals=all", "ours against all rivals"


@require_POST
@requires("run")
def round_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Round, pk=pk)
    if cancel_round(actor=person(request), round=found):
        messages.success(request, "From now on no call of this round starts.")
    else:
        messages.info(request, "Every run of this round is over already.")
    return redirect("evaluations:round-detail", pk=pk)


urlpatterns = [
    path("rounds/", round_list, name="round-list"),
    path("rounds/new/", round_new, name="round-new"),
    path("rounds/preview/", round_preview, name="round-preview"),
    path("rounds/<int:pk>/", round_detail, name="round-detail"),
    path("rounds/<int:pk>/cancel/", round_cancel, name="round-cancel"),
]
