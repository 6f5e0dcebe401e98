"""The labelling queue: people say what answers are worth, blind, so that a judge can be checked by them."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from config.people.access import may, requires, sentence
from config.people.requests import person
from evaluations.models import Response, Run, ScorerVersion
from evaluations.queries.calibrations import LEAST_LABELLED, agreement_of, calibrations_of
from evaluations.queries.labelling import (
    MOST_RUNS,
    disagreements,
    labelled_scorers,
    next_answer,
    offered,
    progress_of,
    runs_to_label,
)
from evaluations.queries.vectors import Slice, parse_slice
from evaluations.services.labelling import choices_of, label_answer, take_label_back
from evaluations.views.content import may_see_content, note_exposure
from evaluations.views.deeds import act
from evaluations.views.paging import whole_number

MOST_SKIPPED = 200
LISTED = 50
OFFERED_RUNS = 50


@dataclass(frozen=True)
class Chosen:
    """What the address asks for.

    skipped: answers passed over in this sitting. part: only cases of this slice. note: what was not understood.
    """

    scorer: ScorerVersion | None
    runs: list[Run]
    skipped: list[int]
    part: Slice | None = None
    note: str = ""

    @property
    def slice(self) -> str:
        return "=".join(self.part) if self.part else ""


@require_safe
@requires("read")
def label_queue(request: HttpRequest) -> HttpResponse:
    scorers = list(labelled_scorers())
    chosen = _chosen(request.GET, scorers)
    context: dict[str, Any] = {
        "scorers": scorers,
        "chosen": chosen,
        "least": LEAST_LABELLED,
        "may_label": may(request.user, "write_facts"),
        "refusal": sentence("write_facts"),
    }
    if chosen.scorer is not None:
        context |= _state(request, chosen, chosen.scorer)
    return render(request, "evaluations/label_queue.html", context)


def _state(request: HttpRequest, chosen: Chosen, scorer: ScorerVersion) -> dict[str, Any]:
    """How far the labelling is, and the answer that is read now."""
    calibration = calibrations_of([scorer])[scorer.pk]
    differing = disagreements(scorer)
    state: dict[str, Any] = {
        "calibration": calibration,
        "problem": calibration.problem(),
        "agreement": agreement_of(calibration),
        "runs": list(runs_to_label(scorer)[:OFFERED_RUNS]),
        "differing": differing[:LISTED],
        "differing_count": len(differing),
        "choices": choices_of(scorer),
        "rubric": scorer.config.get("rubric", ""),
    }
    if not chosen.runs:
        return state
    state["progress"] = progress_of(scorer, chosen.runs, person(request).pk, chosen.part)
    readable = all(may_see_content(request, run) for run in chosen.runs)
    if not readable:
        return state | {"refusal": sentence("read_test"), "may_label": False}
    if may(request.user, "write_facts"):
        state |= _offer(request, chosen, scorer, differing)
    return state


def _offer(
    request: HttpRequest, chosen: Chosen, scorer: ScorerVersion, differing: list[Any]
) -> dict[str, Any]:
    """The next answer, or one of those that are to be settled; reading it leaves a note."""
    asked = whole_number(request.GET.get("settle", ""))
    settling = next((one for one in differing if one.response_id == asked), None)
    found = (
        offered(settling.response_id)
        if settling is not None
        else next_answer(scorer, chosen.runs, person(request).pk, chosen.skipped, chosen.part)
    )
    if found is not None:
        note_exposure(request, found.response.run, 1, content=True)
    return {"offered": found, "settling": settling}


def _chosen(query: QueryDict, scorers: list[ScorerVersion]) -> Chosen:
    """Three queries at most. Without a scorer in the address the first there is."""
    asked = whole_number(query.get("scorer", ""))
    scorer = next((one for one in scorers if one.pk == asked), scorers[0] if scorers and not asked else None)
    if scorer is None:
        return Chosen(None, [], [])
    ids = [whole_number(text) for text in query.getlist("run")[:MOST_RUNS]]
    runs = list(runs_to_label(scorer).filter(pk__in=ids)) if ids else []
    skipped = [whole_number(text) for text in query.getlist("skip")[-MOST_SKIPPED:]]
    try:
        return Chosen(scorer, runs, skipped, parse_slice(query.get("slice")))
    except ValueError as refused:
        return Chosen(scorer, runs, skipped, note=str(refused))


@require_POST
@requires("write_facts")
def label_answer_view(request: HttpRequest) -> HttpResponse:
    """One label, or taking one's last one back; then the next answer."""
    response = get_object_or_404(
        Response.objects.select_related("case"), pk=whole_number(request.POST.get("response", ""))
    )
    scorer = get_object_or_404(
        ScorerVersion.objects.select_related("scorer"), pk=whole_number(request.POST.get("scorer", ""))
    )
    query = QueryDict(request.POST.get("query", ""), mutable=True)
    query.pop("settle", None)
    query.pop("last", None)
    if request.POST.get("undo"):
        done = act(
            request,
            "Your label was taken back; the answer comes again.",
            lambda: take_label_back(actor=person(request), response=response, scorer=scorer),
        )
    else:
        said, settles = request.POST.get("said", ""), request.POST.get("settles") == "yes"
        done = act(
            request,
            f"{'Settled' if settles else 'Labelled'}: {said}.",
            lambda: label_answer(
                actor=person(request), response=response, scorer=scorer, said=said, settles=settles
            ),
        )
        if done and not settles:
            query["last"] = str(response.pk)
    return redirect(f"{reverse('evaluations:label-queue')}?{query.urlencode()}")


urlpatterns = [
    path("labelling/", label_queue, name="label-queue"),
    path("labelling/label/", label_answer_view, name="label-answer"),
]
