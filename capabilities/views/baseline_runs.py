"""What a baseline still lacks on a version: what running it takes, within which budget, and its start."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from capabilities.forms.baselines import BaselineRunForm
from capabilities.models import Baseline
from capabilities.queries.baselines import lacking, plan
from capabilities.queries.products import find_version
from capabilities.views.access import baseline_or_404, baseline_page
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, requires
from config.people.navigation import first_url
from config.people.requests import person
from config.web import page_or_partial
from evaluations.models import EvaluationVersion, ModelVersion, Round
from evaluations.services.rounds import preview_round, start_round

PAGE, PREVIEW = "capabilities/baseline_run.html", "evaluations/round_preview.html"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def baseline_run(request: HttpRequest, key: str) -> HttpResponse:
    """Calls and cost first, with an optional budget; Run starts what the plan lacks, as one round."""
    baseline = baseline_or_404(request, key)
    demand(person(request), "run")
    given = request.POST if request.method == "POST" else request.GET
    version = find_version(given.get("version", ""))
    if version is None:
        raise Http404("There is no such version.")
    steps = lacking(plan(baseline, version))
    if not steps:
        messages.info(request, "Nothing is left to run for this version.")
        return redirect(baseline_page(baseline, version))
    evaluations = _evaluations(steps)
    form = BaselineRunForm(given if "cap" in given or request.method == "POST" else None)
    wanted = request.method == "POST" and "preview" not in request.POST
    started = _started(request, baseline, version, evaluations, form) if wanted and form.is_valid() else None
    if started is not None:
        messages.success(request, f"“{started.name}” is being measured.")
        return redirect(
            first_url(("evaluations:round-detail",), started.pk) or baseline_page(baseline, version)
        )
    budget = form.budget() if form.is_valid() else {}
    context = {
        "baseline": baseline,
        "version": version,
        "back": baseline_page(baseline, version),
        "steps": steps,
        "form": form,
        "preview": preview_round(evaluation_versions=evaluations, model_versions=[version], **budget),
        "token": given.get("token", "") or uuid4().hex,
    }
    return render(request, page_or_partial(request, PAGE, PREVIEW), context, status=422 if wanted else 200)


def _evaluations(steps: list[dict[str, Any]]) -> list[EvaluationVersion]:
    found = EvaluationVersion.objects.filter(pk__in=[step["id"] for step in steps])
    return list(found.select_related("evaluation", "dataset_version__dataset", "prompt_version"))


def _started(
    request: HttpRequest,
    baseline: Baseline,
    version: ModelVersion,
    evaluations: list[EvaluationVersion],
    form: BaselineRunForm,
) -> Round | None:
    """The round; None with the reason in the form. The same form posted twice is one round."""
    try:
        return start_round(
            actor=person(request),
            name=f"{baseline.key} on {version.label}",
            evaluation_versions=evaluations,
            model_versions=[version],
            charged_to=baseline.product.key,
            idempotency_key=f"baseline-{baseline.pk}-{request.POST.get('token', '')[:40]}",
            **form.budget(),
        )
    except Refused as refusal:
        add_refusal(form, refusal)
    return None


urlpatterns = [path("baselines/<slug:key>/run/", baseline_run, name="baseline-run")]
