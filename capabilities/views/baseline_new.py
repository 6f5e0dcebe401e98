"""A new baseline: from what a filter finds, from rows that were ticked, or from what another one holds, in today's revisions."""

import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from capabilities.forms.baselines import BaselineForm
from capabilities.middleware import current_versions
from capabilities.models import Product
from capabilities.queries.baseline_choice import Choice, choice_of, held_by, ids_of
from capabilities.queries.filters import chips, filter_choices
from capabilities.queries.references import find_baseline
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.services.baselines import create_baseline
from capabilities.services.standings import catch_up
from capabilities.views.access import demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

KEYS = re.compile(r"[\s,;]+")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def baseline_new(request: HttpRequest) -> HttpResponse:
    """GET shows what would be held; POST makes it, adds rows to the choice (add), or starts from ticked rows of the list (chosen)."""
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    choice, unknown = _choice(request, product)
    making = request.method == "POST" and not {"add", "chosen"}.intersection(request.POST)
    form = BaselineForm(
        request.POST if making else None, requirements=[row.requirement for row in choice.rows]
    )
    if request.method == "POST" and not making:
        form.initial = {"name": request.POST.get("name", ""), "note": request.POST.get("note", "")}
    if making and (made := _made(request, product, form)) is not None:
        return made
    ticked = _ticked(request, making, choice)
    choices = filter_choices(product)
    context = {
        "form": form,
        "product": product,
        "choice": choice,
        "rows": [(row, row.key in ticked) for row in choice.rows],
        "unknown": unknown,
        "chips": chips(request.GET, choices),
        "copied": request.GET.get("copy", ""),
    }
    return render(request, "capabilities/baseline_new.html", context, status=422 if form.errors else 200)


def _ticked(request: HttpRequest, making: bool, choice: Choice) -> set[str]:
    """Everything that can be held at first; later what was left ticked, with what was added."""
    if making or "add" in request.POST:
        more = [] if making else KEYS.split(request.POST.get("more", "").upper())
        return {*request.POST.getlist("selected"), *more}
    return {row.key for row in choice.rows}


def _choice(request: HttpRequest, product: Product) -> tuple[Choice, list[str]]:
    """What is to be looked at, and the keys that name nothing."""
    if request.method == "POST":
        more = KEYS.split(request.POST.get("more", "")[:4_000]) if "add" in request.POST else []
        keys = [*request.POST.getlist("selected"), *request.POST.getlist("offered"), *filter(None, more)]
        ids, unknown = ids_of(product, keys)
        return choice_of(ids), unknown
    if copied := request.GET.get("copy", ""):
        source = find_baseline(person(request), copied)
        if source is None or source.product_id != product.pk:
            raise Http404(f"There is no baseline {copied} here.")
        return choice_of(held_by(source)), []
    catch_up(product)
    found = requirement_list(product, current_versions(request), filter_from(request.GET))
    return choice_of(found.ids), []


def _made(request: HttpRequest, product: Product, form: BaselineForm) -> HttpResponse | None:
    """To the new baseline; None with the reason in the form."""
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        made = create_baseline(
            actor=person(request),
            product=product,
            name=given["name"],
            note=given["note"],
            requirements=form.chosen(),
        )
    except Refused as refusal:
        add_refusal(form, refusal)
        return None
    messages.success(request, f"{made.key} holds {made.items.count()} requirements.")
    return redirect("capabilities:baseline-detail", made.key)


urlpatterns = [path("baselines/new/", baseline_new, name="baseline-new")]
