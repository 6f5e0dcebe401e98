"""The release page of a baseline for a version: every number, and a person's signed go or no go."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from capabilities.forms.releases import SignOffForm
from capabilities.models import Baseline
from capabilities.queries.baseline_page import standing_waivers, version_choices, version_for
from capabilities.queries.products import role_in
from capabilities.queries.release_records import release_record
from capabilities.queries.releases import SOON_DAYS, release, seen_inputs
from capabilities.services.gate import gate_look
from capabilities.services.sign_offs import sign_off, withdraw_sign_off
from capabilities.views.access import (
    act_and_return,
    baseline_or_404,
    demand_in,
    posted_version_or_404,
    words_in,
)
from capabilities.views.release_files import release_csv, release_markdown
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import may, requires
from config.people.requests import person
from evaluations.models import ModelVersion


@require_safe
@requires("read")
def release_page(request: HttpRequest, key: str) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    version = version_for(baseline, request.GET.get("version", ""))
    return _page(request, baseline, version)


def _page(
    request: HttpRequest, baseline: Baseline, version: ModelVersion | None, form: SignOffForm | None = None
) -> HttpResponse:
    if version is None:
        return render(request, "capabilities/release.html", {"baseline": baseline, "version": None})
    reply, inputs = gate_look(baseline, version)
    found = release(baseline, version)
    if (wanted := request.GET.get("format")) and form is None:
        name = f"{baseline.key}-{version.label.replace('@', '-')}"
        headers = {"Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
        if wanted == "json":
            return JsonResponse(release_record(found, reply), headers=headers)
        if wanted == "csv":
            return HttpResponse(release_csv(found), content_type="text/csv; charset=utf-8", headers=headers)
        if wanted == "markdown":
            return HttpResponse(release_markdown(found, reply), content_type="text/markdown; charset=utf-8")
    role = role_in(person(request), baseline.product)
    today = timezone.localdate()
    context = {
        "baseline": baseline,
        "version": version,
        "choices": version_choices(baseline.product),
        "reply": reply,
        "release": found,
        "seen": seen_inputs(inputs),
        "form": form or SignOffForm(slices=found.slices),
        "waivers": [one for one in standing_waivers(baseline) if one.model_version_id in {None, version.pk}],
        "today": today,
        "soon": today + timedelta(days=SOON_DAYS),
        "now": timezone.now(),
        "markdown": release_markdown(found, reply),
        "may_sign": may(person(request), "approve", role),
    }
    return render(request, "capabilities/release.html", context, status=422 if form and form.errors else 200)


@require_POST
@requires("read")
def release_sign(request: HttpRequest, key: str) -> HttpResponse:
    """Sign on the gate as it was seen; refused with what changed when it rests on something else by now."""
    baseline = baseline_or_404(request, key)
    demand_in(request, "approve", baseline.product)
    version = posted_version_or_404(request)
    form = SignOffForm(request.POST, slices=release(baseline, version).slices)
    if form.is_valid():
        given = form.cleaned_data
        try:
            sign_off(
                actor=person(request),
                baseline=baseline,
                model_version=version,
                decision=given["decision"],
                conditions=given["conditions"],
                note=given["note"],
                digest=request.POST.get("digest", "")[:64],
                seen=words_in(request, "seen", 400_000),
            )
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(_address(baseline, version))
    return _page(request, baseline, version, form)


@require_POST
@requires("read")
def release_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    baseline = baseline_or_404(request, key)
    demand_in(request, "approve", baseline.product)
    version = posted_version_or_404(request)
    return act_and_return(
        request,
        _address(baseline, version),
        "The sign-off is withdrawn; it stays in the history with your reason.",
        lambda: withdraw_sign_off(
            actor=person(request),
            baseline=baseline,
            model_version=version,
            reason=words_in(request, "reason"),
        ),
    )


def _address(baseline: Baseline, version: ModelVersion) -> str:
    page = reverse("capabilities:release", args=[baseline.key])
    return f"{page}?{urlencode({'version': version.label})}"


urlpatterns = [
    path("baselines/<slug:key>/release/", release_page, name="release"),
    path("baselines/<slug:key>/release/sign/", release_sign, name="release-sign"),
    path("baselines/<slug:key>/release/withdraw/", release_withdraw, name="release-withdraw"),
]
