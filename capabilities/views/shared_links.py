"""Links that show the status page outside of sign-in: made, listed and revoked by product managers, opened by whoever holds one."""

from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.releases import ShareForm
from capabilities.middleware import current_versions
from capabilities.queries.past import moment_in
from capabilities.queries.products import judged_versions, only
from capabilities.queries.shared_links import links_of, usable_link, with_ends
from capabilities.queries.status import product_status
from capabilities.services.shared_links import count_use, digest_of, revoke_link, share_status
from capabilities.services.standings import catch_up
from capabilities.views.access import act_and_return, demand_in, product_or_404
from capabilities.views.status import day_in, since_moment
from config.api.throttling import page_is_refused
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

DAYS = 30
LINKS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def shared_links(request: HttpRequest) -> HttpResponse:
    """Links of the product; POST makes one, whose address is shown this once. What the address fixes: version, since, as_of."""
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    now = timezone.now()
    form = ShareForm(
        request.POST or None, initial={"expires_on": timezone.localdate() + timedelta(days=DAYS)}
    )
    address = ""
    if form.is_valid():
        try:
            _, token = share_status(
                actor=person(request),
                product=product,
                expires_at=datetime.combine(form.cleaned_data["expires_on"], time.max, UTC),
                model_version=current_versions(request).asked,
                since=day_in(request.GET.get("since", "")),
                as_of=moment_in(request.GET.get("as_of", ""), now),
            )
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            address = request.build_absolute_uri(reverse("capabilities:shared-status", args=[token]))
    context = {
        "product": product,
        "form": form,
        "address": address,
        "links": with_ends(links_of(product)[:LINKS_SHOWN]),
        "now": now,
        "version": current_versions(request).asked,
        "since": day_in(request.GET.get("since", "")),
        "as_of": moment_in(request.GET.get("as_of", ""), now),
    }
    reply = render(request, "capabilities/shared_links.html", context, status=422 if form.errors else 200)
    reply["Cache-Control"] = "no-store"
    return reply


@require_POST
@requires("read")
def shared_link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    link = get_object_or_404(links_of(product), pk=pk)
    return act_and_return(
        request,
        f"{reverse('capabilities:shared-links')}?product={product.key}",
        "The link opens no more.",
        lambda: revoke_link(actor=person(request), link=link),
    )


@require_safe
def shared_status(request: HttpRequest, token: str) -> HttpResponse:
    """Exactly the status page, for anybody who holds the link: no navigation, no links, nothing of test samples."""
    if page_is_refused(request):
        return _guarded(render(request, "capabilities/shared_gone.html", {"busy": True}, status=429))
    now = timezone.now()
    link = usable_link(digest_of(token), now)
    if link is None:
        return _guarded(render(request, "capabilities/shared_gone.html", {"busy": False}, status=404))
    product = link.product
    catch_up(product)
    versions = only(link.model_version) if link.model_version else judged_versions(product)
    since = since_moment(link.since, link.as_of or now)
    found = product_status(product, versions, since=since, now=now, as_of=link.as_of)
    count_use(link)
    return _guarded(
        render(request, "capabilities/shared_status.html", {"status": found, "link": link, "anonymous": True})
    )


def _guarded(reply: HttpResponse) -> HttpResponse:
    """Kept by nobody, found by no search, and named to no other site."""
    reply["Cache-Control"] = "no-store"
    reply["Referrer-Policy"] = "no-referrer"
    reply["X-Robots-Tag"] = "noindex, nofollow"
    return reply


urlpatterns = [
    path("status/shared/", shared_links, name="shared-links"),
    path("status/shared/<int:pk>/revoke/", shared_link_revoke, name="shared-link-revoke"),
    path("shared/status/<str:token>/", shared_status, name="shared-status"),
]
