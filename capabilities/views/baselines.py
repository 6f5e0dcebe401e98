"""Baselines and the gate: what a release is held to, and whether it passes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.baselines import BaselineForm
from capabilities.middleware import current_product
from capabilities.models import Baseline, GateDecision, Requirement
from capabilities.queries.baseline_page import (
    approved_requirements,
    baselines_of,
    lines,
    standing_waivers,
    version_choices,
    version_for,
)
from capabilities.queries.baselines import lacking, plan
from capabilities.queries.products import find_version, role_in
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.gate import gate_preview, record_gate
from capabilities.views.access import (
    act_and_return,
    baseline_or_404,
    baseline_page,
    demand_in,
    product_or_404,
)
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.models import ModelVersion


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


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def baseline_new(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    approved = approved_requirements(product)
    form = BaselineForm(request.POST or None, requirements=approved)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = create_baseline(
                actor=person(request),
                product=product,
                name=given["name"],
                note=given["note"],
                requirements=form.chosen(),
            )
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{made.key} holds {made.items.count()} requirements.")
            return redirect("capabilities:baseline-detail", made.key)
    shown = _filtered(request, approved)
    ticked = set(request.POST.getlist("selected")) if form.is_bound else {row.key for row in shown}
    context = {
        "form": form,
        "product": product,
        "rows": [(row, row.key in ticked) for row in (approved if form.is_bound else shown)],
        "capabilities": sorted(
            {row.capability.slug: row.capability.name for row in approved if row.capability}.items()
        ),
        "priorities": Requirement.Priority.choices,
    }
    return render(request, "capabilities/baseline_new.html", context, status=422 if form.errors else 200)


def _filtered(request: HttpRequest, rows: list[Requirement]) -> list[Requirement]:
    capability, priority = request.GET.get("capability", ""), request.GET.get("priority", "")
    return [
        row
        for row in rows
        if (not capability or (row.capability and row.capability.slug == capability))
        and (not priority or row.priority == priority)
    ]


@require_safe
@requires("read")
def baseline_detail(request: HttpRequest, key: str) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    version = version_for(baseline, request.GET.get("version", ""))
    reply = gate_preview(baseline, version) if version else None
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
    version = _version(request)
    return act_and_return(
        request,
        baseline_page(baseline, version),
        "The decision is recorded with everything it rests on.",
        lambda: record_gate(actor=person(request), baseline=baseline, model_version=version),
    )


def _version(request: HttpRequest) -> ModelVersion:
    found = find_version(request.POST.get("version", ""))
    if found is None:
        raise Http404("There is no such version.")
    return found


urlpatterns = [
    path("baselines/", baselines, name="baseline-list"),
    path("baselines/new/", baseline_new, name="baseline-new"),
    path("baselines/<slug:key>/", baseline_detail, name="baseline-detail"),
    path("baselines/<slug:key>/close/", baseline_close, name="baseline-close"),
    path("baselines/<slug:key>/record/", baseline_record, name="baseline-record"),
    path("baselines/<slug:key>/decisions/<int:pk>/", gate_decision, name="gate-decision"),
]
