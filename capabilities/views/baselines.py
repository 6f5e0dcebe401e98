"""Baselines and the gate: what a release is held to, whether it passes, and what must still be run."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.baselines import BaselineForm
from capabilities.middleware import current_product, use_product
from capabilities.models import Baseline, GateDecision, Requirement
from capabilities.queries.baseline_page import (
    approved_requirements,
    baselines_of,
    lines,
    standing_waivers,
    version_choices,
    version_for,
)
from capabilities.queries.baselines import plan
from capabilities.queries.products import find_version, role_in
from capabilities.queries.references import find_baseline
from capabilities.services.baselines import close_baseline, create_baseline
from capabilities.services.gate import gate_preview, record_gate
from capabilities.views.access import act_and_return, demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, may, requires
from config.people.navigation import first_url
from config.people.requests import person
from config.web import page_of
from evaluations.models import EvaluationVersion, ModelVersion
from evaluations.services.rounds import start_round


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
    baseline = _baseline(request, key)
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
        "lacking": _lacking(steps),
        "calls": sum(step["cases"] * step["repeats"] for step in _lacking(steps)),
        "waivers": standing_waivers(baseline),
        "decisions": baseline.decisions.select_related("model_version__model", "created_by")[:50],
        "token": uuid4().hex,
        "may_write": may(person(request), "write_requirements", role),
        "may_gate": may(person(request), "gate", role),
        "may_run": may(person(request), "run"),
    }
    return render(request, "capabilities/baseline_detail.html", context)


@require_safe
@requires("read")
def gate_decision(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    baseline = _baseline(request, key)
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
    baseline = _baseline(request, key)
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
    baseline = _baseline(request, key)
    demand_in(request, "gate", baseline.product)
    version = _version(request)
    return act_and_return(
        request,
        _page_of(baseline, version),
        "The decision is recorded with everything it rests on.",
        lambda: record_gate(actor=person(request), baseline=baseline, model_version=version),
    )


@require_POST
@requires("read")
def baseline_run(request: HttpRequest, key: str) -> HttpResponse:
    """Start what the plan lacks, as one round."""
    baseline = _baseline(request, key)
    demand(person(request), "run")
    version = _version(request)
    lacking = [step["id"] for step in _lacking(plan(baseline, version))]
    back = _page_of(baseline, version)
    if not lacking:
        messages.info(request, "Nothing is left to run for this version.")
        return redirect(back)
    evaluations = EvaluationVersion.objects.filter(pk__in=lacking).select_related(
        "evaluation", "dataset_version__dataset", "prompt_version"
    )
    try:
        started = start_round(
            actor=person(request),
            name=f"{baseline.key} on {version.label}",
            evaluation_versions=list(evaluations),
            model_versions=[version],
            idempotency_key=f"baseline-{baseline.pk}-{request.POST.get('token', '')[:40]}",
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(back)
    messages.success(request, f"“{started.name}” is being measured.")
    return redirect(first_url(("evaluations:round-detail",), started.pk) or back)


def _baseline(request: HttpRequest, key: str) -> Baseline:
    found = find_baseline(person(request), key)
    if found is None:
        raise Http404(f"There is no baseline {key}.")
    use_product(request, found.product)
    return found


def _version(request: HttpRequest) -> ModelVersion:
    found = find_version(request.POST.get("version", ""))
    if found is None:
        raise Http404("There is no such version.")
    return found


def _page_of(baseline: Baseline, version: ModelVersion) -> str:
    return (
        f"{resolve_url('capabilities:baseline-detail', baseline.key)}?{urlencode({'version': version.label})}"
    )


def _lacking(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [step for step in steps if step["done"] is None and step["moving"] is None]


urlpatterns = [
    path("baselines/", baselines, name="baseline-list"),
    path("baselines/new/", baseline_new, name="baseline-new"),
    path("baselines/<slug:key>/", baseline_detail, name="baseline-detail"),
    path("baselines/<slug:key>/close/", baseline_close, name="baseline-close"),
    path("baselines/<slug:key>/record/", baseline_record, name="baseline-record"),
    path("baselines/<slug:key>/run/", baseline_run, name="baseline-run"),
    path("baselines/<slug:key>/decisions/<int:pk>/", gate_decision, name="gate-decision"),
]
