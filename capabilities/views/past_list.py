"""The list of requirements as it was on a day that is past: to be read, not to be changed."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from capabilities.middleware import current_versions
from capabilities.models import Product
from capabilities.queries.columns import row_context
from capabilities.queries.past import states_as_of
from config.web import page_of

KEPT = {"as_of", "product", "version", "columns", "page", "view"}


def past_list(request: HttpRequest, product: Product, moment: datetime) -> HttpResponse:
    """All that was agreed then, by key. Filters and order are of standings that are kept for now alone: the page says what it left out."""
    past = states_as_of(product, moment, current_versions(request))
    states = sorted(past.states, key=lambda state: state.requirement.number)
    context = {
        "product": product,
        "past": past,
        "page": page_of(request, states),
        "total": len(states),
        "left_out": [name for name in request.GET if name not in KEPT],
        "as_of": request.GET["as_of"],
        "today": timezone.now(),
        "may_write": False,
        "row_query": "",
        **row_context(request.GET),
    }
    return render(request, "capabilities/requirement_past.html", context)
