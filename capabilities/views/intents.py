"""Intent against evidence: what we claim beside what is measured."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product, current_versions
from capabilities.models import Product
from capabilities.queries.intent_extras import beside_rows
from capabilities.queries.intent_map import HEADINGS, as_record, chosen_rows, intent_map, totals
from capabilities.queries.intents import IntentRow, intent_rows
from capabilities.queries.products import may_in
from capabilities.queries.remarks import due_in
from capabilities.services.standings import catch_up
from capabilities.views.exports import send
from capabilities.views.intent_files import intent_markdown
from config.people.access import requires
from config.people.requests import person
from config.web import page_of, page_or_partial

PAGE, TABLE = "capabilities/intent.html", "capabilities/intent_table.html"


@require_safe
@requires("read")
def intents(request: HttpRequest) -> HttpResponse:
    """?intent=lead, ?shown=contradicted choose a cell of the map; ?format=csv, json or markdown."""
    product = current_product(request)
    if product is None:
        return render(request, PAGE, {"product": None})
    due = catch_up(product)
    rows = intent_rows(product, current_versions(request))
    intent, shown = request.GET.get("intent", ""), request.GET.get("shown", "")
    found = chosen_rows(rows, intent, shown)
    if (kind := request.GET.get("format")) in {"csv", "json", "markdown"}:
        return _file(kind, product, found)
    page = page_of(request, found)
    context = {
        "product": product,
        "due": due,
        "version": current_versions(request).main,
        "map": intent_map(rows, intent, shown),
        "totals": totals(rows),
        "headings": HEADINGS,
        "total": len(rows),
        "chosen": {"intent": intent, "shown": shown} if len(found) < len(rows) else {},
        "page": page,
        "lines": beside_rows(list(page.object_list)),
        "notes": due_in(product, timezone.localdate()),
        "may_settle": may_in(person(request), "write_requirements", product),
        "markdown": intent_markdown(product, found),
    }
    return render(request, page_or_partial(request, PAGE, TABLE), context)


def _file(kind: str, product: Product, rows: Sequence[IntentRow]) -> HttpResponse:
    if kind == "markdown":
        return HttpResponse(intent_markdown(product, rows), content_type="text/markdown; charset=utf-8")
    records: Any = map(as_record, rows)
    return send(kind, product, "intent", records)


urlpatterns = [path("intent/", intents, name="intent")]
