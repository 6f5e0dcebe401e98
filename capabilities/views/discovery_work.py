"""The work on a discovery: tries, thumbs, measures, the package, and retries on a new version."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from capabilities.forms.discoveries import PERSON, BudgetForm, MeasuresForm, PackageForm, TriesForm
from capabilities.models import Discovery
from capabilities.queries.discoveries import history_of, newest, seen_in
from capabilities.queries.discovery_rates import runs_by_id, thumbs_of
from capabilities.services.discovery_measures import check_named, start_measures
from capabilities.services.discovery_packaging import Package, package
from capabilities.services.discovery_retries import preview_retry, retry_on
from capabilities.services.discovery_tries import TRIES, Trial, judge_try, preview_tries, start_tries
from capabilities.views.access import act, demand_in, posted_version_or_404, product_or_404
from capabilities.views.discoveries import discovery_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from config.web import page_of
from evaluations.models import Response

Made = TypeVar("Made")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("run")
def discovery_tries(request: HttpRequest, key: str) -> HttpResponse:
    discovery = _writable(request, key)
    seen = seen_in(discovery)
    initial = {"models": [seen.run.model_version_id] if seen else [], "with_found": True}
    test, found = bool(seen and seen.test), bool(seen and seen.case)
    form = TriesForm(request.POST or None, initial=initial, test=test, found=found)
    preview = None
    if form.is_valid():
        if request.POST.get("do") == "run":
            if _attempt(
                form,
                lambda: start_tries(actor=person(request), discovery=discovery, trial=_trial(request, form)),
            ):
                messages.success(request, "The tries are being made.")
                return _detail(discovery)
        else:
            preview = _attempt(
                form,
                lambda: preview_tries(
                    actor=person(request), discovery=discovery, trial=_trial(request, form)
                ),
            )
    context = {"discovery": discovery, "form": form, "seen": seen, "preview": preview}
    return render(request, "capabilities/discoveries/tries.html", context, status=422 if form.errors else 200)


def _trial(request: HttpRequest, form: TriesForm) -> Trial:
    given = form.cleaned_data
    judge = None if given["judge"] == PERSON else check_named(person(request), given["judge"], form.checks)
    return Trial(
        model_versions=form.chosen_models(),
        tries=given["tries"],
        rows=form.inputs,
        with_found=given.get("with_found", False),
        judge=judge,
        target=given["target"] / 100,
        cap=given["cap"],
        cap_unit=given["cap_unit"],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def discovery_judge(request: HttpRequest, key: str) -> HttpResponse:
    """The answers of the newest tries, each with a thumb. The inputs are development cases."""
    discovery = _writable(request, key)
    evidence = newest(history_of(discovery), *TRIES)
    if evidence is None:
        messages.info(request, "There is no try to judge yet.")
        return _detail(discovery)
    if request.method == "POST":
        number = request.POST.get("response", "")
        pk = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
        response = get_object_or_404(Response, pk=pk)
        good = request.POST.get("good") == "yes"
        act(
            request,
            "Judged.",
            lambda: judge_try(actor=person(request), evidence=evidence, response=response, good=good),
        )
        here = reverse("capabilities:discovery-judge", args=[discovery.key])
        return redirect(f"{here}?page={request.POST.get('page', '1')[:5]}#answer-{pk}")
    rows = Response.objects.filter(run__in=evidence.runs).order_by("case__key", "repeat", "run")
    page = page_of(request, rows.select_related("output", "case__content", "run__model_version__model"), 20)
    thumbs = thumbs_of(evidence)
    context = {
        "discovery": discovery,
        "evidence": evidence,
        "page": page,
        "rows": [(one, thumbs.get(one.pk)) for one in page],
        "judged": len(thumbs),
        "moving": any(not run.finished_at for run in runs_by_id(evidence.runs).values()),
    }
    return render(request, "capabilities/discoveries/judge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def discovery_measures(request: HttpRequest, key: str) -> HttpResponse:
    discovery = _writable(request, key)
    form = MeasuresForm(request.POST or None)
    if form.is_valid():
        actor = person(request)
        if _attempt(
            form,
            lambda: start_measures(
                actor=actor,
                discovery=discovery,
                scorer_versions=[
                    check_named(actor, name, form.checks) for name in form.cleaned_data["measures"]
                ],
            ),
        ):
            messages.success(request, "The measures are being worked out.")
            return _detail(discovery)
    context = {"discovery": discovery, "form": form}
    return render(
        request, "capabilities/discoveries/measures.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("run")
def discovery_package(request: HttpRequest, key: str) -> HttpResponse:
    discovery = discovery_or_404(request, key)
    demand_in(request, "write_requirements", discovery.product)
    form = PackageForm(request.POST or None, initial=_filling(discovery), discovery=discovery)
    if form.is_valid():
        made = _attempt(
            form, lambda: package(actor=person(request), discovery=discovery, wanted=_package(request, form))
        )
        if made and made.requirement:
            messages.success(
                request, f"{made.key} is packaged into {made.requirement.key}; its evaluation runs."
            )
            return redirect("capabilities:requirement-detail", made.requirement.key)
    context = {"discovery": discovery, "form": form}
    return render(
        request, "capabilities/discoveries/package.html", context, status=422 if form.errors else 200
    )


def _filling(discovery: Discovery) -> dict[str, Any]:
    tried = newest(history_of(discovery), *TRIES)
    runs = runs_by_id(tried.runs).values() if tried else []
    return {
        "title": discovery.title,
        "shall": discovery.statement or discovery.title,
        "capability_name": discovery.title[:120],
        "rationale": f"Seen by itself and confirmed as {discovery.key}.",
        "check": tried.judge.scorer.slug if tried and tried.judge else "",
        "models": [run.model_version_id for run in runs],
    }


def _package(request: HttpRequest, form: PackageForm) -> Package:
    given = form.cleaned_data
    return Package(
        title=given["title"],
        shall=given["shall"],
        rationale=given["rationale"],
        threshold=given["threshold"] / 100,
        rows=form.new_cases,
        check=check_named(person(request), given["check"], form.checks),
        model_versions=form.chosen_models(),
        capability=given["capability"],
        capability_name=given["capability_name"],
        may_leave=given["may_leave"],
        cap=given["cap"],
        cap_unit=given["cap_unit"],
    )


@require_POST
@requires("run")
def discovery_retry(request: HttpRequest) -> HttpResponse:
    """version: the new one. cap, cap_unit: what it may take. do: preview or run."""
    product = product_or_404(request)
    demand_in(request, "write_facts", product)
    version = posted_version_or_404(request)
    form = BudgetForm(request.POST if "cap_unit" in request.POST else None)
    budget = (
        {"cap": form.cleaned_data["cap"], "cap_unit": form.cleaned_data["cap_unit"]}
        if form.is_valid()
        else {}
    )
    if request.POST.get("do") != "run" or form.errors:
        preview = preview_retry(product=product, version=version, **budget)
        context = {"product": product, "version": version, "form": form, "preview": preview}
        status = 422 if form.errors else 200
        return render(request, "capabilities/discoveries/retry.html", context, status=status)
    act(
        request,
        f"They are tried again on {version.label}.",
        lambda: retry_on(actor=person(request), product=product, version=version, **budget),
    )
    return redirect("capabilities:discovery-list")


def _attempt(form: Any, deed: Callable[[], Made]) -> Made | None:
    try:
        return deed()
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return None


def _writable(request: HttpRequest, key: str) -> Discovery:
    found = discovery_or_404(request, key)
    demand_in(request, "write_facts", found.product)
    return found


def _detail(discovery: Discovery) -> HttpResponse:
    return redirect("capabilities:discovery-detail", discovery.key)


urlpatterns = [
    path("discoveries/retry/", discovery_retry, name="discovery-retry"),
    path("discoveries/<slug:key>/tries/", discovery_tries, name="discovery-tries"),
    path("discoveries/<slug:key>/judge/", discovery_judge, name="discovery-judge"),
    path("discoveries/<slug:key>/measures/", discovery_measures, name="discovery-measures"),
    path("discoveries/<slug:key>/package/", discovery_package, name="discovery-package"),
]
