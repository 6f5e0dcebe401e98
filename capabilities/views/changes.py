"""What changed since a day, a baseline or a release, by what must be acted on."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.queries.change_items import Item, as_record
from capabilities.queries.change_points import releases_of, since_of
from capabilities.queries.changed import GROUPS, NAMES, Changed, changed
from capabilities.views.change_files import changes_markdown
from capabilities.views.exports import send
from config.people.access import requires
from config.web import page_of, page_or_partial

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
    found = changed(product, current_versions(request), since, now)
    show = request.GET.get("show", "")
    chosen = show if show in NAMES else ""
    items = found.of(chosen) if chosen else found.items
    if (kind := request.GET.get("format")) in {"csv", "json"}:
        records: Any = map(as_record, items)
        return send(kind, product, "changes", records, COLUMNS)
    markdown = changes_markdown(found, items)
    if kind == "markdown":
        return HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
    context = {
        "product": product,
        "changed": found,
        "chosen": chosen,
        "groups": _groups(found, chosen),
        "page": page_of(request, items) if chosen else None,
        "baselines": product.baselines.all()[:50],
        "releases": releases_of(product),
        "today": now.date(),
        "markdown": markdown,
    }
    return render(request, page_or_partial(request, PAGE, PART), context)


def _groups(found: Changed, chosen: str) -> list[dict[str, Any]]:
    """Every group with its count; of those shown the first items and how many more there are."""
    listed = []
    for group, short, heading, act in GROUPS:
        items: Sequence[Item] = found.of(group)
        first = items[:SHOWN_OF_EACH]
        listed.append(
            {
                "group": group,
                "short": short,
                "heading": heading,
                "act": act,
                "count": len(items),
                "items": first,
                "more": len(items) - len(first),
                "chosen": group == chosen,
            }
        )
    return listed


urlpatterns = [path("changes/", changes, name="changes")]
