"""Marks on the lab's answers, and what a sheet is turned into."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.views.decorators.http import require_POST
from django_htmx.http import retarget

from capabilities.services.lab_keeping import keep_criterion, keep_evaluation, keep_prompt, keep_rows
from capabilities.views.access import demand_in, requirement_or_404, words_in
from capabilities.views.lab import sheet_or_404
from config.errors import Refused
from config.people.access import demand, requires
from config.people.requests import person
from config.web import wants_partial
from evaluations.models import LabMark, LabSheet, Response
from evaluations.queries.lab import mark_of
from evaluations.scorers import measure_of
from evaluations.services.lab import mark_answer
from evaluations.services.lab_plan import checks_of

RATE_UNITS = {"", "rate"}
PRESSED = {"up": 1, "down": -1, "keep": 0}


@require_POST
@requires("run")
def lab_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """A thumb pressed again is taken back; the note beside it is kept with it."""
    sheet = sheet_or_404(request, pk)
    pressed = next((name for name in PRESSED if name in request.POST), "keep")
    number = request.POST.get(pressed, "")
    answer = Response.objects.filter(pk=int(number) if number.isdecimal() and len(number) < 19 else 0).first()
    if answer is None:
        raise Http404("There is no such answer.")
    before = mark_of(person(request), sheet, answer)
    try:
        mark_answer(
            actor=person(request),
            sheet=sheet,
            answer=answer,
            thumb=_thumb(before, pressed),
            note=words_in(request, f"note-{answer.pk}", 500),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    if not wants_partial(request):
        return redirect(f"{resolve_url('capabilities:lab-sheet', sheet.pk)}#answers")
    mark = mark_of(person(request), sheet, answer)
    part = render(request, "capabilities/lab_mark.html", {"answer": answer, "mark": mark})
    return retarget(part, f"#mark-{answer.pk}")


def _thumb(before: LabMark | None, pressed: str) -> int:
    was = before.thumb if before else 0
    if pressed == "keep":
        return was
    return 0 if PRESSED[pressed] == was else PRESSED[pressed]


@require_POST
@requires("run")
def lab_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """One press turns the sheet into something that stays; what stands in the way is said and nothing is half made."""
    demand(request.user, "write_facts")
    sheet = sheet_or_404(request, pk)
    try:
        return redirect(_kept(request, sheet, request.POST.get("as", "")))
    except Refused as refusal:
        messages.error(request, refusal.message)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(f"{resolve_url('capabilities:lab-sheet', sheet.pk)}#keep")


def _kept(request: HttpRequest, sheet: LabSheet, kind: str) -> str:
    """The address of what was made."""
    actor, letter, name = person(request), request.POST.get("letter", "A")[:1], words_in(request, "name", 100)
    if kind == "prompt":
        prompt = keep_prompt(actor=actor, sheet=sheet, letter=letter, name=name).prompt
        return resolve_url("evaluations:prompt-detail", prompt.slug)
    if kind == "dataset":
        dataset = keep_rows(actor=actor, sheet=sheet, name=name).dataset
        return resolve_url("evaluations:dataset-detail", dataset.slug)
    if kind == "evaluation":
        made = keep_evaluation(actor=actor, sheet=sheet, letter=letter, name=name)
        return resolve_url("evaluations:evaluation-detail", made.evaluation.slug)
    if kind == "criterion":
        return _criterion(request, sheet, letter)
    raise Refused("Choose what to make of it.", code="kind")


def _criterion(request: HttpRequest, sheet: LabSheet, letter: str) -> str:
    requirement = requirement_or_404(request, request.POST.get("requirement", ""))
    demand_in(request, "write_requirements", requirement.product)
    place = request.POST.get("check", "0")
    place = place if place.isdecimal() and len(place) < 4 else "0"
    criterion = keep_criterion(
        actor=person(request),
        sheet=sheet,
        requirement=requirement,
        threshold=_threshold(request, sheet, int(place)),
        letter=letter,
        check=int(place),
    )
    messages.success(
        request,
        f"{criterion.key} is on {requirement.key}, measured by the rows of the sheet. They are development rows: "
        "a verdict needs test cases.",
    )
    return resolve_url("capabilities:requirement-detail", requirement.key)


def _threshold(request: HttpRequest, sheet: LabSheet, place: int) -> float:
    try:
        given = float(request.POST.get("threshold", "").replace(",", ".").replace("%", ""))
    except ValueError:
        raise Refused("Give the target as a number, such as 90.", code="threshold") from None
    checks = checks_of(sheet)
    check = checks[place] if place < len(checks) else checks[0]
    rate = measure_of(check["kind"], check["config"]).unit in RATE_UNITS
    return given / 100 if rate else given


urlpatterns = [
    path("lab/<int:pk>/marks/", lab_mark, name="lab-mark"),
    path("lab/<int:pk>/keep/", lab_keep, name="lab-keep"),
]
