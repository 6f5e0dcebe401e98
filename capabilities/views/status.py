from datetime import UTC, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.status import product_status, status_markdown
from config.people.access import requires

DAYS_BACK = 14


@require_safe
@requires("read")
def status(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/status.html", {"status": None})
    now = timezone.now()
    found = product_status(product, current_versions(request), since=_since(request, now), now=now)
    markdown = status_markdown(found)
    if request.GET.get("format") == "markdown":
        return HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
    return render(request, "capabilities/status.html", {"status": found, "markdown": markdown})


def _since(request: HttpRequest, now: datetime) -> datetime:
    """?since=2026-11-01; two weeks back without it or when it cannot be read."""
    try:
        day = parse_date(request.GET.get("since", ""))
    except ValueError:
        day = None
    return datetime.combine(day, time(), UTC) if day else now - timedelta(days=DAYS_BACK)


urlpatterns = [path("status/", status, name="status")]
