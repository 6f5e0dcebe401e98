"""What changed since a day, a baseline or a release, by what must be acted on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.change_items import as_record
from capabilities.queries.change_points import releases_of, since_of
from capabilities.queries.changed import GROUPS, NAMES, changed
from capabilities.queries.changed_page import LAST_PAGE, ChangedPage, Shown, changed_page, whole_page
from capabilities.views.change_files import changes_markdown
from capabilities.views.exports import send
from config.people.access import requires
from config.web import PAGE_SIZE, page_of, page_or_partial

PAGE, PART = "capabilities/changes.html", "capabilities/changes_groups.html"
SHOWN_OF_EACH = 12
COLUMNS = ("group", "key", "criterion", "before", "after", "sentence")


@require_safe
@requires("read")
def changes(request: HttpRequest) -> HttpResponse:
    """?since=2026-11-01, ?baseline=R1 or ?release=aria@2; ?show=worse for one group; ?format=csv, json or markdown."""
    product = current_product(request)
    if product is None:
        return render(request, PAGE, {"product": None})
    now = timezone.now()
    since = since_of(product, request.GET.dict(), now)
    show = request.GET.get("show", "")
    chosen = show if show in NAMES else ""
    versions = current_versions(request)
    if (kind := request.GET.get("format")) in {"csv", "json", "markdown"}:
        found = changed(product, versions, since, now)
        items = found.of(chosen) if chosen else found.items
        if kind == "markdown":
            text = changes_markdown(whole_page(found, chosen, SHOWN_OF_EACH))
            return HttpResponse(text, content_type="text/markdown; charset=utf-8")
        records: Any = map(as_record, items)
        return send(kind, product, "changes", records, COLUMNS)
    asked = _asked(request, chosen)
    told = changed_page(product, versions, since, now, asked)
    context = {
        "product": product,
        "changed": told,
        "chosen": chosen,
        "groups": _groups(told, chosen),
        "page": page_of(request, range(told.counts[chosen])) if chosen else None,
        "baselines": product.baselines.all()[:50],
        "releases": releases_of(product),
        "today": now.date(),
        "markdown": changes_markdown(told),
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


def _asked(request: HttpRequest, chosen: str) -> Shown:
    """The first of every group, or of one that is chosen the page that `page_of` would show."""
    if not chosen:
        return Shown(SHOWN_OF_EACH)
    try:
        number = int(request.GET.get("page", "1"))
    except ValueError:
        number = 1
    start = number - 1 if 1 <= number < LAST_PAGE else LAST_PAGE
    return Shown(0, chosen, start * PAGE_SIZE, PAGE_SIZE)


def _groups(found: ChangedPage, chosen: str) -> list[dict[str, Any]]:
    """Every group with its count; of those shown the items and how many more there are."""
    return [
        {
            "group": group,
            "short": short,
            "heading": heading,
            "act": act,
            "count": found.counts[group],
            "items": found.shown[group],
            "more": found.counts[group] - len(found.shown[group]),
            "chosen": group == chosen,
        }
        for group, short, heading, act in GROUPS
    ]


urlpatterns = [path("changes/", changes, name="changes")]
