from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from capabilities.forms.requirements import WaiverForm
from capabilities.models import Waiver
from capabilities.services.waivers import revoke_waiver, waive
from capabilities.views.access import act_and_return, demand_in, requirement_or_404
from config.people.access import requires
from config.people.requests import person


@require_POST
@requires("read")
def waiver_create(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "approve", requirement.product)
    url = reverse("capabilities:requirement-detail", args=[requirement.key])
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
        reverse("capabilities:requirement-detail", args=[requirement.key]),
        f"The waiver of {waiver.criterion_key} is revoked.",
        lambda: revoke_waiver(actor=person(request), waiver=waiver),
    )


urlpatterns = [
    path("requirements/<slug:key>/waivers/", waiver_create, name="waiver-new"),
    path("requirements/<slug:key>/waivers/<int:pk>/revoke/", waiver_revoke, name="waiver-revoke"),
]
