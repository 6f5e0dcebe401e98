"""Baselines and the gate: what a release is held to, and whether it passes."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from capabilities.middleware import current_product
from capabilities.models import Baseline, GateDecision
from capabilities.queries.baseline_page import (
    baselines_of,
    lines,
    standing_waivers,
    version_choices,
    version_for,
)
from capabilities.queries.baselines import lacking, plan
from capabilities.queries.products import role_in
from capabilities.queries.releases import SOON_DAYS
from capabilities.services.baselines import close_baseline
from capabilities.services.gate import gate_preview, record_gate
from capabilities.views.access import (
    act_and_return,
    baseline_or_404,
    baseline_page,
    demand_in,
    posted_version_or_404,
)
from config.people.access import may, requires
from config.people.requests import person
from config.web import address_of, page_of


@require_safe
@requires("read")
def baselines(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/baseline_list.html", {"product": None})
    role = role_in(person(request), product)
    context = {
        "product": product,
        "page": page_of(request, baselines_of(product)),
        "may_write": may(person(request), "write_requirements", role),
    }
    return render(request, "capabilities/baseline_list.html", context)


@require_safe
@requires("read")
def baseline_detail(request: HttpRequest, key: str) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    version = version_for(baseline, request.GET.get("version", ""))
    reply = gate_preview(baseline, version, address_of(request)) if version else None
    if reply and request.GET.get("format") == "json":
        name = f"{baseline.key}-{reply['version'].replace('@', '-')}.json"
        return JsonResponse(reply, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    role = role_in(person(request), baseline.product)
    steps = plan(baseline, version) if version else []
    context = {
        "baseline": baseline,
        "version": version,
        "choices": version_choices(baseline.product),
        "reply": reply,
        "lines": lines(baseline, reply) if reply else [],
        "plan": steps,
        "lacking": lacking(steps),
        "waivers": standing_waivers(baseline),
        "today": timezone.localdate(),
        "soon": timezone.localdate() + timedelta(days=SOON_DAYS),
        "decisions": baseline.decisions.select_related("model_version__model", "created_by")[:50],
        "may_write": may(person(request), "write_requirements", role),
        "may_gate": may(person(request), "gate", role),
        "may_run": may(person(request), "run"),
    }
    return render(request, "capabilities/baseline_detail.html", context)


@require_safe
@requires("read")
def gate_decision(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    decision = get_object_or_404(
        baseline.decisions.select_related("model_version__model", "created_by"), pk=pk
    )
    return render(request, "capabilities/gate_decision.html", _decided(baseline, decision))


def _decided(baseline: Baseline, decision: GateDecision) -> dict[str, Any]:
    return {
        "baseline": baseline,
        "decision": decision,
        "reply": decision.body,
        "lines": lines(baseline, decision.body),
    }


@require_POST
@requires("read")
def baseline_close(request: HttpRequest, key: str) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    demand_in(request, "write_requirements", baseline.product)
    return act_and_return(
        request,
        reverse("capabilities:baseline-detail", args=[baseline.key]),
        f"{baseline.key} is closed; what it holds no longer changes.",
        lambda: close_baseline(actor=person(request), baseline=baseline),
    )


@require_POST
@requires("read")
def baseline_record(request: HttpRequest, key: str) -> HttpResponse:
    """Record the decision as it stands; the same inputs are the same record."""
    baseline = baseline_or_404(request, key)
    demand_in(request, "gate", baseline.product)
    version = posted_version_or_404(request)
    return act_and_return(
        request,
        baseline_page(baseline, version),
        "The decision is recorded with everything it rests on.",
        lambda: record_gate(
            actor=person(request), baseline=baseline, model_version=version, site=address_of(request)
        ),
    )


urlpatterns = [
    path("baselines/", baselines, name="baseline-list"),
    path("baselines/<slug:key>/", baseline_detail, name="baseline-detail"),
    path("baselines/<slug:key>/close/", baseline_close, name="baseline-close"),
    path("baselines/<slug:key>/record/", baseline_record, name="baseline-record"),
    path("baselines/<slug:key>/decisions/<int:pk>/", gate_decision, name="gate-decision"),
]
