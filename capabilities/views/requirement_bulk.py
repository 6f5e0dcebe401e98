"""A change of many requirements: looked at first, made all at once, taken back if it was a mistake."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from capabilities.forms.bulk import BulkForm
from capabilities.middleware import use_product
from capabilities.models import BulkChange, Product, Requirement
from capabilities.queries.bulk_preview import preview_of
from capabilities.queries.bulk_rows import Change
from capabilities.queries.products import judged_versions, visible_products
from capabilities.queries.requirements import filter_from, matching
from capabilities.services.bulk import change_many, undo_change
from capabilities.services.bulk_plan import plan_change
from capabilities.services.standings import catch_up
from capabilities.views.access import act_and_return, demand_in, product_or_404
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from config.web import safe_next
from config.words import counted

MOST_NAMED = 1_000
ONLY_GOOD = "good"


@require_POST
@requires("read")
def requirements_change(request: HttpRequest) -> HttpResponse:
    """What a change would do to the chosen rows; with `apply`, does it."""
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    back = safe_next(request, "capabilities:requirement-list")
    chosen = chosen_rows(request.POST, product)
    count = chosen.count()
    if not count:
        messages.error(request, "Select rows and choose what to change.")
        return redirect(back)
    asked = len(set(request.POST) & set(BulkForm.base_fields)) > 0
    form = BulkForm(request.POST if asked else None, product=product)
    wanted = form.change if asked and form.is_valid() else Change()
    leave_out = "leave_out" in request.POST or request.POST.get("apply") == ONLY_GOOD
    context: dict[str, Any] = {"form": form, "product": product, "count": count, "back": back}
    if wanted and "apply" in request.POST:
        try:
            made = change_many(
                actor=person(request),
                product=product,
                rows=chosen,
                change=wanted,
                token=request.POST.get("token", ""),
                leave_out=leave_out,
            )
        except Refused as refusal:
            context["refusal"] = refusal.message
        else:
            request.session["bulk_change"] = made.pk
            return redirect(back)
    plan = plan_change(product, chosen, wanted, leave_out=leave_out) if wanted else None
    context |= {
        "preview": preview_of(product, plan) if plan is not None else None,
        "left_out": count - len(plan.rows) if plan is not None else 0,
        "everything": request.POST.get("everything", ""),
        "query": request.POST.get("query", ""),
        "selected": _keys(request.POST, chosen, product),
    }
    return render(request, "capabilities/requirement_change.html", context)


def chosen_rows(posted: QueryDict, product: Product) -> QuerySet[Requirement]:
    """The ticked rows, or with `everything` all that the list's filter (`query`) finds."""
    if posted.get("everything"):
        query = QueryDict(posted.get("query", "")[:4_000])
        catch_up(product)
        found = matching(product, judged_versions(product, query.get("version", "")), filter_from(query))
        return product.requirements.filter(pk__in=found.values("requirement"))
    prefix = f"{product.key}-"
    names = [key.removeprefix(prefix) for key in posted.getlist("selected") if key.startswith(prefix)]
    numbers = [int(name) for name in names[:MOST_NAMED] if name.isdecimal() and len(name) < 10]
    return product.requirements.filter(number__in=numbers)


def _keys(posted: QueryDict, chosen: QuerySet[Requirement], product: Product) -> list[str]:
    """Which rows the next step is about; nothing where it is all that match."""
    if posted.get("everything"):
        return []
    return [
        f"{product.key}-{number}" for number in chosen.order_by("number").values_list("number", flat=True)
    ]


@require_POST
@requires("read")
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    change = change_or_404(request, pk)
    demand_in(request, "write_requirements", change.product)
    back = safe_next(request, "capabilities:requirement-list")
    done = f"Undone: {counted(change.count, 'requirements')} say again what they said before."
    return act_and_return(request, back, done, lambda: undo_change(actor=person(request), change=change))


def change_or_404(request: HttpRequest, pk: int) -> BulkChange:
    """A bulk change of a product one may see."""
    rows = BulkChange.objects.filter(product__in=visible_products(person(request)))
    found = rows.select_related("product").filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such change.")
    use_product(request, found.product)
    return found


urlpatterns = [
    path("requirements/change/", requirements_change, name="requirement-bulk"),
    path("requirements/changes/<int:pk>/undo/", bulk_undo, name="bulk-undo"),
]
