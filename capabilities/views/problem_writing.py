"""Writing a problem down, and concluding of it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from capabilities.forms.problems import AssessForm, ProblemForm
from capabilities.models import Assessment, Problem
from capabilities.queries.problem_evidence import Choice, choices
from capabilities.services.assessing import assess
from capabilities.services.problems import FIELDS, create_problem, edit_problem, seen_of
from capabilities.views.access import demand_in, product_or_404
from capabilities.views.problems import problem_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from evaluations.models import Run
from evaluations.queries.pairs import finished_runs

FORM_METHODS = ["GET", "HEAD", "POST"]
FORM, WORKSHEET = "capabilities/problems/problem_form.html", "capabilities/problems/problem_assess.html"


@require_http_methods(FORM_METHODS)
@requires("read")
def problem_new(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    form = ProblemForm(request.POST or None, initial={"title": request.GET.get("title", "")[:160]})
    if form.is_valid():
        fields = _fields(form)
        try:
            made = create_problem(actor=person(request), product=product, **fields)
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{made.key} is written down. Work through the questions next.")
            return redirect("capabilities:problem-detail", made.key)
    context = {"form": form, "product": product, "problem": None}
    return render(request, FORM, context, status=422 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@requires("read")
def problem_edit(request: HttpRequest, key: str) -> HttpResponse:
    problem = problem_or_404(request, key)
    demand_in(request, "write_requirements", problem.product)
    initial = {name: getattr(problem, name) for name in FIELDS} | {"seen": seen_of(problem)}
    form = ProblemForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            edit_problem(
                actor=person(request), problem=problem, seen=form.cleaned_data["seen"], **_fields(form)
            )
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
            # Who read the sentence has seen that there is another text: saving again is meant.
            seen = seen_of(Problem.objects.get(pk=problem.pk))
            form.data = QueryDict(f"{request.POST.urlencode()}&{urlencode({'seen': seen})}")
        else:
            messages.success(request, "Saved.")
            return redirect("capabilities:problem-detail", problem.key)
    context = {"form": form, "product": problem.product, "problem": problem}
    return render(request, FORM, context, status=422 if form.errors else 200)


def _fields(form: ProblemForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in FIELDS}


@require_http_methods(FORM_METHODS)
@requires("read")
def problem_assess(request: HttpRequest, key: str) -> HttpResponse:
    """The worksheet; it starts from the last assessment."""
    problem = problem_or_404(request, key)
    demand_in(request, "write_requirements", problem.product)
    last = problem.assessments.prefetch_related("evidence__scorer").first()
    there = _there(problem, last)
    form = AssessForm(request.POST or None, choices=there, initial=_from(last))
    if form.is_valid():
        given = form.cleaned_data
        try:
            assess(
                actor=person(request),
                problem=problem,
                conclusion=given["conclusion"],
                reason=given["reason"],
                answers=form.answers(),
                evidence=form.chosen(),
                ai_part=given["ai_part"],
                rules_part=given["rules_part"],
            )
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{problem.key} is assessed.")
            return redirect("capabilities:problem-detail", problem.key)
    context = {"form": form, "problem": problem, "last": last}
    return render(request, WORKSHEET, context, status=422 if form.errors else 200)


def _there(problem: Problem, last: Assessment | None) -> list[Choice]:
    """What the last assessment rests on, then what there is. Four queries."""
    kept = list(last.evidence.all()) if last else []
    runs: dict[int, Run] = {}
    if kept:
        runs = finished_runs().in_bulk({pk for one in kept for pk in (one.run_id, one.against_id)})
    scorers = {one.pk: one.scorer.versions.order_by("-number").first() for one in kept}
    found = [
        Choice(_value(one), runs[one.run_id], runs[one.against_id], scorer, one.against_is)
        for one in kept
        if (scorer := scorers[one.pk]) and {one.run_id, one.against_id} <= set(runs)
    ]
    known = {_pair(choice) for choice in found}
    return found + [choice for choice in choices(problem.kind) if _pair(choice) not in known]


def _value(one: Any) -> str:
    return f"{one.run_id}:{one.against_id}:{one.scorer.slug}:{one.against_is}"


def _pair(choice: Choice) -> tuple[int, int, str]:
    return choice.run.pk, choice.against.pk, choice.scorer.scorer.slug


def _from(last: Assessment | None) -> dict[str, Any]:
    if last is None:
        return {}
    initial: dict[str, Any] = {
        name: getattr(last, name) for name in ("conclusion", "reason", "ai_part", "rules_part")
    }
    for slug, said in last.answers.items():
        initial |= {f"answer_{slug}": said.get("answer"), f"note_{slug}": said.get("note")}
    return initial | {"evidence": [_value(one) for one in last.evidence.all()]}


urlpatterns = [
    path("problems/new/", problem_new, name="problem-new"),
    path("problems/<slug:key>/edit/", problem_edit, name="problem-edit"),
    path("problems/<slug:key>/assess/", problem_assess, name="problem-assess"),
]
