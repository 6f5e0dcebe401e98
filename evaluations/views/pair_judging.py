"""Let a judge compare two runs: what it would take, then the start of it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from config.people.access import may, requires
from config.people.requests import person
from evaluations.forms.pair_judging import PairJudgingForm
from evaluations.models import Run
from evaluations.queries.pair_judgings import UNCHECKED, PairReading, pair_readings, pair_reasons
from evaluations.queries.sides import loaded_runs
from evaluations.services.pair_judging import Asking, PairAsked, asking_of, start_pair_judging
from evaluations.views.deeds import attempt, status_of
from evaluations.views.paging import whole_number


@require_http_methods(["GET", "HEAD", "POST"])
@requires("run")
def pair_judging(request: HttpRequest) -> HttpResponse:
    """The form; sent, first how many calls it takes, and with `start` the start of it."""
    first, second = _runs(request)
    compare = f"{reverse('evaluations:compare')}?run={first.pk}&against={second.pk}"
    given = {name: request.GET.get(name, "") for name in ("judge", "question")}
    form, asking = PairJudgingForm(request.POST or None, initial=given), None
    if request.method == "POST" and form.is_valid():
        asked = PairAsked(first, second, **form.cleaned_data)
        asking = asking_of(asked)
        if request.POST.get("step") == "start":
            made = attempt(form, lambda: start_pair_judging(actor=person(request), asked=asked))
            if made is not None:
                messages.success(request, _done(*made))
                return redirect(compare)
    return _page(request, form, first, second, asking)


def _done(run: Run, created: bool) -> str:
    if created:
        return f"Run {run.pk} asks the judge {run.total} times. Its opinion stands here when it is over."
    return f"This judge was asked this about the two runs before, by run {run.pk}. It is not asked again."


def _page(
    request: HttpRequest, form: PairJudgingForm, first: Run, second: Run, asking: Asking | None
) -> HttpResponse:
    context = {"form": form, "first": first, "second": second, "asking": asking}
    return render(request, "evaluations/pair_judging.html", context, status=status_of(form))


def _runs(request: HttpRequest) -> tuple[Run, Run]:
    numbers = [whole_number(request.GET.get(name, "")) for name in ("run", "against")]
    found = Run.objects.in_bulk([number for number in numbers if number])
    if len(found) != len(numbers):
        raise Http404
    first, second = loaded_runs([found[number] for number in numbers if number])
    return first, second


def judged_part(request: HttpRequest, run_a: Run, run_b: Run) -> dict[str, Any]:
    """What judges said of two runs on the page of their comparison. One query; three with judgings."""
    if run_a.evaluation_version_id != run_b.evaluation_version_id:
        return {}
    return {
        "judged": pair_readings(run_a, run_b),
        "unchecked": UNCHECKED,
        "may_ask_judge": may(request.user, "run"),
    }


def with_reasons(part: dict[str, Any], readings: list[PairReading], run_a: Run) -> dict[str, Any]:
    """The part with samples, and each case's reasons where its content may be read. Two queries, none without judgings."""
    if part.get("content") and readings:
        hashes = [side.row.hash for side in part["pairs"]]
        reasons = pair_reasons(readings, run_a, hashes)
        part["pairs"] = [replace(side, reasons=reasons.get(side.row.hash, ())) for side in part["pairs"]]
    return part


urlpatterns = [path("compare/judge/", pair_judging, name="compare-judge")]
