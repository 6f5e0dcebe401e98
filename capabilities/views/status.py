from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.past import moment_in
from capabilities.queries.products import may_in
from capabilities.queries.status import product_status, status_markdown
from capabilities.services.standings import catch_up
from config.people.access import requires
from config.people.requests import person

DAYS_BACK = 14


@require_safe
@requires("read")
def status(request: HttpRequest) -> HttpResponse:
    """?since=2026-11-01: what changed; ?as_of=2026-11-01: how it stood at the end of that day."""
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/status.html", {"status": None})
    now = timezone.now()
    due = catch_up(product)
    as_of = moment_in(request.GET.get("as_of", ""), now)
    since = since_moment(day_in(request.GET.get("since", "")), as_of or now)
    found = product_status(product, current_versions(request), since=since, now=now, as_of=as_of)
    markdown = status_markdown(found)
    if request.GET.get("format") == "markdown":
        return HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
    context = {
        "status": found,
        "markdown": markdown,
        "as_of": request.GET.get("as_of", "") if as_of else "",
        "due": None if as_of else due,
        "today": now.date(),
        "may_share": may_in(person(request), "write_requirements", product),
    }
    return render(request, "capabilities/status.html", context)


def day_in(text: str) -> date | None:
    """None for nothing and for what cannot be read."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def since_moment(day: date | None, end: datetime) -> datetime:
    """The start of the day; two weeks before the end without one."""
    return datetime.combine(day, time(), UTC) if day else end - timedelta(days=DAYS_BACK)


urlpatterns = [path("status/", status, name="status")]
