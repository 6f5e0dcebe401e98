"""Discoveries: the list, a new one, the page of one and what people decide about it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.discoveries import DiscoveryForm
from capabilities.middleware import current_product, use_product
from capabilities.models import Discovery
from capabilities.queries.discoveries import (
    COLUMNS,
    Kind,
    discoveries_of,
    find_discovery,
    history_of,
    newest,
    records,
    response_for,
    seen_in,
    state_counts,
)
from capabilities.queries.discovery_measures import measured
from capabilities.queries.discovery_rates import rates_of
from capabilities.queries.discovery_retries import worth_retrying
from capabilities.queries.products import may_in
from capabilities.services.discoveries import add_note, dismiss, record_discovery, take_up_again
from capabilities.services.discovery_measures import confirm_characterised
from capabilities.services.discovery_tries import TRIES, confirm_reproduced
from capabilities.views.access import act_and_return, demand_in, product_or_404, words_in
from capabilities.views.exports import send
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.models import Dataset, Response
from evaluations.services.exposures import record_exposure

FORM = "capabilities/discoveries/new.html"


@require_safe
@requires("read")
def discovery_list(request: HttpRequest) -> HttpResponse:
    """?state=, ?q=, ?sort=; ?format=csv or json for the file."""
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/discoveries/list.html", {"product": None})
    wanted = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:200] for name in ("state", "q", "sort")
    }
    rows = discoveries_of(product, **wanted)
    kind = request.GET.get("format", "")
    if kind in ("csv", "json"):
        return send(kind, product, "discoveries", records(rows), COLUMNS)
    counts = state_counts(product)
    context = {
        "product": product,
        "page": page_of(request, rows),
        "wanted": wanted,
        "facets": [_facet(wanted, "", "All", counts)]
        + [_facet(wanted, str(value), str(label), counts) for value, label in Discovery.State.choices],
        "any": counts[""],
        "retries": worth_retrying(product),
        "may_write": may_in(person(request), "write_facts", product),
        "may_run": may(request.user, "run"),
    }
    return render(request, "capabilities/discoveries/list.html", context)


def _facet(wanted: dict[str, str], state: str, label: str, counts: dict[str, int]) -> dict[str, Any]:
    query = urlencode({name: value for name, value in (wanted | {"state": state}).items() if value})
    return {"url": f"?{query}", "label": label, "count": counts[state], "current": wanted["state"] == state}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def discovery_new(request: HttpRequest) -> HttpResponse:
    """From the answer that ?response= names."""
    product = product_or_404(request)
    demand_in(request, "write_facts", product)
    response = response_for(request.GET.get("response", ""))
    if response is None:
        raise Http404("There is no such answer: record a discovery from a sample of a run.")
    content = _may_see(request, response)
    form = DiscoveryForm(request.POST or None)
    if form.is_valid():
        try:
            made = record_discovery(
                actor=person(request), product=product, response=response, **form.cleaned_data
            )
        except (Refused, ValidationError) as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{made.key} is recorded. See whether it happens again.")
            return redirect("capabilities:discovery-detail", made.key)
    if content and request.method == "GET":
        _note_reading(request, response)
    context = {"form": form, "product": product, "response": response, "content": content}
    return render(request, FORM, context, status=422 if form.errors else 200)


def _may_see(request: HttpRequest, response: Response) -> bool:
    dataset = response.run.evaluation_version.dataset_version.dataset
    return dataset.purpose != Dataset.Purpose.TEST or may(request.user, "read_test")


def _note_reading(request: HttpRequest, response: Response) -> None:
    run = response.run
    record_exposure(
        user=person(request),
        dataset_version=run.evaluation_version.dataset_version,
        run=run,
        samples=1,
        via="page",
    )


@require_safe
@requires("read")
def discovery_detail(request: HttpRequest, key: str) -> HttpResponse:
    discovery = discovery_or_404(request, key)
    seen, history = seen_in(discovery), history_of(discovery)
    tried, taken = newest(history, *TRIES), newest(history, Kind.MEASURED, Kind.CHARACTERISED)
    content = seen is not None and (not seen.test or may(request.user, "read_test"))
    if content and seen is not None and seen.response is not None:
        _note_reading(request, seen.response)
    rates = rates_of(tried) if tried else []
    context = {
        "discovery": discovery,
        "seen": seen,
        "content": content,
        "history": history,
        "tried": tried,
        "rates": rates,
        "moving": any(rate.moving for rate in rates),
        "proven": any(rate.proven for rate in rates),
        "measures": measured(taken) if taken else [],
        "may_write": may_in(person(request), "write_facts", discovery.product),
        "may_package": may_in(person(request), "write_requirements", discovery.product),
        "may_run": may(request.user, "run"),
    }
    return render(request, "capabilities/discoveries/detail.html", context)


@require_POST
@requires("read")
def discovery_note(request: HttpRequest, key: str) -> HttpResponse:
    discovery = _writable(request, key)
    text = words_in(request, "text")
    return _back(
        request, discovery, "Noted.", lambda: add_note(actor=person(request), discovery=discovery, text=text)
    )


@require_POST
@requires("read")
def discovery_dismiss(request: HttpRequest, key: str) -> HttpResponse:
    discovery = _writable(request, key)
    reason = words_in(request, "reason")
    done = f"{discovery.key} is dismissed. It comes back when a new model version is registered."
    return _back(
        request, discovery, done, lambda: dismiss(actor=person(request), discovery=discovery, reason=reason)
    )


@require_POST
@requires("read")
def discovery_reopen(request: HttpRequest, key: str) -> HttpResponse:
    discovery = _writable(request, key)
    done = f"{discovery.key} is taken up again."
    return _back(request, discovery, done, lambda: take_up_again(actor=person(request), discovery=discovery))


@require_POST
@requires("read")
def discovery_move(request: HttpRequest, key: str) -> HttpResponse:
    """to: reproduced or characterised."""
    discovery = _writable(request, key)
    to = request.POST.get("to", "")
    deed = {"reproduced": confirm_reproduced, "characterised": confirm_characterised}.get(to)
    if deed is None:
        messages.error(request, "Choose reproduced or characterised.")
        return redirect("capabilities:discovery-detail", discovery.key)
    done = f"{discovery.key} is {to}."
    return _back(request, discovery, done, lambda: deed(actor=person(request), discovery=discovery))


def discovery_or_404(request: HttpRequest, key: str) -> Discovery:
    """The discovery among those one may see; the page stands in its product from now on."""
    found = find_discovery(person(request), key)
    if found is None:
        raise Http404(f"There is no discovery {key}.")
    use_product(request, found.product)
    return found


def _writable(request: HttpRequest, key: str) -> Discovery:
    found = discovery_or_404(request, key)
    demand_in(request, "write_facts", found.product)
    return found


def _back(request: HttpRequest, discovery: Discovery, done: str, deed: Any) -> HttpResponse:
    return act_and_return(request, reverse("capabilities:discovery-detail", args=[discovery.key]), done, deed)


urlpatterns = [
    path("discoveries/", discovery_list, name="discovery-list"),
    path("discoveries/new/", discovery_new, name="discovery-new"),
    path("discoveries/<slug:key>/", discovery_detail, name="discovery-detail"),
    path("discoveries/<slug:key>/note/", discovery_note, name="discovery-note"),
    path("discoveries/<slug:key>/dismiss/", discovery_dismiss, name="discovery-dismiss"),
    path("discoveries/<slug:key>/reopen/", discovery_reopen, name="discovery-reopen"),
    path("discoveries/<slug:key>/move/", discovery_move, name="discovery-move"),
]
