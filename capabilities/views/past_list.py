"""The list of requirements as it was on a day that is past: to be read, not to be changed."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from capabilities.middleware import current_versions
from capabilities.models import Product
from capabilities.queries.columns import row_context
from capabilities.queries.past import states_as_of
from capabilities.queries.requirement_rows import past_record
from capabilities.views.exports import send
from config.pages import problem
from config.web import page_of

KEPT = {"as_of", "product", "version", "columns", "page", "view", "format"}


def past_list(request: HttpRequest, product: Product, moment: datetime) -> HttpResponse:
    """All that was agreed then, by key. Filters and order are of standings that are kept for now alone: the page says what it left out."""
    past = states_as_of(product, moment, current_versions(request))
    states = sorted(past.states, key=lambda state: state.requirement.number)
    if request.GET.get("format") in {"csv", "json"}:
        records = (past_record(state, moment) for state in states)
        return send(request.GET["format"], product, "requirements", records, ("as_of", "key", "title"))
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


def refused_past(request: HttpRequest) -> HttpResponse | None:
    """For files made of today alone: 400 where another day is asked for, as one taken for that day's is worse than none."""
    if not request.GET.get("as_of"):
        return None
    told = "This file tells how things stand now. The list of requirements and the status page tell how they stood on a day that is past."
    return problem(request, 400, "There is no such file of the past", told, "as_of")
