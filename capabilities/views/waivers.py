from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from capabilities.forms.requirements import WaiverForm
from capabilities.middleware import current_product
from capabilities.models import Waiver
from capabilities.queries.products import may_in
from capabilities.queries.releases import SOON_DAYS
from capabilities.queries.waivers import approvers_of, waiver_counts, waivers_of
from capabilities.services.waivers import revoke_waiver, waive
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from config.people.access import requires
from config.people.requests import person
from config.web import page_of, safe_next


@require_safe
@requires("read")
def waivers(request: HttpRequest) -> HttpResponse:
    """Every waiver of the product, the next to expire first; ?state=, ?requirement=, ?approver=."""
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/waiver_list.html", {"product": None})
    today = timezone.localdate()
    wanted = {name: request.GET.get(name, "").strip()[:150] for name in ("state", "requirement", "approver")}
    context = {
        "product": product,
        "page": page_of(request, waivers_of(product, today, **wanted)),
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "counts": waiver_counts(product, today),
        "approvers": approvers_of(product),
        "today": today,
        "soon": today + timedelta(days=SOON_DAYS),
        "may_approve": may_in(person(request), "approve", product),
    }
    return render(request, "capabilities/waiver_list.html", context)


@require_POST
@requires("read")
def waiver_create(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "approve", requirement.product)
    url = safe_next(request, reverse("capabilities:requirement-detail", args=[requirement.key]))
    form = WaiverForm(request.POST, requirement=requirement)
    if not form.is_valid():
        problems = [
            f"{form[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()
        ]
        messages.error(request, f"The waiver was not given. {' '.join(problems)}")
        return redirect(url)
    given = form.cleaned_data
    return act_and_return(
        request,
        url,
        f"{given['criterion']} is waived until {given['expires_on']:%d %B %Y}.",
        lambda: waive(
            actor=person(request),
            requirement=requirement,
            criterion_key=given["criterion"],
            reason=given["reason"],
            expires_on=given["expires_on"],
        ),
    )


@require_POST
@requires("read")
def waiver_revoke(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "approve", requirement.product)
    waiver = get_object_or_404(
        Waiver.objects.select_related("requirement__product"), pk=pk, requirement=requirement, revoked_at=None
    )
    return act_and_return(
        request,
        safe_next(request, reverse("capabilities:requirement-detail", args=[requirement.key])),
        f"The waiver of {waiver.criterion_key} is revoked.",
        lambda: revoke_waiver(actor=person(request), waiver=waiver),
    )


urlpatterns = [
    path("waivers/", waivers, name="waiver-list"),
    path("requirements/<slug:key>/waivers/", waiver_create, name="waiver-new"),
    path("requirements/<slug:key>/waivers/<int:pk>/revoke/", waiver_revoke, name="waiver-revoke"),
]
