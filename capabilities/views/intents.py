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
from capabilities.queries.intent_list import claims_of, first_of_each
from capabilities.queries.intent_map import HEADINGS, as_record, chosen_rows, intent_map, totals
from capabilities.queries.intents import IntentRow, intent_rows
from capabilities.queries.products import may_in
from capabilities.queries.remarks import due_in
from capabilities.services.standings import catch_up
from capabilities.views.exports import send
from capabilities.views.intent_files import SHOWN_OF_EACH, intent_markdown
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
    versions = current_versions(request)
    claims = claims_of(product, versions)
    intent, shown = request.GET.get("intent", ""), request.GET.get("shown", "")
    found = chosen_rows(claims, intent, shown)
    if (kind := request.GET.get("format")) in {"csv", "json"}:
        return _file(kind, product, chosen_rows(intent_rows(product, versions), intent, shown))
    page = page_of(request, found)
    ids = [claim.requirement_id for claim in page.object_list]
    rows = {
        row.requirement_id: row
        for row in intent_rows(product, versions, [*ids, *first_of_each(found, SHOWN_OF_EACH)])
    }
    markdown = intent_markdown(product, found, rows)
    if kind == "markdown":
        return HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
    context = {
        "product": product,
        "due": due,
        "version": versions.main,
        "map": intent_map(claims, intent, shown),
        "totals": totals(claims),
        "headings": HEADINGS,
        "total": len(claims),
        "chosen": {"intent": intent, "shown": shown} if len(found) < len(claims) else {},
        "page": page,
        "lines": beside_rows([rows[pk] for pk in ids if pk in rows]),
        "notes": due_in(product, timezone.localdate()),
        "may_settle": may_in(person(request), "write_requirements", product),
        "markdown": markdown,
    }
    return render(request, page_or_partial(request, PAGE, TABLE), context)


def _file(kind: str, product: Product, rows: Sequence[IntentRow]) -> HttpResponse:
    records: Any = map(as_record, rows)
    return send(kind, product, "intent", records)


urlpatterns = [path("intent/", intents, name="intent")]
